using System.ComponentModel;
using System.Diagnostics;
using Holotree.Cli.Settings;

namespace Holotree.Cli.Commands;

/// <summary>Work that nobody waits for: a process of its own, which steps back behind all others.</summary>
internal static class BackgroundCommand
{
    /// <summary>Starts this program for a hidden command.</summary>
    /// <returns>Why that could not be done, or null.</returns>
    internal static string? Start(string command, Session session)
    {
        if (Environment.ProcessPath is not { } program) return "the program's own path is not known";
        try
        {
            // With streams of its own: who reads this command's output must not wait for that process to close it.
            using Process? started = Process.Start(new ProcessStartInfo(program, ["--home", session.Home.Path, command])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            });
            return null;
        }
        catch (Win32Exception refused)
        {
            return refused.Message;
        }
    }

    /// <summary>To be called by that process.</summary>
    internal static void StepBack()
    {
        using Process self = Process.GetCurrentProcess();
        self.PriorityClass = ProcessPriorityClass.BelowNormal;
    }
}
