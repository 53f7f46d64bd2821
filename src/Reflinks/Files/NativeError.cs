using System.Globalization;
using System.Runtime.InteropServices;
using Reflinks.Platform;
using Reflinks.Platform.MacOS;
using Reflinks.Platform.Windows;

namespace Reflinks.Files;

/// <summary>An error number of the operating system with its name and the system's own words.</summary>
/// <param name="Code">The number: errno on Unix, that of GetLastError on Windows. 0 where the finding is ours, as for a clone that came out short.</param>
/// <param name="Name">The symbolic name, such as <c>EXDEV</c>; the number as text where the name is not known.</param>
/// <param name="Message">The system's text, such as <c>Invalid cross-device link</c>.</param>
public readonly record struct NativeError(int Code, string Name, string Message)
{
    const string DataKey = "Reflinks.NativeError", PathKey = "Reflinks.Path";

    /// <summary>A clone that reported success but made a file of another length than its source (seen on ZFS, openzfs issue 15728).</summary>
    public static NativeError ShortClone { get; } = new(0, "SHORT_CLONE", "The clone is not as long as its source");

    /// <summary>The error by the numbers that the code decides by, whatever this system's own is. It is no part of what makes two errors equal.</summary>
    internal Errno Errno { get; init; }

    /// <summary>Whether both have the same number, name and words.</summary>
    public bool Equals(NativeError other) => Code == other.Code && Name == other.Name && Message == other.Message;

    /// <summary>By number and name.</summary>
    public override int GetHashCode() => HashCode.Combine(Code, Name);

    /// <summary>Names <paramref name="code"/>, an errno of this system, or on Windows an error of GetLastError.</summary>
    public static NativeError FromErrno(int code) =>
        OperatingSystem.IsMacOS() ? MacErrors.Describe(code)
        : OperatingSystem.IsWindows() ? WindowsErrors.Describe(code)
        : new(code, Enum.GetName((Errno)code) ?? code.ToString(CultureInfo.InvariantCulture), Marshal.GetPInvokeErrorMessage(code)) { Errno = (Errno)code };

    /// <summary>Puts an error into the words of this system.</summary>
    internal static NativeError From(Errno error) =>
        OperatingSystem.IsMacOS() ? MacErrors.Describe(error)
        : OperatingSystem.IsWindows() ? WindowsErrors.Describe(error)
        : FromErrno((int)error);

    /// <summary>The error number that made this library throw <paramref name="exception"/>, or null where there is none.</summary>
    /// <remarks>Exceptions of the framework's own types carry it beside their message, so that a caller can report it.</remarks>
    public static NativeError? Of(Exception exception) => exception switch
    {
        CloneException clone => clone.Error,
        _ => exception.Data[DataKey] as NativeError?,
    };

    /// <summary>The path that <paramref name="exception"/>, thrown by this library, is about, as its message names it; null where there is none.</summary>
    /// <remarks>Of a clone it is the source. Inside a tree that is being made it may be relative to the tree's root.</remarks>
    public static string? PathOf(Exception exception) => exception switch
    {
        CloneException clone => clone.SourcePath,
        _ => exception.Data[PathKey] as string,
    };

    internal T Attach<T>(T exception, string path) where T : Exception
    {
        (exception.Data[DataKey], exception.Data[PathKey]) = (this, path);
        return exception;
    }

    /// <summary>The system's words with name and number: <c>No space left on device (ENOSPC, 28)</c>.</summary>
    public override string ToString()
    {
        if (Code == 0) return Message;
        string number = Code.ToString(CultureInfo.InvariantCulture);
        return Name == number ? $"{Message} ({number})" : $"{Message} ({Name}, {number})";
    }
}
