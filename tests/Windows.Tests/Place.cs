using System.Runtime.InteropServices;
using System.Text;
using Reflinks.Platform;
using Reflinks.Platform.Windows;

namespace Windows.Tests;

/// <summary>A folder of a test, open, and the calls on names in it.</summary>
internal sealed unsafe class Place : IDisposable
{
    /// <param name="kind">What its name begins with.</param>
    internal Place(string kind = "windows-tests")
    {
        Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"{kind}-{Guid.NewGuid():n}");
        System.IO.Directory.CreateDirectory(Path);
        Directory = Must(OpenAt(Kernel.AT_FDCWD, Path, OpenFlags.O_DIRECTORY), "open the folder of the test");
    }

    internal string Path { get; }

    internal int Directory { get; }

    /// <summary>Whether this is Wine, which exports a call that Windows does not have.</summary>
    internal static bool IsWine { get; } = NativeLibrary.TryGetExport(NativeLibrary.Load("ntdll"), "wine_get_version", out _);

    internal static Errno Last => NativeErrors.Last;

    internal static T Must<T>(T result, string what) where T : System.Numerics.INumber<T> => result >= T.Zero ? result : throw new IOException($"Cannot {what}: {Last}");

    internal static byte[] Bytes(string name) => [.. WindowsNames.Encode(name), 0];

    internal static int OpenAt(int directory, string name, int flags, uint mode = 0x1A4)
    {
        fixed (byte* path = Bytes(name)) return WindowsKernel.openat(directory, path, flags, mode);
    }

    internal int Open(string name, int flags, uint mode = 0x1A4) => OpenAt(Directory, name, flags, mode);

    internal int Create(string name) => Must(Open(name, Kernel.O_RDWR | Kernel.O_CREAT | Kernel.O_EXCL), $"create {name}");

    internal void Write(string name, string text)
    {
        int file = Create(name);
        Assert.Equal(text.Length, Put(file, text, 0));
        Close(file);
    }

    internal string Read(string name)
    {
        int file = Must(Open(name, Kernel.O_RDONLY), $"read {name}");
        string text = Get(file, 0, 4096);
        Close(file);
        return text;
    }

    internal static nint Put(int file, string text, long offset)
    {
        fixed (byte* start = Encoding.UTF8.GetBytes(text)) return WindowsKernel.pwrite(file, start, (nuint)Encoding.UTF8.GetByteCount(text), offset);
    }

    internal static string Get(int file, long offset, int most)
    {
        byte[] bytes = new byte[most];
        fixed (byte* start = bytes) return Encoding.UTF8.GetString(bytes, 0, (int)Must(WindowsKernel.pread(file, start, (nuint)most, offset), "read"));
    }

    internal static void Close(int descriptor) => Assert.Equal(0, WindowsKernel.close(descriptor));

    internal int MakeFolder(string name)
    {
        fixed (byte* path = Bytes(name)) return WindowsKernel.mkdirat(Directory, path, 0x1FF);
    }

    internal int Unlink(string name, int flags = 0)
    {
        fixed (byte* path = Bytes(name)) return WindowsKernel.unlinkat(Directory, path, flags);
    }

    internal int Rename(string from, string to, uint flags = 0)
    {
        fixed (byte* old = Bytes(from), made = Bytes(to)) return WindowsKernel.renameat2(Directory, old, Directory, made, flags);
    }

    internal int Link(string from, string to)
    {
        fixed (byte* old = Bytes(from), made = Bytes(to)) return WindowsKernel.linkat(Directory, old, Directory, made, 0);
    }

    internal int SymbolicLink(string target, string name)
    {
        fixed (byte* leadsTo = Bytes(target), path = Bytes(name)) return WindowsKernel.symlinkat(leadsTo, Directory, path);
    }

    internal string? ReadLink(string name)
    {
        byte[] room = new byte[8192];
        fixed (byte* path = Bytes(name), start = room)
            return WindowsKernel.readlinkat(Directory, path, start, (nuint)room.Length) is >= 0 and var length ? WindowsNames.Decode(room.AsSpan(0, (int)length)) : null;
    }

    internal Errno Stat(string name, out Kernel.Statx stat, int flags = Kernel.AT_SYMLINK_NOFOLLOW)
    {
        fixed (byte* path = Bytes(name))
        fixed (Kernel.Statx* result = &stat) return WindowsKernel.statx(Directory, path, flags, Kernel.STATX_BASIC_STATS, result) == 0 ? Errno.None : Last;
    }

    internal static Kernel.Statx Stat(int descriptor)
    {
        byte nothing = 0;
        Kernel.Statx stat;
        Must(WindowsKernel.statx(descriptor, &nothing, Kernel.AT_EMPTY_PATH, Kernel.STATX_BASIC_STATS, &stat), "examine");
        return stat;
    }

    internal bool Exists(string name) => Stat(name, out _) == Errno.None;

    /// <summary>What is listed, with its type, without the folder itself and the one above.</summary>
    internal static SortedDictionary<string, byte> List(int directory, int room = 32 * 1024)
    {
        var found = new SortedDictionary<string, byte>(StringComparer.Ordinal);
        byte[] records = new byte[room];
        fixed (byte* start = records)
        {
            while (Must(WindowsKernel.getdents64(directory, start, (nuint)room), "list") is > 0 and var length)
            {
                for (int at = 0; at < length; at += BitConverter.ToUInt16(records, at + 16))
                {
                    string? name = WindowsNames.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(start + at + 19));
                    Assert.NotNull(name);
                    if (name is not ("." or "..")) found.Add(name, records[at + 18]);
                }
            }
        }
        return found;
    }

    public void Dispose()
    {
        Close(Directory);
        TreeOf(Path).Delete(recursive: true);
        static DirectoryInfo TreeOf(string path)
        {
            var folder = new DirectoryInfo($@"\\?\{path}");
            foreach (FileInfo file in folder.EnumerateFiles("*", SearchOption.AllDirectories)) file.Attributes = FileAttributes.Normal;
            return folder;
        }
    }
}
