using Holotree.Cli.Output;
using Holotree.Library;
using Reflinks.Files;
using Reflinks.Trees;

namespace Holotree.Cli;

/// <summary>What the program's exit code says, and the one table from a failure to it.</summary>
internal static class ExitCodes
{
    internal const int Done = 0;
    internal const int Failed = 1;
    internal const int Usage = 2;
    internal const int Unsupported = 4;
    internal const int NotFound = 5;
    internal const int Damaged = 6;
    internal const int Busy = 7;
    internal const int ProgramUnusable = 126;
    internal const int ProgramMissing = 127;
    internal const int Cancelled = 130;

    internal static IReadOnlyList<string> Meanings =>
    [
        $"{Done}    done",
        $"{Failed}    failed",
        $"{Usage}    the command line, a variable or a setting is wrong",
        $"{Unsupported}    what was required cannot be done here (--strategy reflink on ext4)",
        $"{NotFound}    not found: a space, a catalog, a source",
        $"{Damaged}    damage found, in the library or behind the back of a space",
        $"{Busy}    busy: another process holds a lock",
        $"{ProgramUnusable}  run: the program cannot be started",
        $"{ProgramMissing}  run: there is no such program",
        $"{Cancelled}  cancelled (Ctrl-C)",
    ];

    /// <summary>What to tell of a failure, and the code to exit with.</summary>
    internal static Fault Of(Exception exception) => exception switch
    {
        HolotreeException failure => new Fault(
            Of(failure.Failure), failure.Code, failure.Message, failure.Path, Number(failure.Error), failure.Hint ?? Advice.For(failure.Error)),

        OperationCanceledException => new Fault(Cancelled, "cancelled", "Cancelled; nothing half-made is left.", null, null, null),

        CloneException { Failure: not CloneFailure.Failed } clone => new Fault(
            Unsupported, "reflink-unsupported", clone.Message, clone.SourcePath, Number(clone.Error), Advice.For(clone)),

        NamesAlikeException alike => new Fault(
            Unsupported, "names-alike", alike.Message, Path.Join(alike.DestinationPath, alike.SecondPath), null,
            "Choose a place where the case of names counts, or rename one of the two and record again."),

        PlatformNotSupportedException => new Fault(
            Unsupported, "system-unsupported", exception.Message, null, null, null),

        IOException or UnauthorizedAccessException => OfSystem(exception),

        OutOfMemoryException => new Fault(Failed, "out-of-memory", exception.Message, null, null, Advice.Memory),

        _ => new Fault(Failed, "internal", $"{exception.GetType().Name}: {exception.Message}", null, null,
            "This is an error in Holotree. --verbose shows where it happened; please report it."),
    };

    static int Of(HolotreeFailure failure) => failure switch
    {
        HolotreeFailure.Invalid => Usage,
        HolotreeFailure.NotFound => NotFound,
        HolotreeFailure.Unsupported => Unsupported,
        HolotreeFailure.Damaged => Damaged,
        HolotreeFailure.Busy => Busy,
        HolotreeFailure.ProgramUnusable => ProgramUnusable,
        HolotreeFailure.ProgramMissing => ProgramMissing,
        _ => Failed,
    };

    static Fault OfSystem(Exception exception)
    {
        if (NativeError.Of(exception) is { } ours)
            return new Fault(Failed, CodeOf(ours.Name), exception.Message, NativeError.PathOf(exception), Number(ours), Advice.For(ours));
        NativeError? error = OfFramework(exception);
        string message = error is { } known ? $"{exception.Message} ({known.Name}, {known.Code})" : exception.Message;
        return new Fault(Failed, CodeOf(error?.Name), message, (exception as FileNotFoundException)?.FileName ?? PathIn(exception.Message), Number(error), Advice.For(error));
    }

    /// <summary>
    /// Exceptions of the framework's own file functions carry the errno, if anything, as their HResult, or as that of the exception within; or
    /// it is what their type says.
    /// </summary>
    static NativeError? OfFramework(Exception exception)
    {
        const int ENOENT = 2, EACCES = 13;

        // HRESULT_FROM_WIN32, winerror.h: the code of GetLastError stands in the low half.
        if (OperatingSystem.IsWindows()) return (exception.HResult & 0xFFFF_0000) == unchecked((int)0x8007_0000) ? NativeError.FromErrno(exception.HResult & 0xFFFF) : null;
        int? code = exception.HResult is > 0 and < 4096 ? exception.HResult
            : exception.InnerException?.HResult is > 0 and < 4096 and int inner ? inner
            : exception switch
            {
                FileNotFoundException or DirectoryNotFoundException => ENOENT,
                UnauthorizedAccessException => EACCES,
                _ => null,
            };
        return code is { } errno ? NativeError.FromErrno(errno) : null;
    }

    /// <summary>The framework's messages name a path between single quotation marks, and nothing else.</summary>
    static string? PathIn(string message)
    {
        int start = message.IndexOf('\'', StringComparison.Ordinal) + 1, end = message.LastIndexOf('\'');
        return start > 0 && end > start && Path.IsPathFullyQualified(message[start..end]) ? message[start..end] : null;
    }

    static string CodeOf(string? name) => name switch
    {
        "EEXIST" => "destination-exists",
        "ENOENT" => "path-missing",
        "EACCES" => "permission-denied",
        "EPERM" => "not-permitted",
        "ENOSPC" => "no-space",
        "EDQUOT" => "quota-exceeded",
        "EROFS" => "read-only",
        "ENAMETOOLONG" => "name-too-long",
        "EMFILE" or "ENFILE" => "too-many-open-files",
        "EIO" => "input-output-error",
        "ENOMEM" => "out-of-memory",
        "SOURCE_SHRANK" => "source-changed",
        _ => "failed",
    };

    static int? Number(NativeError? error) => error is { Code: > 0 } known ? known.Code : null;
}
