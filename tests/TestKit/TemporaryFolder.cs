using System.Runtime.InteropServices;
using System.Text;

namespace TestKit;

/// <summary>A folder for one test, deleted with whatever the test left in it: read-only folders, immutable files, names that are
/// not text, trees deeper than a path can say, btrfs subvolumes, forgotten mounts.</summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <summary>Makes a folder in the system's temporary folder.</summary>
    public TemporaryFolder() : this(System.IO.Path.GetTempPath())
    {
    }

    /// <summary>Makes a folder in <paramref name="parent"/>.</summary>
    public TemporaryFolder(string parent)
    {
        Path = System.IO.Path.Combine(parent, "t-" + Guid.NewGuid().ToString("N")[..12]);
        Directory.CreateDirectory(Path);
    }

    /// <summary>The absolute path.</summary>
    public string Path { get; }

    /// <summary>The path of <paramref name="name"/>, which may contain slashes, in this folder.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file, and the folders on the way to it, and returns its path.</summary>
    public string Write(string name, ReadOnlySpan<byte> bytes)
    {
        string path = this[name];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>Writes a text file as UTF-8 and returns its path.</summary>
    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes a file of <paramref name="lengthBytes"/> bytes that are different for every seed and do not compress.</summary>
    public string WriteRandom(string name, int lengthBytes, int seed = 1)
    {
        byte[] bytes = new byte[lengthBytes];
        new Random(seed).NextBytes(bytes);
        return Write(name, bytes);
    }

    /// <summary>Makes a folder and returns its path.</summary>
    public string MakeFolder(string name) => Directory.CreateDirectory(this[name]).FullName;

    /// <summary>Makes the ordinary user of <see cref="Unprivileged"/> the owner of a path in this folder, or of the folder itself.</summary>
    /// <remarks>Skips when the tests are not run by root.</remarks>
    public void GiveToUnprivileged(string name = "")
    {
        Unprivileged.SkipUnlessRoot();
        Native.SetOwner(Native.AT_FDCWD, Native.Bytes(name.Length == 0 ? Path : this[name]), Unprivileged.UserId, Unprivileged.UserId);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!OperatingSystem.IsLinux())
        {
            if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
            return;
        }

        byte[] parent = Native.Bytes(System.IO.Path.GetDirectoryName(Path)!);
        int folder = Native.Open(Native.AT_FDCWD, parent, Native.O_RDONLY | Native.Numbers.O_DIRECTORY);
        try
        {
            Delete(folder, Native.Bytes(System.IO.Path.GetFileName(Path)));
        }
        catch (IOException failure)
        {
            // Thrown from here it would hide why the test failed; the volumes go at the end of the run anyway.
            Console.Error.WriteLine($"TemporaryFolder {Path} could not be deleted: {failure.Message}");
        }
        finally
        {
            _ = Native.Close(folder);
        }
    }

    private static void Delete(int folder, byte[] name)
    {
        if (!Native.TryStat(folder, name, out Native.Statx status)) return;
        bool isFolder = (status.Mode & Native.S_IFMT) == Native.S_IFDIR;
        if (isFolder)
        {
            // Read-only and mode 000 folders cannot be listed by an ordinary owner.
            _ = Native.TrySetMode(folder, name, 0x1C0);
            Empty(folder, name);
        }

        if (Native.TryUnlink(folder, name, isFolder)) return;
        if (Marshal.GetLastPInvokeError() == Native.EBUSY) _ = Native.TryUnmount(Native.PathIn(folder, name));
        if (!isFolder && (status.Mode & Native.S_IFMT) == Native.S_IFREG) MakeMutable(folder, name);
        if (!Native.TryUnlink(folder, name, isFolder)) throw Native.Error($"unlink {ByteName.Show(name)}");
    }

    private static void Empty(int parent, byte[] name)
    {
        int folder = Native.Open(parent, name, Native.O_RDONLY | Native.Numbers.O_DIRECTORY | Native.Numbers.O_NOFOLLOW);
        try
        {
            MakeMutable(folder);
            foreach (byte[] child in Native.ReadFolder(folder)) Delete(folder, child);
        }
        finally
        {
            _ = Native.Close(folder);
        }
    }

    private static void MakeMutable(int parent, byte[] name)
    {
        int file = Native.TryOpen(parent, name, Native.O_RDONLY | Native.O_NONBLOCK | Native.Numbers.O_NOFOLLOW);
        if (file < 0) return;
        MakeMutable(file);
        _ = Native.Close(file);
    }

    /// <summary>Takes away what would keep even root from deleting: the flags of chattr(1), and a snapshot's read-only flag.</summary>
    private static unsafe void MakeMutable(int descriptor)
    {
        long flags = 0;
        const int locks = Native.FS_IMMUTABLE_FL | Native.FS_APPEND_FL;
        if (Native.Ioctl(descriptor, Native.FS_IOC_GETFLAGS, &flags) == 0 && ((int)flags & locks) != 0)
        {
            flags = (int)flags & ~locks;
            _ = Native.Ioctl(descriptor, Native.FS_IOC_SETFLAGS, &flags);
        }

        const ulong BTRFS_SUBVOL_RDONLY = 2;
        ulong subvolume = 0;
        if (Native.Ioctl(descriptor, Native.BTRFS_IOC_SUBVOL_GETFLAGS, &subvolume) == 0 && (subvolume & BTRFS_SUBVOL_RDONLY) != 0)
        {
            subvolume &= ~BTRFS_SUBVOL_RDONLY;
            _ = Native.Ioctl(descriptor, Native.BTRFS_IOC_SUBVOL_SETFLAGS, &subvolume);
        }
    }
}
