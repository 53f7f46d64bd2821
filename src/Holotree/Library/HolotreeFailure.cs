namespace Holotree.Library;

/// <summary>What kind of failure a <see cref="HolotreeException"/> is, by what the caller can do about it.</summary>
public enum HolotreeFailure
{
    /// <summary>The work failed; the message and the error number say why.</summary>
    Failed,

    /// <summary>A name, reference or value is not one.</summary>
    Invalid,

    /// <summary>What shall be made is there already.</summary>
    Exists,

    /// <summary>A space, catalog, object or source is not there.</summary>
    NotFound,

    /// <summary>What was required cannot be done here, on these filesystems.</summary>
    Unsupported,

    /// <summary>Stored data is not what it should be.</summary>
    Damaged,

    /// <summary>Another process holds a lock and did not give it back in time.</summary>
    Busy,

    /// <summary>There is no program of the name that was to be run.</summary>
    ProgramMissing,

    /// <summary>The program that was to be run is there and cannot be started.</summary>
    ProgramUnusable,
}
