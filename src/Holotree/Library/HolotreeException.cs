using Reflinks.Files;

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
}

/// <summary>A failure of recording, restoring or keeping environments, with what is needed to act on it.</summary>
public sealed class HolotreeException : Exception
{
    /// <summary>Makes one.</summary>
    /// <param name="failure">Its kind.</param>
    /// <param name="code">A stable word for programs, such as <c>reflink-unsupported</c>.</param>
    /// <param name="message">What failed, which path, the system's own words.</param>
    /// <param name="inner">What it was caused by.</param>
    public HolotreeException(HolotreeFailure failure, string code, string message, Exception? inner = null)
        : base(message, inner) => (Failure, Code) = (failure, code);

    /// <summary>Its kind.</summary>
    public HolotreeFailure Failure { get; }

    /// <summary>A stable word for programs, such as <c>space-exists</c>.</summary>
    public string Code { get; }

    /// <summary>The file, folder, space or catalog that it is about.</summary>
    public string? Path { get; init; }

    /// <summary>The system's error number, where a system call failed.</summary>
    public NativeError? Error { get; init; }

    /// <summary>What the user can do.</summary>
    public string? Hint { get; init; }
}
