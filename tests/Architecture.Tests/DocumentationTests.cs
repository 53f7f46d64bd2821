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

    [Fact]
    public void Every_rule_of_the_format_has_its_tests()
    {
        (string rules, string proofs) = Format();
        string[] labels = [.. Label().Matches(rules).Select(match => match.Groups[1].Value)];
        string[][] rows = [.. proofs.Split('\n').Where(line => RuleRow().IsMatch(line)).Select(line => line.Split('|', StringSplitOptions.TrimEntries))];

        Assert.True(labels.Length > 90, "The page has lost its rules.");
        Assert.Equal(labels.Distinct(), labels);
        Assert.Equal(labels, rows.Select(row => row[1]));
        string[] unproven = [.. rows.Where(row => !Proof().IsMatch(row[2]) || Proof().Replace(row[2], string.Empty).Trim(' ', ',').Length > 0).Select(row => row[1])];
        Assert.True(unproven.Length == 0, $"Without a test, or with something else than tests: {string.Join(' ', unproven)}");
        string[] missing = [.. Proof().Matches(proofs).Select(match => match.Value.Trim('`')).Distinct().Where(test => !Exists(test.Split('.')))];
        Assert.True(missing.Length == 0, string.Join('\n', missing));
    }

    [Fact]
    public void Every_sentence_of_the_format_that_binds_is_a_rule()
    {
        (string rules, _) = Format();
        string prose = Fence().Replace(rules, string.Empty);
        string[] blocks = [.. Block().Split(prose).Select(block => Space().Replace(block, " ")).Where(block => !block.StartsWith('|'))];

        string[] unnamed = [.. blocks.SelectMany(block => Binding().Matches(block).Select(word => Sentence().Match(block, word.Index).Value)).Where(sentence => !Label().IsMatch(sentence)).Distinct()];

        Assert.True(unnamed.Length == 0, string.Join('\n', unnamed));
    }

    /// <summary>What the page on the format binds anybody to, and the list of what proves it.</summary>
    private static (string Rules, string Proofs) Format()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "format.md"));
        int first = page.IndexOf("## Layout", StringComparison.Ordinal), last = page.IndexOf("## Changes", StringComparison.Ordinal), proofs = page.IndexOf("## Proofs", StringComparison.Ordinal);
        return (page[first..last], page[proofs..]);
    }

    private static bool Exists(string[] test) =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), test[0] + ".cs", SearchOption.AllDirectories)
            .Any(file => File.ReadAllText(file).Contains($" {test[1]}(", StringComparison.Ordinal));

    [GeneratedRegex("`[A-Z][A-Za-z]+Tests\\.[A-Za-z0-9_]+`")]
    private static partial Regex Proof();

    [GeneratedRegex("^\\| C[0-9]+ \\|")]
    private static partial Regex Row();

    [GeneratedRegex("^\\| [A-Z][0-9]+ \\|")]
    private static partial Regex RuleRow();

    [GeneratedRegex("\\[([A-Z][0-9]+)\\]")]
    private static partial Regex Label();

    [GeneratedRegex("^```.*?^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex("\n\\s*\n|\n(?=- |[0-9]+\\. |#|\\|)")]
    private static partial Regex Block();

    [GeneratedRegex("\\s+")]
    private static partial Regex Space();

    [GeneratedRegex("\\bmust\\b|\\*may\\*")]
    private static partial Regex Binding();

    /// <summary>From a word to the end of its sentence, with the label behind that.</summary>
    [GeneratedRegex("\\G.*?(?:\\.(?=\\s|$)(?: \\[[A-Z][0-9]+\\])?|$)")]
    private static partial Regex Sentence();
}
