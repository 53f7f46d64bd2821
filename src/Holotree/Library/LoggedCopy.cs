using Reflinks.Platform;

namespace Holotree.Library;

/// <summary>
/// The content of a small file a second time, as an extended attribute of it. Filesystems with a log keep the order of what happens to
/// names and attributes, but a file's bytes come when they come (ext4 delays their allocation, XFS and btrfs set a length when the bytes
/// are written). So after a power cut a file that was renamed and not synced may be empty beside everything that was done after it;
/// its attribute is there whenever its name is.
/// </summary>
internal static unsafe class LoggedCopy
{
    /// <summary>What certainly fits: ext4 has one block for all attributes of a file, XFS logs what is shorter than three quarters of one (attr(5)).</summary>
    const int MostBytes = 2048;

    static ReadOnlySpan<byte> Name => "user.holotree.content\0"u8;

    /// <summary>Takes the copy. Where there are no attributes, or no room for them, there is none.</summary>
    internal static void Write(int descriptor, ReadOnlySpan<byte> content)
    {
        if (content.Length > MostBytes) return;
        fixed (byte* name = Name, value = content) _ = Kernel.fsetxattr(descriptor, name, value, (nuint)content.Length, 0);
    }

    /// <summary>The copy that was taken of a file; nothing where there is none.</summary>
    internal static byte[] Read(string path)
    {
        int descriptor = NativeFile.Open(path, Kernel.O_RDONLY | Kernel.O_NONBLOCK | OpenFlags.O_NOFOLLOW, 0, out _);
        if (descriptor < 0) return [];
        byte[] content = new byte[MostBytes];
        nint length;
        fixed (byte* name = Name, value = content) length = Kernel.fgetxattr(descriptor, name, value, MostBytes);
        _ = Kernel.close(descriptor);
        return length > 0 ? content[..(int)length] : [];
    }
}
