using System.Text.RegularExpressions;
using TestKit;
using Xunit;

namespace Architecture.Tests;

/// <summary>What the documents name is there.</summary>
public sealed partial class DocumentationTests
{
    [Fact]
    public void Every_test_that_is_named_as_a_proof_exists()
    {
        string table = File.ReadAllText(Path.Combine(Repository.Root, "docs", "complaints.md"));
        string[] named = [.. Proof().Matches(table).Select(match => match.Value.Trim('`')).Distinct()];

        string[] missing = [.. named.Where(test => !Exists(test.Split('.')))];

        Assert.True(named.Length > 30, "The table has lost its proofs.");
        Assert.True(missing.Length == 0, string.Join('\n', missing));
    }

    [Fact]
    public void Every_complaint_has_its_row()
    {
        string[] rows = [.. File.ReadLines(Path.Combine(Repository.Root, "docs", "complaints.md")).Where(line => Row().IsMatch(line)).Select(line => line.Split('|')[1].Trim())];

        Assert.Equal(Enumerable.Range(1, 35).Select(number => $"C{number}"), rows);
    }

    private static bool Exists(string[] test) =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), test[0] + ".cs", SearchOption.AllDirectories)
            .Any(file => File.ReadAllText(file).Contains($" {test[1]}(", StringComparison.Ordinal));

    [GeneratedRegex("`[A-Z][A-Za-z]+Tests\\.[A-Za-z0-9_]+`")]
    private static partial Regex Proof();

    [GeneratedRegex("^\\| C[0-9]+ \\|")]
    private static partial Regex Row();
}
