using System.Reflection;
using TestKit;
using Xunit;

namespace Architecture.Tests;

/// <summary>The public surface of each library is a reviewed file, so that a change of it shows in the diff of a change.</summary>
public sealed class PublicApiTests
{
    [Theory]
    [InlineData("Reflinks")]
    [InlineData("Holotree")]
    public void The_public_surface_is_the_reviewed_one(string library)
    {
        string folder = Path.Combine(Repository.Root, "tests", "Architecture.Tests");
        string reviewedPath = Path.Combine(folder, $"PublicApi.{library}.txt"), actualPath = Path.Combine(folder, $"PublicApi.{library}.actual.txt");
        string actual = ApiText.Of(Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, library + ".dll")));
        string reviewed = File.Exists(reviewedPath) ? File.ReadAllText(reviewedPath).ReplaceLineEndings("\n") : "";
        if (Environment.GetEnvironmentVariable("HOLOTREE_ACCEPT_API") == "1") File.WriteAllText(reviewedPath, reviewed = actual);
        File.Delete(actualPath);
        if (actual == reviewed) return;

        File.WriteAllText(actualPath, actual);
        Assert.Fail($"""
            The public surface of {library} is not the reviewed one:
            {Difference(reviewed.Split('\n'), actual.Split('\n'))}
            When it should be so: HOLOTREE_ACCEPT_API=1 ./build.sh test Architecture.Tests, and review the change of {Path.GetFileName(reviewedPath)}.
            """);
    }

    /// <summary>Lines that are in one only, each under the type it belongs to.</summary>
    private static string Difference(string[] reviewed, string[] actual)
    {
        HashSet<string> before = [.. WithType(reviewed)], after = [.. WithType(actual)];
        IEnumerable<string> gone = before.Except(after).Select(line => "- " + line), come = after.Except(before).Select(line => "+ " + line);
        return string.Join('\n', gone.Concat(come).OrderBy(line => line[2..], StringComparer.Ordinal));
    }

    private static IEnumerable<string> WithType(string[] lines)
    {
        string type = "";
        foreach (string line in lines)
        {
            if (line.Length == 0) continue;
            if (!line.StartsWith(' ')) type = line;
            yield return line.StartsWith(' ') ? $"{type}:{line}" : line;
        }
    }
}
