using System.Runtime.InteropServices;

namespace Holotree.Running;

/// <summary>Numbers of system calls (asm/unistd.h): x86-64 has its own, arm64 and riscv64 have the generic ones. What came after Linux 5.0 has one number everywhere.</summary>
internal static class SystemCall
{
    internal const int pidfd_send_signal = 424, pidfd_open = 434, clone3 = 435, close_range = 436;

    static readonly bool Own = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    internal static readonly int read = Own ? 0 : 63;
    internal static readonly int write = Own ? 1 : 64;
    internal static readonly int openat = Own ? 257 : 56;
    internal static readonly int dup = Own ? 32 : 23;
    internal static readonly int chdir = Own ? 80 : 49;
    internal static readonly int fchdir = Own ? 81 : 50;
    internal static readonly int mount = Own ? 165 : 40;
    internal static readonly int prctl = Own ? 157 : 167;
    internal static readonly int getppid = Own ? 110 : 173;
    internal static readonly int setsid = Own ? 112 : 157;
    internal static readonly int rt_sigprocmask = Own ? 14 : 135;
    internal static readonly int execve = Own ? 59 : 221;
    internal static readonly int exit_group = Own ? 231 : 94;

    /// <summary>Whether the numbers are those of this machine.</summary>
    internal static bool Known => RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64 or Architecture.RiscV64;
}
