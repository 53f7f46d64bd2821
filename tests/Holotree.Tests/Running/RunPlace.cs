using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Spaces;

namespace Holotree.Tests.Running;

/// <summary>A tree, a mount point and a home, and the program tests/RunHost that runs commands with the tree mounted for them alone.</summary>
[SupportedOSPlatform("linux")]
internal sealed class RunPlace : IDisposable
{
    /// <summary>What the program of the tests ends with where it was refused.</summary>
    internal const int Refused = 125;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>What RunHost consists of, beside the tests.</summary>
    static readonly string[] HostFiles = ["RunHost", "RunHost.dll", "RunHost.deps.json", "RunHost.runtimeconfig.json", "Holotree.dll", "Reflinks.dll", "Microsoft.Extensions.FileSystemGlobbing.dll"];

    readonly bool asUser;
    readonly string program = Path.Combine(AppContext.BaseDirectory, "RunHost");

    /// <param name="folder">Where all of it is; taken over.</param>
    /// <param name="asUser">Whether it is an ordinary user's.</param>
    /// <param name="name">The name of a folder around all of it.</param>
    internal RunPlace(TemporaryFolder folder, bool asUser, string name = "place")
    {
        (Folder, this.asUser, Top) = (folder, asUser, name);
        if (asUser && !Root.IsHere)
        {
            folder.Dispose();     // there will be no place that the test could dispose of
            Root.IsNeededFor("start a program as an ordinary user");
        }
        folder.Write($"{name}/tree/file", "from below\n");
        folder.Write($"{name}/tree/sub/other", "other\n");
        folder.Write($"{name}/tree/bin/tool", "#!/bin/sh\necho \"tool: $*\"\n");
        folder.Write($"{name}/tree/bin/script", "echo \"script: $*\"\n");
        folder.MakeFolder($"{name}/mount");
        if (!OperatingSystem.IsLinux()) return;
        File.SetUnixFileMode(Tree + "/bin/tool", (UnixFileMode)0x1ED);
        File.SetUnixFileMode(Tree + "/bin/script", (UnixFileMode)0x1ED);
        File.SetUnixFileMode(Tree, (UnixFileMode)0x1E9);
        if (!asUser) return;

        // The checkout may lie in a folder of root's alone.
        folder.MakeFolder("host");
        foreach (string file in HostFiles.Where(file => File.Exists(Path.Combine(AppContext.BaseDirectory, file))))
            File.WriteAllBytes(folder["host/" + file], File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, file)));
        program = folder["host/RunHost"];
        File.SetUnixFileMode(program, (UnixFileMode)0x1ED);
        Tool.Run("chown", "-R", string.Create(CultureInfo.InvariantCulture, $"{Unprivileged.UserId}:{Unprivileged.UserId}"), folder[name]);
        folder.GiveToUnprivileged();
    }

    internal TemporaryFolder Folder { get; }

    string Top { get; }

    internal string Tree => Folder[$"{Top}/tree"];

    internal string Mount => Folder[$"{Top}/mount"];

    internal string Home => Folder[$"{Top}/home"];

    /// <summary>What is left of runs. What was noted because a slow machine could not delete it at once is deleted before.</summary>
    internal string[] Runs
    {
        get
        {
            new Graveyard(new Home(Home)).Sweep(Timeout.InfiniteTimeSpan, CancellationToken.None);
            return Directory.Exists(Home + "/runs") ? Directory.GetFileSystemEntries(Home + "/runs") : [];
        }
    }

    /// <summary>Starts a command; $M is where it sees the tree.</summary>
    internal Process Start(params string[] command) => StartHost(program, [Home, Tree, Mount, "1", .. command]);

    /// <summary>The same, by another program that gets the host's command line.</summary>
    internal Process StartBy(string[] starter, params string[] command) =>
        StartHost(starter[0], [.. starter[1..], program, Home, Tree, Mount, "1", .. command]);

    internal (int Code, string Output, string Errors) RunBy(string[] starter, params string[] command) => End(StartBy(starter, command));

    /// <summary>Runs a command to its end.</summary>
    internal (int Code, string Output, string Errors) Run(params string[] command) => End(Start(command));

    /// <summary>Runs a command often, while garbage is collected all the time.</summary>
    internal (int Code, string Output, string Errors) RunOften(int times, params string[] command) =>
        End(StartHost(program, [Home, Tree, Mount, times.ToString(CultureInfo.InvariantCulture), .. command]));

    internal (int Code, string Output, string Errors) Sweep() => End(StartHost(program, [Home]));

    static (int Code, string Output, string Errors) End(Process process)
    {
        using (process)
        {
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(Patience))
            {
                process.Kill(entireProcessTree: true);
                Assert.Fail($"It did not end within {Patience}.");
            }
            return (process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
        }
    }

    Process StartHost(string name, string[] arguments)
    {
        ProcessStartInfo start = asUser ? Unprivileged.StartInfo(name, arguments) : new ProcessStartInfo(name, arguments);
        start.WorkingDirectory = Folder.Path;
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment["M"] = Mount;
        start.Environment["PATH"] = $"{Mount}/bin:/usr/bin:/bin";
        return Process.Start(start)!;
    }

    public void Dispose() => Folder.Dispose();
}
