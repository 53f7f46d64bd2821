using System.Text;
using Holotree.Library;
using Reflinks.Platform;
using SystemCalls = Reflinks.Platform.Kernel;

namespace Holotree.Running;

/// <summary>Where a command's program may be, as execvp(3) looks for it: in each folder of PATH in turn, by trying; and why none of them could be started.</summary>
/// <param name="command">Whose program.</param>
/// <param name="visible">A path under which this process sees what the command sees under another one.</param>
internal sealed unsafe class ProgramSearch(SpaceCommand command, Func<byte[], byte[]>? visible = null)
{
    internal static readonly byte[] Shell = "/bin/sh"u8.ToArray();

    /// <summary>After these the next folder is tried.</summary>
    internal static readonly Errno[] GoesOn = [Errno.ENOENT, Errno.ENOTDIR, Errno.EACCES];

    readonly byte[] program = command.Words[0];
    byte[]? unusable;
    Errno reason = Errno.ENOENT;

    internal List<byte[]> Candidates()
    {
        if (program.Length == 0) return [];
        if (program.Contains((byte)'/')) return [program];
        var candidates = new List<byte[]>();
        ReadOnlySpan<byte> folders = command.Environment["PATH"] is { } known ? known.Span : "/bin:/usr/bin"u8;
        foreach (Range range in folders.Split((byte)':'))
        {
            // An empty part is the current folder.
            ReadOnlySpan<byte> folder = folders[range].Length == 0 ? "."u8 : folders[range];
            candidates.Add([.. folder, (byte)'/', .. program]);
        }
        return candidates;
    }

    /// <summary>A file of text without a first line that names its interpreter is the shell's (execvp(3)).</summary>
    internal byte[][] WordsForShell(byte[] path) => [Shell, path, .. command.Words.Skip(1)];

    /// <summary>Takes note of why one of them could not be started.</summary>
    /// <exception cref="HolotreeException">It is the one, and cannot be started.</exception>
    internal void Note(byte[] path, Errno error)
    {
        if (!GoesOn.Contains(error)) throw Unusable(path, error);
        if (unusable is null && IsThere(visible is null ? path : visible(path), folderCounts: path == program)) (unusable, reason) = (path, error);
    }

    /// <summary>Why none was started.</summary>
    internal HolotreeException Failure() => unusable is not null ? Unusable(unusable, reason) : Missing(Encoding.UTF8.GetString(program));

    /// <param name="folderCounts">Whether a folder is what was meant; on PATH it is passed over, as shells do.</param>
    static bool IsThere(byte[] path, bool folderCounts)
    {
        byte[] name = [.. path, 0];
        fixed (byte* pointer = name)
        {
            return NativeFile.StatAt(SystemCalls.AT_FDCWD, pointer, 0, out SystemCalls.Statx stat) == Errno.None
                && (folderCounts || (stat.stx_mode & SystemCalls.S_IFMT) == SystemCalls.S_IFREG);
        }
    }

    /// <summary>There is no program of a name, or at a path.</summary>
    internal static HolotreeException Missing(string name) => new(HolotreeFailure.ProgramMissing, "program-missing",
        name.Contains('/', StringComparison.Ordinal) ? $"There is no program '{name}'." : $"There is no program '{name}' in the space's folders of programs or elsewhere on PATH.")
    {
        Path = name,
        Error = NativeErrors.Describe(Errno.ENOENT),
        Hint = "holotree variables --space NAME shows the PATH that was searched.",
    };

    static HolotreeException Unusable(byte[] path, Errno error)
    {
        string name = Encoding.UTF8.GetString(path);
        return new HolotreeException(HolotreeFailure.ProgramUnusable, "program-unusable", $"Cannot start '{name}': {NativeErrors.Describe(error)}.")
        {
            Path = name,
            Error = NativeErrors.Describe(error),
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
