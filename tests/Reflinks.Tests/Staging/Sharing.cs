namespace Reflinks.Tests.Staging;

/// <summary>Proof by the extent map that files share their blocks, or do not: a return code is not believed.</summary>
internal static class Sharing
{
    internal const int BlockBytes = 4096;

    /// <summary>Every block with data lies at the same place of the disk in both files, and is marked as shared.</summary>
    internal static void AssertShared(string one, string other)
    {
        ExtentMap first = ExtentMap.Of(one), second = ExtentMap.Of(other);
        Assert.True(first.AllShared, $"{one} has no extents or some that are not shared: {Text(first)}");
        Assert.True(second.AllShared, $"{other} has no extents or some that are not shared: {Text(second)}");
        Assert.Equal(Blocks(first), Blocks(second));
    }

    /// <summary>No block of one file is a block of the other.</summary>
    internal static void AssertApart(string one, string other)
    {
        ExtentMap first = ExtentMap.Of(one), second = ExtentMap.Of(other);
        Assert.Empty(Blocks(first).Select(block => block.Physical).Intersect(Blocks(second).Select(block => block.Physical)));
    }

    /// <summary>Both files hold the block at an offset at the same place of the disk.</summary>
    internal static bool ShareBlock(string one, ulong offset, string other, ulong otherOffset) =>
        ExtentMap.Of(one).PhysicalOf(offset) is { } place && ExtentMap.Of(other).PhysicalOf(otherOffset) == place;

    static HashSet<(ulong Logical, ulong Physical)> Blocks(ExtentMap map)
    {
        var blocks = new HashSet<(ulong, ulong)>();
        foreach (ExtentMap.Extent extent in map.Extents)
        {
            for (ulong at = 0; at < extent.Length; at += BlockBytes) blocks.Add((extent.Logical + at, extent.Physical + at));
        }
        return blocks;
    }

    static string Text(ExtentMap map) =>
        string.Join("; ", map.Extents.Select(extent => $"{extent.Logical}+{extent.Length} at {extent.Physical} flags 0x{extent.Flags:x}"));
}
