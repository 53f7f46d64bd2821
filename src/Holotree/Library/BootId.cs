using System.Globalization;
using Microsoft.Win32;
using Reflinks.Platform;

namespace Holotree.Library;

/// <summary>Tells whether the machine was started anew since something was written.</summary>
internal static class BootId
{
    /// <summary>Another one each time the kernel is started (random(4)). Bound over by tests, in a mount namespace of their own.</summary>
    const string Source = "/proc/sys/kernel/random/boot_id";

    /// <summary>Where Windows counts its starts.</summary>
    const string Count = @"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters";

    static readonly Lazy<string?> Read = new(ReadNow);

    /// <summary>The id of this start; null where the system does not tell it: then nothing is ever in doubt.</summary>
    internal static string? Current => Read.Value;

    static string? ReadNow()
    {
        try
        {
            if (OperatingSystem.IsWindows()) return Registry.GetValue(Count, "BootId", null) is int count ? count.ToString(CultureInfo.InvariantCulture) : null;
            if (OperatingSystem.IsMacOS()) return Kernel.BootSession();
            return File.ReadAllText(Source).Trim() is { Length: > 0 } id ? id : null;
        }
        catch (Exception hidden) when (hidden is IOException or UnauthorizedAccessException or System.Security.SecurityException)
        {
            return null;
        }
    }
}
