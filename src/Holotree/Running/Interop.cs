using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Holotree.Running;

/// <summary>Declarations of the calls that start and watch a command, and nothing else.</summary>
/// <remarks>
/// Names and numbers stand as the manual pages and headers write them (asm-generic numbering); a test compiles them against the machine's own.
/// Every call returns -1 and leaves errno on failure, but <c>posix_spawn</c>, which returns it.
/// </remarks>
[SupportedOSPlatform("linux")]
internal static unsafe partial class Interop
{
    // signal.h
    internal const int SIGHUP = 1, SIGINT = 2, SIGQUIT = 3, SIGUSR1 = 10, SIGUSR2 = 12, SIGPIPE = 13, SIGTERM = 15, SIGCHLD = 17;
    internal const nint SIG_DFL = 0, SIG_IGN = 1;

    // fcntl.h, sys/wait.h, sys/prctl.h, sys/resource.h
    internal const int SIGKILL = 9, SIG_SETMASK = 2;
    internal const int F_DUPFD = 0, F_DUPFD_CLOEXEC = 1030;
    internal const int P_PID = 1, WEXITED = 4, WNOWAIT = 0x100_0000;
    internal const int PR_SET_PDEATHSIG = 1, PR_SET_DUMPABLE = 4;
    internal const int RLIMIT_NOFILE = 7;

    // linux/sched.h, linux/mount.h (sys/mount.h)
    internal const ulong CLONE_NEWNS = 0x2_0000, CLONE_NEWUSER = 0x1000_0000, CLONE_CLEAR_SIGHAND = 0x1_0000_0000;
    internal const int MS_REC = 0x4000, MS_SLAVE = 0x8_0000;

    [LibraryImport("libc", EntryPoint = "execve", SetLastError = true)]
    internal static partial int execve(byte* path, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    internal static partial int posix_spawn(int* process, byte* path, void* fileActions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    internal static partial int waitid(int kind, uint id, void* info, int options);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    internal static partial int waitpid(int process, int* status, int options);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    internal static partial int kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "signal", SetLastError = true)]
    internal static partial nint signal(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int fcntl(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "getpgrp")]
    internal static partial int getpgrp();

    [LibraryImport("libc", EntryPoint = "tcgetpgrp", SetLastError = true)]
    internal static partial int tcgetpgrp(int terminal);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    internal static partial int prctl(int option, nuint second, nuint third, nuint fourth, nuint fifth);

    [LibraryImport("libc", EntryPoint = "prlimit64", SetLastError = true)]
    internal static partial int prlimit64(int process, int resource, Rlimit64* newLimit, Rlimit64* oldLimit);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    internal static partial int pipe2(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    internal static partial int fchown(int descriptor, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint syscall(nint number, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc", EntryPoint = "getppid")]
    internal static partial int getppid();

    /// <summary><c>struct rlimit64</c>, sys/resource.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Rlimit64
    {
        internal ulong rlim_cur;
        internal ulong rlim_max;
    }

    /// <summary><c>struct clone_args</c>, linux/sched.h, in its first version.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct CloneArguments
    {
        internal ulong flags;
        internal ulong pidfd;
        internal ulong child_tid;
        internal ulong parent_tid;
        internal ulong exit_signal;
        internal ulong stack;
        internal ulong stack_size;
        internal ulong tls;
    }
}
