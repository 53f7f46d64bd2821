using System.Text.Unicode;

namespace Holotree.Relocation;

/// <summary>
/// All the ways in which a prefix is written inside files. One of Unix has a single one. One of Windows is found with backslashes, with
/// forward slashes, with doubled backslashes and in UTF-16, each with the drive's letter in either case.
/// </summary>
internal sealed class PrefixForms
{
    internal PrefixForms(byte[] prefix)
    {
        IsWindows = WindowsPath.IsAbsolute(prefix);
        All = !IsWindows ? [new PrefixForm(PathSpelling.Native, prefix)]
            : [.. Enum.GetValues<PathSpelling>().Where(spelling => spelling != PathSpelling.Wide || Utf8.IsValid(prefix)).Select(spelling => new PrefixForm(spelling, prefix))];
        ShortestBytes = All.Min(static form => form.Bytes.Length);
        LongestBytes = All.Max(static form => form.Bytes.Length);
    }

    internal bool IsWindows { get; }

    internal PrefixForm[] All { get; }

    /// <summary>No place of the prefix has fewer bytes.</summary>
    internal int ShortestBytes { get; }

    /// <summary>No place of the prefix has more bytes.</summary>
    internal int LongestBytes { get; }
}
