using Reflinks.Platform;

namespace Reflinks.Trees;

/// <summary>What has to be done with a file's bytes on their way.</summary>
internal enum ContentChange
{
    /// <summary>They arrive as they are.</summary>
    None,

    /// <summary>They arrive as they are and a few of them are then overwritten in place.</summary>
    Patch,

    /// <summary>Other bytes are written in their stead.</summary>
    Rewrite,
}

/// <summary>
/// Where <see cref="TreeWriter"/> takes the content of a listing's entries from: another tree (<see cref="TreeCloner"/>) or a
/// library of objects. Each worker has one of its own, so an instance need not be safe for several threads.
/// </summary>
internal abstract unsafe class TreeContent : IDisposable
{
    /// <summary>The worker turns to the files of another directory.</summary>
    internal abstract void Enter(int directory);

    /// <summary>Opens the source of a file and says what it found; the caller closes the descriptor.</summary>
    internal abstract int Open(int file, out Kernel.Statx stat);

    /// <summary>The path of what <see cref="Open"/> opens, for messages.</summary>
    internal abstract string PathOf(int file);

    /// <summary>Whether a file may become another name of its source's inode.</summary>
    internal abstract bool MayLink(int file);

    /// <summary>Makes a file by linking it to its source. Where that made the filesystem copy it, it is made and <see cref="NativeErrors.CopiedUp"/> returned.</summary>
    /// <param name="stamp">How the inode looked before it was linked, where that is known for sure: its ctime is another one now. Default otherwise.</param>
    internal abstract Errno Link(int file, int directory, byte* name, out FileStamp stamp);

    /// <summary>Why a file is not linked because it is a program, where these may not share their inode (<see cref="ProgramLinks"/>); none where it may be.</summary>
    protected Errno RefusalOfProgram(int file, int mode) => ProgramLinks.Refusal(mode, () => Open(file, out _));

    /// <summary>What has to be done with a file's bytes.</summary>
    internal abstract ContentChange ChangeOf(int file);

    /// <summary>Overwrites in place what has to change in a file whose bytes have arrived.</summary>
    internal abstract void Patch(int file, int source, int target);

    /// <summary>Writes a file's changed bytes into the empty <paramref name="target"/>. Returns their number.</summary>
    internal abstract long Rewrite(int file, int source, int target);

    /// <summary>Sets a file's extended attributes and ACLs. Returns whether there were any.</summary>
    internal abstract bool SetAttributes(int file, int source, int target, Action<string, Errno> lost);

    /// <summary>Whether a directory has extended attributes or ACLs to set; true where that is not known beforehand.</summary>
    internal virtual bool HasDirectoryAttributes(int directory) => true;

    /// <summary>Sets a directory's extended attributes and ACLs, if it has any.</summary>
    internal abstract void SetDirectoryAttributes(int directory, int target, Action<string, Errno> lost);

    /// <summary>Where a symbolic link shall point, ended by NUL.</summary>
    internal abstract byte* LinkTarget(int symlink);

    public abstract void Dispose();
}
