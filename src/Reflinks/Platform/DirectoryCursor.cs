using System.Text;
using Reflinks.Trees;

namespace Reflinks.Platform;

/// <summary>
/// Stands in one directory of a tree at a time, held open, and moves to others name by name from the root: no path is ever
/// built, so a tree may be deeper than PATH_MAX, and no link that somebody puts into the way is followed.
/// </summary>
/// <remarks>
/// Directories of a listing are numbered so that near numbers are near in the tree; a move mostly opens one directory and
/// closes one. At most <see cref="HeldLevels"/> levels stay open, so depth does not run into the limit of open files.
/// </remarks>
internal sealed unsafe class DirectoryCursor : IDisposable
{
    const int HeldLevels = 64;

    readonly string rootPath;
    readonly int flags;
    readonly List<(int Index, int Descriptor)> held = [];       // from the root down; a descriptor of -1 was let go
    readonly Stack<int> way = new();

    /// <summary>Opens the root of a tree.</summary>
    /// <param name="rootPath">A folder; a link given by the caller is followed.</param>
    /// <param name="readable">Whether the directories shall be readable (to list them, or their attributes), not just a place to stand in.</param>
    internal DirectoryCursor(string rootPath, bool readable) : this(rootPath, FlagsFor(readable), follow: true)
    {
    }

    DirectoryCursor(string rootPath, int flags, bool follow)
    {
        (this.rootPath, this.flags) = (rootPath, flags);
        int descriptor = NativeFile.Open(rootPath, follow ? flags : flags | OpenFlags.O_NOFOLLOW, 0, out Errno error);
        if (descriptor < 0) throw NativeErrors.Failure(error, "open folder", rootPath);
        held.Add((0, descriptor));
    }

    DirectoryCursor(DirectoryCursor other, string rootPath, bool readable)
    {
        (this.rootPath, flags) = (rootPath, FlagsFor(readable));
        int descriptor;
        Errno error;
        fixed (byte* itself = ".\0"u8) descriptor = NativeFile.OpenAt(other.Root, itself, flags, 0, out error);
        if (descriptor < 0) throw NativeErrors.Failure(error, "open folder", rootPath);
        held.Add((0, descriptor));
    }

    /// <summary>Opens the root of a tree that was just made, and that somebody may have put a link in the place of.</summary>
    internal static DirectoryCursor OnMade(string rootPath) => new(rootPath, FlagsFor(readable: true), follow: false);

    /// <summary>Another cursor on the very same root, whatever has its name by now.</summary>
    /// <param name="shownAs">The path of the root in messages.</param>
    internal DirectoryCursor Another(string shownAs, bool readable) => new(this, shownAs, readable);

    static int FlagsFor(bool readable) => OpenFlags.O_DIRECTORY | (readable ? Kernel.O_RDONLY : Kernel.O_PATH);

    /// <summary>The directory stood in. It belongs to the cursor and is open until the next move.</summary>
    internal int Descriptor => held[^1].Descriptor;

    internal int Root => held[0].Descriptor;

    /// <summary>Moves to a directory of a listing.</summary>
    internal int MoveTo(int directory, ReadOnlySpan<DirectoryEntry> directories, ReadOnlySpan<byte> names)
    {
        way.Clear();
        int at = directory;
        int level;
        while ((level = LevelOf(at)) < 0)
        {
            way.Push(at);
            at = directories[at].Parent;
        }
        while (held.Count - 1 > level) LetGo();

        while (way.TryPop(out int next))
        {
            ref readonly DirectoryEntry entry = ref directories[next];
            Errno error;
            int descriptor;
            fixed (byte* name = names[entry.NameOffset..])
                descriptor = NativeFile.OpenAt(Descriptor, name, flags | OpenFlags.O_NOFOLLOW, 0, out error);
            if (descriptor < 0) throw NativeErrors.Failure(error, "open folder", PathOf(next, directories, names));
            held.Add((next, descriptor));
            int old = held.Count - HeldLevels;
            if (old > 0 && held[old] is { Descriptor: >= 0 } far)
            {
                _ = Kernel.close(far.Descriptor);
                held[old] = (far.Index, -1);
            }
        }
        return Descriptor;
    }

    /// <summary>The path of a directory of a listing, for messages.</summary>
    internal string PathOf(int directory, ReadOnlySpan<DirectoryEntry> directories, ReadOnlySpan<byte> names)
    {
        var below = new Stack<string>();
        for (int at = directory; at > 0; at = directories[at].Parent)
            below.Push(Encoding.UTF8.GetString(names.Slice(directories[at].NameOffset, directories[at].NameLength)));
        return Path.Join(rootPath, string.Join('/', below));
    }

    /// <summary>The level on which a directory is held open, or -1. Levels let go do not count, nor do those above them but the root.</summary>
    int LevelOf(int directory)
    {
        for (int level = held.Count - 1; level > 0; level--)
        {
            if (held[level].Index == directory) return held[level].Descriptor >= 0 ? level : -1;
        }
        return directory == 0 ? 0 : -1;
    }

    void LetGo()
    {
        int descriptor = held[^1].Descriptor;
        if (descriptor >= 0) _ = Kernel.close(descriptor);
        held.RemoveAt(held.Count - 1);
    }

    public void Dispose()
    {
        while (held.Count > 0) LetGo();
    }

    public override string ToString() => rootPath;
}
