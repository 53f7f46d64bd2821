using System.Buffers;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Holotree.Activation;
using Holotree.Library;
using Reflinks.Platform;

namespace Holotree.Running;

/// <summary>Runs a command to its end by what the framework has for it, on systems where this program does not become the command (<see cref="CommandRunner"/>).</summary>
public static class AttendedCommand
{
    /// <summary>What cmd.exe reads in the arguments of a batch file, whatever stands around it (CVE-2024-1874 and its like).</summary>
    static readonly SearchValues<char> ReadByBatch = SearchValues.Create("\"%!^&|<>()\r\n");

    static readonly string[] Batch = [".cmd", ".bat"];

    /// <summary>Runs a command. The caller holds the lock of its space until this returns.</summary>
    /// <param name="command">What to run. Its program is looked for on the PATH that it gets, not on this process's own.</param>
    /// <returns>Its exit code; on Unix 128 and the signal's number where it died of one.</returns>
    /// <exception cref="HolotreeException">There is no such program, or it cannot be started.</exception>
    /// <remarks>The command has this process's streams and its terminal, whose Ctrl-C reaches both: the command decides what comes of it.</remarks>
    public static int Run(SpaceCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        string[] words = [.. command.Words.Select(Encoding.UTF8.GetString)];
        string program = Find(words[0], command.Environment, SystemRules.Current, File.Exists) ?? throw ProgramSearch.Missing(words[0]);
        if (OperatingSystem.IsWindows()) CheckBatch(program, words);
        var start = new ProcessStartInfo(program, words[1..]) { UseShellExecute = false };
        start.Environment.Clear();
        foreach ((string name, string value) in command.Environment.Pairs()) start.Environment[name] = value;

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, static context => context.Cancel = true);
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, static context => context.Cancel = true);
        using Process process = Started(start, program);
        using var end = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => End(context, process));
        using var close = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => End(context, process));
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>The file of a program: the path itself where it is one, else the first on PATH; on Windows with each of the endings of PATHEXT. Null where there is none.</summary>
    internal static string? Find(string program, EnvironmentBlock environment, SystemRules rules, Func<string, bool> exists)
    {
        string separators = rules.IsWindows ? "/\\" : "/";
        string[] endings = rules.IsWindows ? ["", .. (environment.Text("PATHEXT") ?? ".COM;.EXE;.BAT;.CMD").Split(';', StringSplitOptions.RemoveEmptyEntries)] : [""];

        // Without an ending of its own a file is no program on Windows.
        if (rules.IsWindows && !Path.GetFileName(program).Contains('.', StringComparison.Ordinal)) endings = endings[1..];
        string[] folders = program.AsSpan().IndexOfAny(separators) >= 0 ? [""] : (environment.Text("PATH") ?? string.Empty).Split((char)rules.ListSeparator);
        foreach (string folder in folders)
        {
            foreach (string ending in endings)
            {
                string path = (folder.Length == 0 || separators.Contains(folder[^1], StringComparison.Ordinal) ? folder : folder + separators[^1]) + program + ending;
                if (exists(path)) return path;
            }
        }
        return null;
    }

    /// <summary>cmd.exe takes the arguments of a batch file apart anew, by rules of its own: what would not arrive as it is, or would be run, is refused.</summary>
    internal static void CheckBatch(string program, IReadOnlyList<string> words)
    {
        if (!Batch.Contains(Path.GetExtension(program), StringComparer.OrdinalIgnoreCase)) return;
        if (words.Skip(1).FirstOrDefault(static word => word.AsSpan().IndexOfAny(ReadByBatch) >= 0) is not { } unsafeWord) return;
        throw new HolotreeException(HolotreeFailure.ProgramUnusable, "program-unusable", $"The batch file '{program}' cannot be given the argument '{unsafeWord}': cmd.exe would read more into it.")
        {
            Path = program,
            Hint = "Start the program behind the batch file (python -m pip, node script.js) with that argument.",
        };
    }

    static Process Started(ProcessStartInfo start, string program)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception refused)
        {
            throw new HolotreeException(HolotreeFailure.ProgramUnusable, "program-unusable", $"Cannot start '{program}': {refused.Message}", refused) { Path = program };
        }
    }

    static void End(PosixSignalContext context, Process process)
    {
        context.Cancel = true;
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception ended) when (ended is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended by itself.
        }
    }
}
