using System.Runtime.Versioning;
using Holotree.Library;
using Reflinks.Platform;

namespace Holotree.Running;

/// <summary>Starts a command's program, wherever it is found.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe class Launcher
{
    /// <summary>Starts the program of a path, and returns why it does not.</summary>
    internal delegate Errno Start(byte* path, byte** arguments, byte** environment);

    /// <exception cref="HolotreeException">There is no such program, or it cannot be started.</exception>
    internal static void Launch(SpaceCommand command, Start start)
    {
        var environment = new NativeWords(command.Environment.Entries);
        var search = new ProgramSearch(command);
        foreach (byte[] path in search.Candidates())
        {
            Errno error = Try(start, path, command.Words, environment);
            if (error == Errno.ENOEXEC) error = Try(start, ProgramSearch.Shell, search.WordsForShell(path), environment);
            if (error == Errno.None) return;
            search.Note(path, error);
        }
        throw search.Failure();
    }

    static Errno Try(Start start, byte[] path, IReadOnlyList<byte[]> words, NativeWords environment)
    {
        var arguments = new NativeWords(words);
        byte[] name = [.. path, 0];
        Errno error;
        fixed (byte* pointer = name) error = start(pointer, arguments.Pointers, environment.Pointers);
        GC.KeepAlive(arguments);
        GC.KeepAlive(environment);
        return error;
    }
}
