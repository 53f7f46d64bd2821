using Reflinks.Files;
using Reflinks.Trees;

namespace Reflinks.Tests.Trees;

/// <summary>What every report has to add up to, whatever happened.</summary>
internal static class Reports
{
    /// <summary>Holds a report against the tree it tells of.</summary>
    internal static void AssertAccountsFor(TreeReport report, TreeSnapshot tree)
    {
        Assert.Equal(tree.Files, report.Files);
        Assert.Equal(tree.Folders, report.Directories);
        Assert.Equal(tree.Links, report.Symlinks);
        Assert.Equal(tree.EmptyFiles, report.Mechanisms[Mechanism.Empty]);
        Assert.Equal(report.Files, Enum.GetValues<Mechanism>().Sum(mechanism => report.Mechanisms[mechanism]));
        Assert.Equal(report.LogicalBytes, report.SharedBytes + report.WrittenBytes);
        Assert.Empty(report.NotPreserved);
    }

    /// <summary>Asserts that all files but the empty ones were made in one way.</summary>
    internal static void AssertMadeBy(TreeReport report, Mechanism mechanism) =>
        Assert.Equal(report.Files - report.Mechanisms[Mechanism.Empty], report.Mechanisms[mechanism]);

    /// <summary>Fallbacks as short texts: <c>Reflink KernelCopy EXDEV 3</c>.</summary>
    internal static string[] Fallbacks(TreeReport report) =>
        [.. report.Fallbacks.Select(left => $"{left.From} {left.To} {left.Error.Name} {left.Files}")];
}
