using System.Runtime.Versioning;

namespace Reflinks.Platform.Windows;

/// <summary>Waits for calls on handles that do not wait themselves, as a caller may hand in; this library's own do.</summary>
/// <remarks>By an event of the thread: the handle itself is signalled by any call on it. Nothing is posted to a completion port for a call without a context.</remarks>
[SupportedOSPlatform("windows")]
internal static class Completion
{
    const uint Forever = uint.MaxValue;

    [ThreadStatic]
    static ManualResetEvent? own;

    /// <summary>The event of this thread, to be given to the call. The call resets it.</summary>
    internal static nint Event => (own ??= new ManualResetEvent(false)).SafeWaitHandle.DangerousGetHandle();

    /// <summary>What became of a call, when it is done.</summary>
    internal static uint Wait(uint status, in WindowsInterop.IoStatusBlock result)
    {
        if (status != WindowsInterop.STATUS_PENDING) return status;
        _ = WindowsInterop.WaitForSingleObject(Event, Forever);
        return (uint)System.Threading.Volatile.Read(ref System.Runtime.CompilerServices.Unsafe.AsRef(in result.Pointer));
    }
}
