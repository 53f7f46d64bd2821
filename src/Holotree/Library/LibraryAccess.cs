using Reflinks.Platform;

namespace Holotree.Library;

/// <summary>Who may write to a library, by the mode of its folder, or on Windows by its access control list: that decides what of it is believed unread.</summary>
/// <param name="Exists">Whether there is one.</param>
/// <param name="IsPrivate">Whether nobody but this user and root can have put anything into it.</param>
/// <param name="IsShared">Whether it is laid out for a group (docs/format.md, Shared libraries).</param>
internal sealed record LibraryAccess(bool Exists, bool IsPrivate, bool IsShared)
{
    const int OfOthers = 0x3F, WritableByGroup = 0x10;      // S_IRWXG | S_IRWXO, S_IWGRP

    /// <summary>Looks at the folder of a library.</summary>
    internal static unsafe LibraryAccess Of(string path)
    {
        fixed (byte* name = NativeFile.Terminated(path))
        {
            return NativeFile.StatAt(Kernel.AT_FDCWD, name, 0, out Kernel.Statx stat) == Errno.None
                ? new LibraryAccess(
                    Exists: true,
                    OperatingSystem.IsWindows() ? PrivateFolder.Is(path) : IsOwn(stat) && (stat.stx_mode & OfOthers) == 0,
                    (stat.stx_mode & WritableByGroup) != 0)
                : new LibraryAccess(Exists: false, IsPrivate: false, IsShared: false);
        }
    }

    /// <summary>Whether what is in a file is this user's or root's doing, as far as nobody else may write to it.</summary>
    internal static bool IsOwn(in Kernel.Statx stat) => stat.stx_uid == 0 || stat.stx_uid == Kernel.geteuid();
}
