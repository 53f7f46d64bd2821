using System.Runtime.InteropServices;

namespace Reflinks.Platform;

/// <summary>Flags of open(2) whose values differ by processor (asm/fcntl.h of arm, arm64 and powerpc against asm-generic).</summary>
internal static class OpenFlags
{
    static readonly bool OwnNumbers =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 or Architecture.Armv6 or Architecture.Ppc64le;

    internal static readonly int O_DIRECTORY = OwnNumbers ? 0x4000 : 0x1_0000;
    internal static readonly int O_NOFOLLOW = OwnNumbers ? 0x8000 : 0x2_0000;
}
