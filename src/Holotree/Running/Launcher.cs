using System.Runtime.Versioning;
using System.Text;
using Holotree.Library;
using Reflinks.Platform.Linux;

namespace Holotree.Running;

/// <summary>Finds a command's program and starts it, as execvp(3) does: each folder of PATH in turn, by trying.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe class Launcher
{
    static readonly byte[] Shell = "/bin/sh"u8.ToArray();

    /// <summary>Starts the program of a path, and returns why it does not.</summary>
    internal delegate Errno Start(byte* path, byte** arguments, byte** environment);

    /// <exception cref="HolotreeException">There is no such program, or it cannot be started.</exception>
    internal static void Launch(SpaceCommand command, Start start)
    {
        byte[] program = command.Words[0];
        var environment = new NativeWords(command.Environment.Entries);
        byte[]? unusable = null;
        Errno reason = Errno.ENOENT;
        foreach (byte[] path in Candidates(program, command.Environment["PATH"]))
        {
            Errno error = Try(start, path, command.Words, environment);
            if (error == Errno.None) return;

            // A file of text without a first line that names its interpreter is the shell's (execvp(3)).
            if (error == Errno.ENOEXEC) error = Try(start, Shell, [Shell, path, .. command.Words.Skip(1)], environment);
            if (error == Errno.None) return;
            if (error is not (Errno.ENOENT or Errno.ENOTDIR or Errno.EACCES)) throw Unusable(path, error);
            if (unusable is null && IsThere(path, folderCounts: path == program)) (unusable, reason) = (path, error);
        }
        throw unusable is not null ? Unusable(unusable, reason) : Missing(program);
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

    static List<byte[]> Candidates(byte[] program, ReadOnlyMemory<byte>? path)
    {
        if (program.Length == 0) return [];
        if (program.Contains((byte)'/')) return [program];
        var candidates = new List<byte[]>();
        ReadOnlySpan<byte> folders = path is { } known ? known.Span : "/bin:/usr/bin"u8;
        foreach (Range range in folders.Split((byte)':'))
        {
            // An empty part is the current folder.
            ReadOnlySpan<byte> folder = folders[range].Length == 0 ? "."u8 : folders[range];
            candidates.Add([.. folder, (byte)'/', .. program]);
        }
        return candidates;
    }

    /// <param name="folderCounts">Whether a folder is what was meant; on PATH it is passed over, as shells do.</param>
    static bool IsThere(byte[] path, bool folderCounts)
    {
        byte[] name = [.. path, 0];
        fixed (byte* pointer = name)
        {
            return LinuxFile.StatAt(Reflinks.Platform.Linux.Interop.AT_FDCWD, pointer, 0, out Reflinks.Platform.Linux.Interop.Statx stat) == Errno.None
                && (folderCounts || (stat.stx_mode & Reflinks.Platform.Linux.Interop.S_IFMT) == Reflinks.Platform.Linux.Interop.S_IFREG);
        }
    }

    static HolotreeException Missing(byte[] program)
    {
        string name = Encoding.UTF8.GetString(program);
        return new HolotreeException(HolotreeFailure.ProgramMissing, "program-missing",
            name.Contains('/', StringComparison.Ordinal) ? $"There is no program '{name}'." : $"There is no program '{name}' in the space's folders of programs or elsewhere on PATH.")
        {
            Path = name,
            Error = LinuxErrors.Describe(Errno.ENOENT),
            Hint = "holotree variables --space NAME shows the PATH that was searched.",
        };
    }

    static HolotreeException Unusable(byte[] path, Errno error)
    {
        string name = Encoding.UTF8.GetString(path);
        return new HolotreeException(HolotreeFailure.ProgramUnusable, "program-unusable", $"Cannot start '{name}': {LinuxErrors.Describe(error)}.")
        {
            Path = name,
            Error = LinuxErrors.Describe(error),
            Hint = error switch
            {
                Errno.ENOENT or Errno.ENOTDIR => "The program is there; its interpreter (the first line of a script, the loader of a binary) is not.",
                Errno.EACCES => "It is not executable (chmod +x), its interpreter is not, or the filesystem is mounted noexec.",
                Errno.E2BIG => "The arguments and variables are longer than the system takes.",
                _ => null,
            },
        };
    }
}
