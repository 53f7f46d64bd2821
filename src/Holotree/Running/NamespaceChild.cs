using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using Holotree.Library;
using Reflinks.Platform;
using SystemCalls = Reflinks.Platform.Kernel;

namespace Holotree.Running;

/// <summary>Starts a command in a mount namespace of its own, in which an overlay stands over a tree.</summary>
[SupportedOSPlatform("linux")]
internal sealed class NamespaceChild
{
    readonly CallSequence calls = new();
    readonly SpaceCommand command;
    readonly ProgramSearch search;
    readonly List<byte[]> candidates;
    readonly bool asRoot;
    readonly int firstExecution;

    /// <param name="command">What to run.</param>
    /// <param name="mount">What it sees, and where.</param>
    /// <param name="scratch">What the overlay is put together from.</param>
    /// <param name="report">The descriptor to which the child writes what fails.</param>
    NamespaceChild(SpaceCommand command, PrivateMount mount, RunScratch scratch, int report)
    {
        this.command = command;
        search = new ProgramSearch(command, path => BelowLower(path, mount));
        candidates = search.Candidates();
        asRoot = SystemCalls.geteuid() == 0;

        // Whoever started it shall not be outlived by it; where that one has died already, there is another parent.
        calls.Add("follow the program that starts it", SystemCall.prctl, Interop.PR_SET_PDEATHSIG, Interop.SIGKILL);
        calls.Add("follow the program that starts it", SystemCall.getppid, wanted: Environment.ProcessId);
        if (!asRoot) KeepIdentity();
        Mount(mount, scratch);
        calls.RestoreSignals();
        firstExecution = calls.Count;
        Execute();
        calls.End(report);
    }

    /// <summary>The first step that fails, or the program that is not found, ends the child; <paramref name="process"/> is it otherwise.</summary>
    /// <exception cref="HolotreeException">There is no such program, or it cannot be started.</exception>
    internal static MountRefusal? Start(SpaceCommand command, PrivateMount mount, RunScratch scratch, out int process)
    {
        using var pipe = new Pipe();
        return new NamespaceChild(command, mount, scratch, pipe.WritingEnd).Start(pipe, out process);
    }

    /// <summary>The same user and group within; what else there is has no name there (user_namespaces(7)).</summary>
    void KeepIdentity()
    {
        // Without this an ordinary user may not map a group: giving up a group could give access that it denies.
        calls.Write("keep the groups", "/proc/self/setgroups", "deny");
        calls.Write("keep the user", "/proc/self/uid_map", Same(SystemCalls.geteuid()));
        calls.Write("keep the group", "/proc/self/gid_map", Same(SystemCalls.getegid()));

        static string Same(uint id) => string.Create(CultureInfo.InvariantCulture, $"{id} {id} 1\n");
    }

    void Mount(PrivateMount mount, RunScratch scratch)
    {
        // What others mount is seen here too, and what they unmount is let go of; nothing is seen of this from outside.
        calls.Add("keep mounts private", SystemCall.mount, calls.Text("none"), calls.Text("/"), 0, Interop.MS_REC | Interop.MS_SLAVE);

        // The options' paths are relative, as one with a comma, a colon or a backslash would have to be quoted, by each kernel in its own way.
        calls.Open("look at the working folder", ".", SystemCalls.O_PATH);
        int opened = calls.Count - 1;
        calls.Add("enter the run's folder", SystemCall.chdir, calls.Text(scratch.Path));
        calls.Add("mount an overlay", SystemCall.mount, calls.Text(scratch.MountSource), calls.Text(mount.MountPath), calls.Text("overlay"), 0, calls.Text(Options()));
        calls.KeepFor(opened, calls.Count);
        calls.Add("go back to the working folder", SystemCall.fchdir);
    }

    /// <remarks>
    /// <c>volatile</c>: nothing is written out for durability, as nothing is kept. <c>userxattr</c>: marks that an ordinary user may set. Only root's own
    /// marks can say that a folder of the tree has been renamed; without them a rename is refused (EXDEV), and programs copy.
    /// </remarks>
    string Options() =>
        RunScratch.OverlayFolders + (asRoot && !IsInUserNamespace() ? ",volatile,redirect_dir=on" : ",volatile,userxattr");

    /// <summary>Whether this process is in another user namespace than the first one, which alone knows all users (user_namespaces(7)).</summary>
    static bool IsInUserNamespace()
    {
        try
        {
            return File.ReadAllText("/proc/self/uid_map").Split(' ', StringSplitOptions.RemoveEmptyEntries) is not ["0", "0", "4294967295\n"];
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Each place in turn: the file, and behind it the shell with it.</summary>
    void Execute()
    {
        var environment = new NativeWords(command.Environment.Entries);
        ulong goesOn = CallSequence.Errors(ProgramSearch.GoesOn);
        foreach (byte[] path in candidates)
        {
            calls.Execute(path, command.Words, environment, goesOn: CallSequence.Errors(Errno.ENOEXEC), skips: goesOn);
            calls.Execute(ProgramSearch.Shell, search.WordsForShell(path), environment, goesOn, skips: 0);
        }
    }

    MountRefusal? Start(Pipe pipe, out int process)
    {
        process = ForkedCalls.Start(calls, asRoot ? Interop.CLONE_NEWNS : Interop.CLONE_NEWNS | Interop.CLONE_NEWUSER, pipe.WritingEnd, out Errno error);
        if (process == 0) return Refused(asRoot ? "make a mount namespace" : "make a user namespace", error);

        // From here on the child alone holds it: it is closed when the program starts, or when the child ends.
        pipe.CloseWriting();
        MountRefusal? refusal = null;
        HolotreeException? unusable = null;
        while (pipe.Read(out StepReport said))
        {
            if (said.IsEnd)
            {
                ChildProcess.Wait(process);
                process = 0;
                return refusal ?? throw unusable ?? search.Failure();
            }
            if (said.Step < firstExecution) refusal = Refused(calls.ActionOf(said.Step), said.Error);
            else unusable ??= Note(said);
        }
        return null;
    }

    HolotreeException? Note(StepReport said)
    {
        int execution = said.Step - firstExecution;
        bool byShell = execution % 2 == 1;
        if (!byShell && said.Error == Errno.ENOEXEC) return null;
        try
        {
            search.Note(candidates[execution / 2], said.Error);
            return null;
        }
        catch (HolotreeException found)
        {
            return found;
        }
    }

    static MountRefusal Refused(string action, Errno error) => new(action, NativeErrors.Describe(error));

    /// <summary>Where this process sees a file that the command sees below the mount; a path as it is otherwise.</summary>
    static byte[] BelowLower(byte[] path, PrivateMount mount)
    {
        byte[] full = path is [(byte)'/', ..] ? path : [.. Encoding.UTF8.GetBytes(Directory.GetCurrentDirectory()), (byte)'/', .. path];
        byte[] top = Encoding.UTF8.GetBytes(mount.MountPath + "/");
        return full.AsSpan().StartsWith(top) ? [.. Encoding.UTF8.GetBytes(mount.Lower + "/"), .. full[top.Length..]] : path;
    }
}
