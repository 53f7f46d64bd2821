using Reflinks.Platform.Linux;
using Reflinks.Trees;

namespace Reflinks.Platform;

/// <summary>A directory built beside its final name: <see cref="Keep"/> is the only way it stays, disposing deletes it otherwise.</summary>
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
        string full = NativePath.AbsoluteForNew(destination);
        return System.IO.Path.GetDirectoryName(full) is null
            ? throw NativeErrors.Failure(Errno.EEXIST, "create", destination)
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
        fixed (byte* name = NativeFile.Terminated(Path))
        {
            if (Kernel.mkdirat(Kernel.AT_FDCWD, name, 0x1C0) != 0)
                throw NativeErrors.FolderFailure(NativeErrors.Last, "create a folder in", System.IO.Path.GetDirectoryName(destination)!);
            // An odd umask can take the owner's own access away.
            bool usable = NativeFile.StatAt(Kernel.AT_FDCWD, name, Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx made) != Errno.None || (made.stx_mode & 0x1C0) == 0x1C0;
            if (!usable) _ = Kernel.SetModeAt(Kernel.AT_FDCWD, name, 0x1C0);
        }
    }

    /// <summary>Makes a snapshot of a subvolume under the name; where that is refused nothing is made.</summary>
    internal Errno TrySnapshot(string subvolume) => Subvolume.Snapshot(subvolume, Path);

    /// <summary>Gives a tree that stands elsewhere the name; where that is refused it stays there.</summary>
    internal Errno TryTake(string existing)
    {
        fixed (byte* from = NativeFile.Terminated(existing), to = NativeFile.Terminated(Path))
            return Kernel.renameat2(Kernel.AT_FDCWD, from, Kernel.AT_FDCWD, to, Kernel.RENAME_NOREPLACE) == 0 ? Errno.None : NativeErrors.Last;
    }

    /// <summary>Gives the tree its final name in one step.</summary>
    /// <param name="overwrite">Whether whatever has the name gives way; it is deleted after the exchange.</param>
    internal void Keep(bool overwrite)
    {
        Errno error = Rename(Kernel.RENAME_NOREPLACE);
        if (error is Errno.EINVAL or Errno.ENOSYS && NativeFile.IsMissing(destination)) error = Rename(0);
        if (error == Errno.EEXIST && overwrite)
        {
            error = Rename(Kernel.RENAME_EXCHANGE);
            if (error == Errno.None)
            {
                // What stood there now has the temporary name, and goes when this object is disposed.
                return;
            }
        }
        if (error != Errno.None) throw NativeErrors.Failure(error, "create", destination);
        kept = true;
    }

    /// <summary>Leaves what has the temporary name to somebody else, who knows of it.</summary>
    internal void LeaveBehind() => kept = true;

    /// <summary>A free name beside a path, for a tree that is being made or taken away.</summary>
    internal static string NameBeside(string path) => System.IO.Path.Join(
        System.IO.Path.GetDirectoryName(path), $"{Prefix}{NativeFile.FreshName()}{Suffix}");

    /// <summary>Whether a path has the form of such names: nothing else is deleted because some file says that it is half-made.</summary>
    internal static bool IsName(string path) =>
        System.IO.Path.GetFileName(path) is { } name && name.Length == Prefix.Length + NativeFile.FreshNameLength + Suffix.Length
        && name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal)
        && name.AsSpan(Prefix.Length, NativeFile.FreshNameLength).IndexOfAnyExcept(HexDigits) < 0;

    /// <summary>Renames an existing tree.</summary>
    internal static void MoveAway(string existing, string name)
    {
        fixed (byte* from = NativeFile.Terminated(existing), to = NativeFile.Terminated(name))
        {
            if (Kernel.renameat2(Kernel.AT_FDCWD, from, Kernel.AT_FDCWD, to, 0) != 0) throw NativeErrors.Failure(NativeErrors.Last, "move away", existing);
        }
    }

    /// <summary>Gives each of two trees the other's name, in one step.</summary>
    internal static void Exchange(string one, string other)
    {
        fixed (byte* from = NativeFile.Terminated(one), to = NativeFile.Terminated(other))
        {
            if (Kernel.renameat2(Kernel.AT_FDCWD, from, Kernel.AT_FDCWD, to, Kernel.RENAME_EXCHANGE) != 0) throw NativeErrors.Failure(NativeErrors.Last, "exchange", one);
        }
    }

    Errno Rename(uint flags)
    {
        fixed (byte* from = NativeFile.Terminated(Path), to = NativeFile.Terminated(destination))
            return Kernel.renameat2(Kernel.AT_FDCWD, from, Kernel.AT_FDCWD, to, flags) == 0 ? Errno.None : NativeErrors.Last;
    }

    public void Dispose()
    {
        if (!kept) TreeRemover.Remove(Path);
    }
}
