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
    internal const int F_DUPFD = 0;
    internal const int P_PID = 1, WEXITED = 4, WNOWAIT = 0x100_0000;
    internal const int PR_SET_DUMPABLE = 4;
    internal const int RLIMIT_NOFILE = 7;

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

    [LibraryImport("libc", EntryPoint = "getppid")]
    internal static partial int getppid();

    /// <summary><c>struct rlimit64</c>, sys/resource.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Rlimit64
    {
        internal ulong rlim_cur;
        internal ulong rlim_max;
    }
}
