namespace Reflinks.Files;

/// <summary>Why a clone could not be made, by what the caller may still do.</summary>
public enum CloneFailure
{
    /// <summary>The operating system, or this version of it, has no such call. Nothing on this machine can be cloned.</summary>
    UnsupportedBySystem,

    /// <summary>These two places cannot share blocks: another filesystem, or one that cannot clone. Other files there will fail alike.</summary>
    UnsupportedByPair,

    /// <summary>This file or range cannot be shared, others in the same place may: no copy-on-write, unaligned, a swap file, busy.</summary>
    UnsupportedByFile,

    /// <summary>The system refused without saying whether it cannot or may not (EPERM, EACCES from the clone call after both opens).</summary>
    Refused,

    /// <summary>The system can clone but failed: no space, I/O error, quota. A copy would most likely fail as well.</summary>
    Failed,
}
