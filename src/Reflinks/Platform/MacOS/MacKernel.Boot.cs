using System.Text;

namespace Reflinks.Platform.MacOS;

/// <content>The start of the machine.</content>
internal static unsafe partial class MacKernel
{
    /// <summary>Another one each time the kernel is started (xnu, bsd/kern/kern_sysctl.c: kern.bootsessionuuid); null where it is not told.</summary>
    internal static string? BootSession()
    {
        const int room = 64;        // of a UUID as text, with its NUL: 37
        byte* value = stackalloc byte[room];
        nuint length = room;
        int result;
        fixed (byte* name = "kern.bootsessionuuid\0"u8) result = MacInterop.sysctlbyname(name, value, &length, null, 0);
        return result == 0 && length is > 1 and <= room ? Encoding.ASCII.GetString(value, (int)length - 1) : null;
    }
}
