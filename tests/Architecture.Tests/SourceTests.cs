using System.Text.RegularExpressions;
using TestKit;
using Xunit;

namespace Architecture.Tests;

/// <summary>Folder = namespace = concept, and a public type is found in the file of its name.</summary>
public sealed partial class SourceTests
{
    [Fact]
    public void Every_namespace_is_the_folder_of_its_file()
    {
        string[] wrong = [.. Sources().Where(source => Namespace(source) is string name && name != Expected(source))
            .Select(source => $"{source}: {Namespace(source)}, expected {Expected(source)}")];

        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void A_public_type_has_a_file_of_its_name_and_shares_it_with_no_other()
    {
        // The libraries and the program; a test may keep its fixture and its collection beside it.
        string[] wrong = [.. Sources().Where(source => source.StartsWith("src/", StringComparison.Ordinal)).Select(source => (Source: source, Types: PublicTypes(source)))
            .Where(file => file.Types.Length > 0 && (file.Types.Length > 1 || file.Types[0] != Path.GetFileName(file.Source).Split('.', '{')[0]))
            .Select(file => $"{file.Source}: {string.Join(", ", file.Types)}")];

        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void No_folder_is_called_by_a_name_that_says_nothing()
    {
        string[] empty = ["Utils", "Utilities", "Helpers", "Common", "Core", "Managers", "Misc", "Abstractions", "Extensions"];

        Assert.DoesNotContain(Sources().SelectMany(source => source.Split('/')[..^1]), folder => empty.Contains(folder));
    }

    /// <summary>Relative paths with slashes: src/Reflinks/Files/Reflink.cs.</summary>
    private static string[] Sources()
    {
        string[] sources = [.. new[] { "src", "tests", "bench" }
            .Select(folder => Path.Combine(Repository.Root, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(part => part is "bin" or "obj"))];
        Assert.NotEmpty(sources);
        return sources;
    }

    private static string Expected(string source) => string.Join('.', source.Split('/')[1..^1]);

    private static string? Namespace(string source) =>
        NamespaceLine().Match(Text(source)) is { Success: true } match ? match.Groups[1].Value : null;

    private static string[] PublicTypes(string source) => [.. PublicType().Matches(Text(source)).Select(match => match.Groups[1].Value)];

    private static string Text(string source) => File.ReadAllText(Path.Combine(Repository.Root, source));

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"^public (?:[a-z]+ )*(?:class|struct|record|interface|enum|delegate \S+) (\w+)", RegexOptions.Multiline)]
    private static partial Regex PublicType();
}
