using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Reflinks.Tests.Staging;

/// <summary>Runs a body as the user nobody, on a thread of its own: to the kernel an identity belongs to a thread.</summary>
internal static class Unprivileged
{
    internal const int UserId = 65534;

    internal static void Run(Action body)
    {
        if (Environment.UserName != "root") Assert.Skip("becoming another user needs root");
        (int setgroups, int setresgid, int setresuid) = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => (116, 119, 117),
            Architecture.Arm64 => (159, 149, 147),
            var other => throw new PlatformNotSupportedException($"The system call numbers of {other} are not known here."),
        };
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                // The raw calls: those of the C library change every thread of the process.
                Check(syscall(setgroups, 0, 0, 0));
                Check(syscall(setresgid, UserId, UserId, UserId));
                Check(syscall(setresuid, UserId, UserId, UserId));
                body();
            }
#pragma warning disable CA1031 // Whatever it is, it is thrown again on the thread that waits.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    static void Check(nint result)
    {
        if (result != 0) throw new InvalidOperationException(Marshal.GetLastPInvokeErrorMessage());
    }

    [DllImport("libc", SetLastError = true)]
    static extern nint syscall(nint number, nint first, nint second, nint third);
}
