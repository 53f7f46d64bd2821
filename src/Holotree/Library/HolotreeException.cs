using Reflinks.Files;

namespace Holotree.Library;

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
