namespace Reflinks.Tests.Staging;

/// <summary>Single blocks of files, where the extent maps of whole files would say too much.</summary>
internal static class Block
{
    internal const int Bytes = 4096;

    /// <summary>Whether two files have the byte at these offsets at the same place of the disk.</summary>
    internal static bool IsSame(string one, long offset, string other, long otherOffset) =>
        PlaceOf(one, offset) is { } place && PlaceOf(other, otherOffset) == place;

    /// <summary>Where a byte of a file lies on the disk; null in a hole.</summary>
    internal static long? PlaceOf(string path, long offset)
    {
        foreach (Extent extent in ExtentMap.Read(path))
        {
            if (offset >= extent.Logical && offset < extent.End) return extent.PhysicalOf(offset);
        }
        return null;
    }
}
