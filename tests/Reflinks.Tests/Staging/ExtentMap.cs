using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Reflinks.Tests.Staging;

/// <summary>Where the bytes of a file lie on its disk, by FS_IOC_FIEMAP after a sync.</summary>
internal sealed class ExtentMap
{
    internal const uint Last = 0x1, Unknown = 0x2, NotAligned = 0x100, Inline = 0x200, Shared = 0x2000;

    internal readonly record struct Extent(ulong Logical, ulong Physical, ulong Length, uint Flags);

    ExtentMap(IReadOnlyList<Extent> extents) => Extents = extents;

    internal IReadOnlyList<Extent> Extents { get; }

    internal bool AllShared => Extents.Count > 0 && Extents.All(extent => (extent.Flags & Shared) != 0);

    internal bool NoneShared => Extents.All(extent => (extent.Flags & Shared) == 0);

    /// <summary>The block of the disk that holds a byte of the file, or null in a hole.</summary>
    internal ulong? PhysicalOf(ulong offset)
    {
        foreach (Extent extent in Extents)
        {
            if (offset >= extent.Logical && offset < extent.Logical + extent.Length) return extent.Physical + (offset - extent.Logical);
        }
        return null;
    }

    internal static unsafe ExtentMap Of(string path)
    {
        const uint request = 0xC020_660B;
        const int header = 32, size = 56, count = 512;
        using SafeFileHandle file = File.OpenHandle(path);
        var extents = new List<Extent>();
        byte[] buffer = new byte[header + (count * size)];
        ulong start = 0;
        while (true)
        {
            Array.Clear(buffer);
            fixed (byte* map = buffer)
            {
                *(ulong*)map = start;
                *(ulong*)(map + 8) = ulong.MaxValue - start;
                *(uint*)(map + 16) = 1;         // FIEMAP_FLAG_SYNC
                *(uint*)(map + 24) = count;
                if (ioctl((int)file.DangerousGetHandle(), request, map) != 0)
                    throw new IOException($"FIEMAP of {path}: {Marshal.GetLastPInvokeErrorMessage()}");
                uint mapped = *(uint*)(map + 20);
                for (byte* at = map + header; at < map + header + (mapped * size); at += size)
                    extents.Add(new(*(ulong*)at, *(ulong*)(at + 8), *(ulong*)(at + 16), *(uint*)(at + 40)));
                if (mapped < count) return new ExtentMap(extents);
            }
            start = extents[^1].Logical + extents[^1].Length;
        }
    }

    [DllImport("libc", SetLastError = true)]
    static extern unsafe int ioctl(int descriptor, nuint request, void* argument);
}
