using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Reflinks.Files;

namespace Reflinks.Platform.Windows;

/// <summary>Error numbers of this system, and what they are in those that the code decides by.</summary>
[SupportedOSPlatform("windows")]
internal static class WindowsErrors
{
    /// <summary>Names a number of this system.</summary>
    internal static NativeError Describe(int code) => new(code, code.ToString(CultureInfo.InvariantCulture), Marshal.GetPInvokeErrorMessage(code));

    /// <summary>Puts an error into the words of this system.</summary>
    internal static NativeError Describe(Errno error) => new((int)error, error.ToString(), error.ToString()) { Errno = error };
}
