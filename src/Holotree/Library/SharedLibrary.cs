using System.Globalization;
using Reflinks.Files;
using Reflinks.Platform;

namespace Holotree.Library;

/// <summary>
/// The folders of a library that a group uses together. Objects and catalogs are everybody's: the folders belong to the group, what
/// is in them to who made it (sticky). All else of a user lies in a folder that nobody else can enter.
/// </summary>
internal static unsafe class SharedLibrary
{
    /// <summary>setgid, sticky, rwxrwx---: everybody of the group may add, and take away what is his own (inode(7)).</summary>
    const int OfGroup = 0x7F8;

    /// <summary>The same without setgid: what a user makes in there is not the group's.</summary>
    const int OfUsers = 0x3F8;

    const int LockMode = 0x1B0, Private = 0x1C0, SetGroupId = 0x400, GroupWrite = 0x10;

    /// <summary>Whether the library of a home is to be a group's: its folder was made for that, setgid and writable by the group.</summary>
    internal static bool IsWanted(string home) => GroupOf(home) is not null;

    static uint? GroupOf(string home)
    {
        fixed (byte* name = NativeFile.Terminated(home))
        {
            Errno error = NativeFile.StatAt(Kernel.AT_FDCWD, name, 0, out Kernel.Statx stat);
            if (error is not (Errno.None or Errno.ENOENT or Errno.ENOTDIR)) throw NativeErrors.Failure(error, "examine", home);
            return error == Errno.None && NativeFile.IsDirectory(stat)
                && (stat.stx_mode & (SetGroupId | GroupWrite)) == (SetGroupId | GroupWrite) ? stat.stx_gid : null;
        }
    }

    /// <summary>Makes the folders, each whole or not at all: nobody must find a library that is half open.</summary>
    internal static void Make(Home home)
    {
        if (GroupOf(home.Path) is not { } group) return;
        string users = Path.GetDirectoryName(home.UserPath)!;
        if (!NativeFile.IsFolder(users)) Make(users, pending => Give(pending, group, OfUsers));
        if (NativeFile.IsFolder(home.LibraryPath)) return;
        Make(home.LibraryPath, pending =>
        {
            string objects = Path.Join(pending, Path.GetFileName(home.ObjectsPath));
            foreach (string algorithm in (string[])[ObjectEntry.Sha256, ObjectEntry.SparseSha256])
            {
                string root = Path.Join(objects, algorithm);
                for (int i = 0; i < 256; i++) Give(Path.Join(root, i.ToString("x2", CultureInfo.InvariantCulture)), group, OfGroup);
                Give(root, group, OfGroup);
            }
            Give(objects, group, OfGroup);
            foreach (string folder in (string[])[home.CatalogsPath, home.IncomingPath, home.QuarantinePath]) Give(Path.Join(pending, Path.GetFileName(folder)), group, OfGroup);
            foreach (string file in (string[])[home.LibraryLockPath, home.RepairLockPath]) GiveFile(Path.Join(pending, Path.GetFileName(file)), group);
            Give(pending, group, OfGroup);
        });
    }

    static void Make(string path, Action<string> fill)
    {
        using PendingTree pending = PendingTree.Create(path);
        fill(pending.Path);
        try
        {
            pending.Keep(overwrite: false);
        }
        catch (IOException taken) when (NativeErrors.Of(taken) is Errno.EEXIST or Errno.ENOTEMPTY)
        {
            // Somebody else was quicker.
        }
    }

    static void Give(string folder, uint group, int mode)
    {
        Directory.CreateDirectory(folder);
        int descriptor = NativeFile.Open(folder, Kernel.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW, 0, out Errno error);
        if (descriptor < 0) throw NativeErrors.Failure(error, "open folder", folder);
        Give(descriptor, group, mode, folder);
    }

    static void GiveFile(string path, uint group)
    {
        int descriptor = NativeFile.Open(path, Kernel.O_RDWR | Kernel.O_CREAT | Kernel.O_EXCL | OpenFlags.O_NOFOLLOW, LockMode, out Errno error);
        if (descriptor < 0) throw NativeErrors.Failure(error, "create", path);
        Give(descriptor, group, LockMode, path);
    }

    static void Give(int descriptor, uint group, int mode, string path)
    {
        NativeMetadata.DropDefaultAccessControlList(descriptor);
        Errno error = !OperatingSystem.IsLinux() ? Errno.ENOSYS
            : Running.Interop.fchown(descriptor, uint.MaxValue, group) == 0 ? Errno.None : NativeErrors.Last;
        if (error == Errno.None) error = NativeMetadata.SetMode(descriptor, mode);
        _ = Kernel.close(descriptor);
        if (error != Errno.None) throw NativeErrors.Failure(error, "give to the group", path);
    }

    /// <summary>Makes the user's own folder, where there is none yet.</summary>
    internal static void MakeUsers(Home home)
    {
        fixed (byte* name = NativeFile.Terminated(home.UserPath))
        {
            if (Kernel.mkdirat(Kernel.AT_FDCWD, name, Private) != 0 && NativeErrors.Last is Errno refused and not Errno.EEXIST)
                throw NativeErrors.Failure(refused, "create folder", home.UserPath);
        }
        CheckUsers(home.UserPath);
    }

    /// <summary>Refuses a user's folder that is somebody else's, or open to others: what lies there says what is deleted.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="HolotreeException">It is not to be trusted.</exception>
    internal static bool CheckUsers(string path)
    {
        fixed (byte* name = NativeFile.Terminated(path))
        {
            Errno error = NativeFile.StatAt(Kernel.AT_FDCWD, name, Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx stat);
            if (error == Errno.ENOENT) return false;
            if (error != Errno.None) throw NativeErrors.Failure(error, "examine", path);
            if (NativeFile.IsDirectory(stat) && stat.stx_uid == Kernel.geteuid() && (stat.stx_mode & 0x3F) == 0) return true;
        }
        throw new HolotreeException(HolotreeFailure.Failed, "home-foreign", $"'{path}' is to hold your spaces, and is not yours alone.")
        {
            Path = path,
            Hint = "Somebody else has made it. Have it taken away; it has to belong to you, with mode 0700.",
        };
    }

    /// <summary>Opens a file to the group where its folder is the group's, whatever the umask has cut off its mode.</summary>
    /// <param name="descriptor">The new file.</param>
    /// <param name="path">Its path.</param>
    /// <param name="mode">The mode it shall have there.</param>
    internal static void Open(int descriptor, string path, int mode)
    {
        fixed (byte* name = NativeFile.Terminated(Path.GetDirectoryName(path)!))
        {
            if (NativeFile.StatAt(Kernel.AT_FDCWD, name, 0, out Kernel.Statx stat) == Errno.None && (stat.stx_mode & (SetGroupId | GroupWrite)) == (SetGroupId | GroupWrite))
                _ = NativeMetadata.SetMode(descriptor, mode);
        }
    }
}
