using Holotree.Library;
using Holotree.Relocation;

namespace Holotree.Spaces;

/// <summary>What relocation did to a space.</summary>
/// <param name="Files">Files that now name the space's path, and the bytecode of Python sources that are among them.</param>
/// <param name="Places">How many times they do.</param>
/// <param name="Links">Symbolic links that now point into the space.</param>
/// <param name="Skipped">Files left alone because they work as they are (Python bytecode beside its source).</param>
/// <param name="Unfit">Paths of files left as recorded, because the new path does not fit into them.</param>
/// <param name="Shebangs">
/// Paths of scripts that were relocated and that the system does not start as meant: their first line is longer than it takes, or the
/// new path has a blank, at which it ends the interpreter's.
/// </param>
public sealed record RelocationCounts(
    long Files, long Places, long Links, long Skipped, IReadOnlyList<string> Unfit, IReadOnlyList<string> Shebangs)
{
    /// <summary>Refuses a path that some file does not work at.</summary>
    /// <exception cref="HolotreeException">It is named, with what to do.</exception>
    internal void RequireAll(string path, string prefix)
    {
        if (Unfit.Count > 0)
        {
            throw new HolotreeException(HolotreeFailure.Unsupported, "relocation-unfit",
                $"The path '{path}' is longer than '{prefix}' and does not fit into {Named(Unfit)}.")
            {
                Path = Unfit[0],
                Hint = $"Use a path of at most {System.Text.Encoding.UTF8.GetByteCount(prefix)} bytes, or leave out --strict to keep such files as they are.",
            };
        }
        if (Shebangs.Count > 0)
        {
            throw new HolotreeException(HolotreeFailure.Unsupported, "relocation-shebang",
                $"With the path '{path}' the first line of {Named(Shebangs)} is longer than the {InterpreterLines.LongestBytes} bytes that the system takes, or has a blank in its interpreter's path.")
            {
                Path = Shebangs[0],
                Hint = "Use a shorter path without blanks, or leave out --strict and start such scripts by their interpreter.",
            };
        }
    }

    static string Named(IReadOnlyList<string> files) => files.Count switch
    {
        1 => $"'{files[0]}'",
        2 => $"'{files[0]}' and '{files[1]}'",
        _ => $"'{files[0]}' and {files.Count - 1} more",
    };
}
