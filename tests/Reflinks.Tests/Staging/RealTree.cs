using Reflinks.Files;
using Reflinks.Trees;

namespace Reflinks.Tests.Staging;

/// <summary>A small tree, and its comparison by means that every system has.</summary>
internal static class RealTree
{
    /// <summary>Files of several lengths, folders, and one that is empty.</summary>
    internal static void Make(TemporaryFolder place, string name)
    {
        place.WriteRandom($"{name}/a/large", 3_000_001);
        place.WriteRandom($"{name}/a/b/small", 5_000, seed: 2);
        place.Write($"{name}/a/b/tiny", "x");
        place.Write($"{name}/empty", []);
        place.MakeFolder($"{name}/c");
        File.SetLastWriteTimeUtc(place[$"{name}/a/large"], new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
    }

    /// <summary>Asserts that two trees have the same names, bytes and times.</summary>
    internal static void AssertEqual(string expected, string actual)
    {
        Assert.Equal(Names(expected), Names(actual));
        foreach (string name in Names(expected))
        {
            (string one, string other) = (Path.Join(expected, name), Path.Join(actual, name));
            Assert.Equal(File.GetLastWriteTimeUtc(one), File.GetLastWriteTimeUtc(other));
            if (File.Exists(one)) Assert.Equal(File.ReadAllBytes(one), File.ReadAllBytes(other));
        }
    }

    /// <summary>Asserts what becomes of a clone where files cannot share blocks: a refusal where nothing else may be, else copies that are equal and counted.</summary>
    internal static void AssertRefusedAndCopied(TemporaryFolder place)
    {
        Make(place, "source");

        Assert.Throws<CloneException>(() => TreeCloner.Clone(place["source"], place["made"], new TreeCloneOptions { Strategy = TreeStrategy.Reflink }));
        TreeReport report = TreeCloner.Clone(place["source"], place["made"]);

        AssertEqual(place["source"], place["made"]);
        Assert.Equal((0, 1), (report.Mechanisms[Mechanism.Reflink], report.Mechanisms[Mechanism.Empty]));
        Assert.Equal(3, report.Fallbacks.Single(left => left.From == Mechanism.Reflink).Files);
    }

    internal static string[] Files(string root) => [.. Names(root).Select(name => Path.Join(root, name)).Where(File.Exists)];

    static string[] Names(string root) =>
        [.. Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(root, path)).Order(StringComparer.Ordinal)];
}
