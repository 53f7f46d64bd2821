using Reflinks.Files;

namespace Holotree.Cli.Output;

/// <summary>What the user can do about a failure of the system.</summary>
internal static class Advice
{
    internal const string Overwrite = "Give another destination, or --overwrite to replace it.";

    internal const string Memory = "The system has no memory for it: end something else, raise the limit (ulimit -v, the container's), or use fewer --workers.";

    /// <summary>The remedy for an error number; null where none is known.</summary>
    internal static string? For(NativeError? error) => error?.Name switch
    {
        "EEXIST" => Overwrite,
        "EACCES" => "Check owner and mode of the path and of the folders above it, or run as a user who may.",
        "EPERM" => "The filesystem or the system's policy forbids it to this user: look for an immutable flag (lsattr) or a container's limits.",
        "ENOSPC" => "Free some space (or inodes: df -i) on the destination's filesystem, or choose another place.",
        "EDQUOT" => "The quota on the destination's filesystem is used up: free some space or choose another place.",
        "EROFS" => "The filesystem is mounted read-only: choose another place.",
        "ENAMETOOLONG" => "Choose a shorter name.",
        "EMFILE" or "ENFILE" => "Raise the limit of open files (ulimit -n), or use fewer --workers.",
        "EIO" => "The disk or its filesystem reports an error; the system's log says more (dmesg).",
        "ENOMEM" => Memory,
        "ENOENT" => "Something was taken away meanwhile, or was never there: check the path, and try again.",
        "SOURCE_SHRANK" => "Something writes to the source; try again when it has ended.",
        _ => null,
    };

    /// <summary>The remedy where blocks were to be shared and could not.</summary>
    internal static string For(CloneException refused) => refused.Failure switch
    {
        CloneFailure.UnsupportedBySystem => "This kernel or sandbox has no call that shares blocks: use --strategy smart or copy.",
        CloneFailure.UnsupportedByPair when refused.Error.Name == "EXDEV" =>
            "The two places are on different filesystems: choose a destination on the source's, or use --strategy smart.",
        CloneFailure.UnsupportedByPair =>
            "This filesystem cannot share blocks; btrfs and XFS (made with reflink=1) can. Choose a place on one, or use --strategy smart.",
        CloneFailure.UnsupportedByFile =>
            "This one file cannot share its blocks (no copy-on-write on it, a swap file, in use); --strategy smart copies it.",
        _ => "The system refuses the call here, as some containers do; --strategy smart goes on without it.",
    };
}
