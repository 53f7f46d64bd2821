using System.Runtime.Versioning;
using Reflinks.Trees;

namespace Reflinks.Platform.Linux;

/// <summary>A directory built beside its final name: <see cref="Keep"/> is the only way it stays, disposing deletes it otherwise.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class PendingTree : IDisposable
{
    const string Prefix = ".reflink-", Suffix = ".partial";

    static readonly System.Buffers.SearchValues<char> HexDigits = System.Buffers.SearchValues.Create("0123456789abcdef");

    readonly string destination;
    bool kept;

    PendingTree(string destination, string path) => (this.destination, Path) = (destination, path);

    /// <summary>Where the tree is built.</summary>
    internal string Path { get; }

    /// <summary>Chooses a name beside <paramref name="destination"/>. Nothing is made yet, so that the name can be noted before anything has it.</summary>
    internal static PendingTree Reserve(string destination)
    {
        string full = LinuxPath.AbsoluteForNew(destination);
        return System.IO.Path.GetDirectoryName(full) is null
            ? throw LinuxErrors.Failure(Errno.EEXIST, "create", destination)
            : new PendingTree(full, NameBeside(full));
    }

    /// <summary>Makes an empty directory beside <paramref name="destination"/>, whose parent must exist.</summary>
    internal static PendingTree Create(string destination)
    {
        PendingTree reserved = Reserve(destination);
        reserved.MakeFolder();
        return reserved;
    }

    /// <summary>Makes an empty directory of the name, whose parent must exist.</summary>
    internal void MakeFolder()
    {
        fixed (byte* name = LinuxFile.Terminated(Path))
        {
            if (Interop.mkdirat(Interop.AT_FDCWD, name, 0x1C0) != 0)
                throw LinuxErrors.FolderFailure(LinuxErrors.Last, "create a folder in", System.IO.Path.GetDirectoryName(destination)!);
            // An odd umask can take the owner's own access away.
            bool usable = LinuxFile.StatAt(Interop.AT_FDCWD, name, Interop.AT_SYMLINK_NOFOLLOW, out Interop.Statx made) != Errno.None || (made.stx_mode & 0x1C0) == 0x1C0;
            if (!usable) _ = LinuxMetadata.SetModeAt(Interop.AT_FDCWD, name, 0x1C0);
        }
    }

    /// <summary>Makes a snapshot of a subvolume under the name; where that is refused nothing is made.</summary>
    internal Errno TrySnapshot(string subvolume) => Subvolume.Snapshot(subvolume, Path);

    /// <summary>Gives a tree that stands elsewhere the name; where that is refused it stays there.</summary>
    internal Errno TryTake(string existing)
    {
        fixed (byte* from = LinuxFile.Terminated(existing), to = LinuxFile.Terminated(Path))
            return Interop.renameat2(Interop.AT_FDCWD, from, Interop.AT_FDCWD, to, Interop.RENAME_NOREPLACE) == 0 ? Errno.None : LinuxErrors.Last;
    }

    /// <summary>Gives the tree its final name in one step.</summary>
    /// <param name="overwrite">Whether whatever has the name gives way; it is deleted after the exchange.</param>
    internal void Keep(bool overwrite)
    {
        Errno error = Rename(Interop.RENAME_NOREPLACE);
        if (error is Errno.EINVAL or Errno.ENOSYS && LinuxFile.IsMissing(destination)) error = Rename(0);
        if (error == Errno.EEXIST && overwrite)
        {
            error = Rename(Interop.RENAME_EXCHANGE);
            if (error == Errno.None)
            {
                // What stood there now has the temporary name, and goes when this object is disposed.
                return;
            }
        }
        if (error != Errno.None) throw LinuxErrors.Failure(error, "create", destination);
        kept = true;
    }

    /// <summary>Leaves what has the temporary name to somebody else, who knows of it.</summary>
    internal void LeaveBehind() => kept = true;

    /// <summary>A free name beside a path, for a tree that is being made or taken away.</summary>
    internal static string NameBeside(string path) => System.IO.Path.Join(
        System.IO.Path.GetDirectoryName(path), $"{Prefix}{LinuxFile.FreshName()}{Suffix}");

    /// <summary>Whether a path has the form of such names: nothing else is deleted because some file says that it is half-made.</summary>
    internal static bool IsName(string path) =>
        System.IO.Path.GetFileName(path) is { } name && name.Length == Prefix.Length + LinuxFile.FreshNameLength + Suffix.Length
        && name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal)
        && name.AsSpan(Prefix.Length, LinuxFile.FreshNameLength).IndexOfAnyExcept(HexDigits) < 0;

    /// <summary>Renames an existing tree.</summary>
    internal static void MoveAway(string existing, string name)
    {
        fixed (byte* from = LinuxFile.Terminated(existing), to = LinuxFile.Terminated(name))
        {
            if (Interop.renameat2(Interop.AT_FDCWD, from, Interop.AT_FDCWD, to, 0) != 0) throw LinuxErrors.Failure(LinuxErrors.Last, "move away", existing);
        }
    }

    /// <summary>Gives each of two trees the other's name, in one step.</summary>
    internal static void Exchange(string one, string other)
    {
        fixed (byte* from = LinuxFile.Terminated(one), to = LinuxFile.Terminated(other))
        {
            if (Interop.renameat2(Interop.AT_FDCWD, from, Interop.AT_FDCWD, to, Interop.RENAME_EXCHANGE) != 0) throw LinuxErrors.Failure(LinuxErrors.Last, "exchange", one);
        }
    }

    Errno Rename(uint flags)
    {
        fixed (byte* from = LinuxFile.Terminated(Path), to = LinuxFile.Terminated(destination))
            return Interop.renameat2(Interop.AT_FDCWD, from, Interop.AT_FDCWD, to, flags) == 0 ? Errno.None : LinuxErrors.Last;
    }

    public void Dispose()
    {
        if (!kept) TreeRemover.Remove(Path);
    }
}
