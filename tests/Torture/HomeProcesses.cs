using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Xunit;

namespace Torture;

/// <summary>The processes that work on a home, whoever started them: those that have it in their environment (proc_pid_environ(5)).</summary>
internal static partial class HomeProcesses
{
    internal const int SIGINT = 2, SIGKILL = 9, SIGTERM = 15;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);

    /// <summary>Sends a signal to a process; with a number below 0 to all of a process group. One that is gone already does not matter.</summary>
    internal static void Signal(int process, int signal) => _ = SendSignal(process, signal);

    /// <summary>Kills all of them, and those that they start meanwhile.</summary>
    internal static void KillAll(string home)
    {
        for (int[] found = Find(home); found.Length > 0; found = Find(home))
        {
            foreach (int process in found) Signal(process, SIGKILL);
        }
    }

    /// <summary>Waits until none works on the home any more: what a command started and left has ended.</summary>
    internal static void AssertNoneStays(string home)
    {
        long start = Stopwatch.GetTimestamp();
        for (int[] found = Find(home); found.Length > 0; found = Find(home))
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20), $"Processes stay at work on {home}: {string.Join(", ", found.Select(Describe))}");
            Thread.Sleep(1);
        }
    }

    static int[] Find(string home)
    {
        string wanted = $"HOLOTREE_HOME={home}\0";
        return [.. Directory.EnumerateDirectories("/proc").Select(static folder => Path.GetFileName(folder))
            .Where(static name => char.IsAsciiDigit(name[0])).Where(name => Read(name, "environ").Contains(wanted, StringComparison.Ordinal))
            .Select(static name => int.Parse(name, CultureInfo.InvariantCulture)).Where(static process => process != Environment.ProcessId)];
    }

    static string Describe(int process) =>
        string.Create(CultureInfo.InvariantCulture, $"{process} ({Read(process.ToString(CultureInfo.InvariantCulture), "cmdline").Replace('\0', ' ')})");

    /// <summary>Empty of one that has ended.</summary>
    static string Read(string process, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/{file}");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}
