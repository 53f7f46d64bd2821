using System.Runtime.InteropServices;
using Reflinks.Files;

namespace Reflinks.Platform;

/// <summary>The one place where errno is classified and turned into exceptions.</summary>
internal static class NativeErrors
{
    /// <summary>Not an errno: the clone call succeeded and made a file of another length.</summary>
    internal const Errno ShortClone = (Errno)(-1);

    /// <summary>Not an errno: the source ended before the length it had when it was opened.</summary>
    internal const Errno SourceShrank = (Errno)(-2);

    /// <summary>Not an errno: the link was made, and for it the filesystem copied the whole file first.</summary>
    internal const Errno CopiedUp = (Errno)(-3);

    /// <summary>Not an errno: what the filesystem calls a hole has bytes in it.</summary>
    internal const Errno UntrueHole = (Errno)(-4);

    /// <summary>Not an errno: a program, where the system remembers by inode what it found of a program's signature.</summary>
    internal const Errno LinkedProgram = (Errno)(-5);

    /// <summary>errno of the call just made; to be read in the very next statement.</summary>
    internal static Errno Last => (Errno)Marshal.GetLastPInvokeError();

    /// <summary>What a refusal by a clone or copy call means. EINTR never arrives here: the calls are repeated where they are made.</summary>
    internal static CloneFailure Classify(Errno error) => error switch
    {
        Errno.ENOSYS => CloneFailure.UnsupportedBySystem,           // a kernel, or a sandbox, without the call

        Errno.EOPNOTSUPP => CloneFailure.UnsupportedByPair,         // ext4, tmpfs, XFS without reflink
        Errno.EXDEV => CloneFailure.UnsupportedByPair,              // another superblock; another mount before Linux 5.18
        Errno.ENOTTY => CloneFailure.UnsupportedByPair,             // gVisor and old FUSE: the ioctl is not known

        Errno.EINVAL => CloneFailure.UnsupportedByFile,             // NOCOW against COW, alignment, a special file
        Errno.ETXTBSY => CloneFailure.UnsupportedByFile,            // a swap file
        Errno.EBADF => CloneFailure.UnsupportedByFile,              // append-only handles; odd FUSE
        Errno.EAGAIN => CloneFailure.UnsupportedByFile,             // ZFS: not yet written out, even after fsync
        Errno.EBUSY => CloneFailure.UnsupportedByFile,              // the same on other versions
        Errno.EMLINK => CloneFailure.UnsupportedByFile,             // a reference limit
        ShortClone => CloneFailure.UnsupportedByFile,               // ZFS with dirty blocks

        Errno.EPERM => CloneFailure.Refused,                        // containers on ZFS; also an immutable destination
        Errno.EACCES => CloneFailure.Refused,                       // Android, security modules

        _ => CloneFailure.Failed,
    };

    /// <summary>Whether a refusal says that these two places, or this system, cannot do it with any file.</summary>
    internal static bool IsAbsent(Errno error) => Classify(error) is CloneFailure.UnsupportedByPair or CloneFailure.UnsupportedBySystem;

    /// <summary>Whether an error is one of the process or the system as a whole, and says nothing about the file that was asked for.</summary>
    internal static bool IsOfSystem(Errno error) => error is Errno.ENOMEM or Errno.EMFILE or Errno.ENFILE;

    /// <summary>The same of what a call of this library has thrown.</summary>
    internal static bool IsOfSystem(Exception failure) => IsOfSystem(Of(failure));

    /// <summary>The errno that made this library throw something; none where there is none.</summary>
    internal static Errno Of(Exception failure) => NativeError.Of(failure)?.Errno ?? Errno.None;

    /// <summary>Whether an error says that something went wrong, and not that this cannot be done here.</summary>
    internal static bool IsOutage(Errno error) => error is Errno.EIO or Errno.EROFS or Errno.EDQUOT || IsOfSystem(error);

    /// <summary>Metadata that a filesystem does not take is told and left out; where one that does has failed, so has the work.</summary>
    /// <param name="root">The tree that it is in, for the message.</param>
    /// <param name="path">Of what, below that.</param>
    /// <param name="what">What of it.</param>
    /// <param name="error">Why it was not taken.</param>
    /// <exception cref="IOException">The system failed.</exception>
    internal static NotPreserved Lost(string root, string path, string what, Errno error) =>
        IsOutage(error) ? throw Failure(error, $"keep {what} of", Path.Join(root, path)) : new NotPreserved(path, what, Describe(error));

    internal static NativeError Describe(Errno error) => error switch
    {
        ShortClone => NativeError.ShortClone,
        SourceShrank => new NativeError(0, "SOURCE_SHRANK", "The source became shorter while it was copied"),
        CopiedUp => new NativeError(0, "COPIED_UP", "The filesystem copied the file up from a lower layer before it could be linked"),
        UntrueHole => new NativeError(0, "UNTRUE_HOLE", "The filesystem takes data for a hole"),
        LinkedProgram => new NativeError(0, "LINKED_PROGRAM", "The system remembers a program's signature by its inode, which is therefore not shared"),
        _ => NativeError.From(error),
    };

    internal static CloneException CloneFailed(Errno error, string source, string destination) =>
        new(Classify(error), Describe(error), source, destination);

    /// <summary>The framework's exception for an errno, with what was attempted, the path and the system's words in its message.</summary>
    internal static Exception Failure(Errno error, string action, string path)
    {
        NativeError native = Describe(error);
        string message = $"Cannot {action} '{path}': {native}.";
        return error switch
        {
            Errno.ENOENT => native.Attach(new FileNotFoundException(message, path), path),
            Errno.EACCES or Errno.EPERM => native.Attach(new UnauthorizedAccessException(message), path),
            Errno.ENAMETOOLONG => native.Attach(new PathTooLongException(message), path),
            _ => native.Attach(new IOException(message, native.Code), path),
        };
    }

    /// <summary>The same for a name that something has already, and that may be replaced where the caller asks for it.</summary>
    internal static IOException Taken(string destination)
    {
        NativeError exists = Describe(Errno.EEXIST);
        return exists.Attach(new IOException($"Cannot create '{destination}': {exists}. Ask for overwriting to replace it.", exists.Code), destination);
    }

    /// <summary>The same for something that was to happen in a folder, which may be what is missing.</summary>
    internal static Exception FolderFailure(Errno error, string action, string path)
    {
        if (error != Errno.ENOENT) return Failure(error, action, path);
        NativeError native = Describe(error);
        return native.Attach(new DirectoryNotFoundException($"Cannot {action} '{path}': {native}."), path);
    }
}
