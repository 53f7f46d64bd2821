using System.Text;

namespace Holotree.Activation;

/// <summary>What differs between systems in the variables of a space: where programs are, and how PATH and names are written.</summary>
internal sealed record SystemRules
{
    internal static SystemRules Unix { get; } = new()
    {
        ProgramFolders = ["bin", "sbin", "usr/bin", "usr/sbin"],
        Interpreters = ["bin/python3", "bin/python"],
        NodeProgram = "bin/node",
        UsualPath = "/bin:/usr/bin",
    };

    /// <summary>In the order in which conda has its folders searched, where a space is one of its environments.</summary>
    internal static SystemRules Windows { get; } = new()
    {
        IsWindows = true,
        EnvironmentFolders = ["Scripts"],
        CondaFolders = ["", "Library/mingw-w64/bin", "Library/usr/bin", "Library/bin", "Scripts", "bin"],
        InstallationFolders = ["", "Scripts"],
        NodeFolders = [""],
        LastFolders = ["bin"],
        Interpreters = ["Scripts/python.exe", "python.exe"],
        NodeProgram = "node.exe",
    };

    /// <summary>Those of the system that this process runs on.</summary>
    internal static SystemRules Current { get; } = OperatingSystem.IsWindows() ? Windows : Unix;

    internal bool IsWindows { get; private init; }

    /// <summary>Folders of programs in every tree, before those that its kind brings. Names here and below have slashes; none is the tree's root.</summary>
    internal string[] ProgramFolders { get; private init; } = [];

    /// <summary>Those of a Python virtual environment.</summary>
    internal string[] EnvironmentFolders { get; private init; } = [];

    /// <summary>Those of a conda environment.</summary>
    internal string[] CondaFolders { get; private init; } = [];

    /// <summary>Those of a Python that is neither.</summary>
    internal string[] InstallationFolders { get; private init; } = [];

    /// <summary>Those of a Node installation.</summary>
    internal string[] NodeFolders { get; private init; } = [];

    /// <summary>Folders of programs in every tree, after all others.</summary>
    internal string[] LastFolders { get; private init; } = [];

    /// <summary>Where Python is; the first one that is there.</summary>
    internal required string[] Interpreters { get; init; }

    internal required string NodeProgram { get; init; }

    /// <summary>What is searched where PATH is not set (execvp(3)).</summary>
    internal string UsualPath { get; private init; } = string.Empty;

    /// <summary>Between the folders of PATH.</summary>
    internal byte ListSeparator => (byte)(IsWindows ? ';' : ':');

    /// <summary>How names of variables are told apart.</summary>
    internal StringComparer NameComparer => IsWindows ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    internal bool IsPath(string name) => NameComparer.Equals(name, "PATH");

    /// <summary>A path in a tree, as programs of the system write it.</summary>
    internal string Join(string root, string name) => !IsWindows ? Path.Join(root, name)
        : name.Length == 0 ? root : root.TrimEnd('\\', '/') + '\\' + name.Replace('/', '\\');

    /// <summary>What of a path lies below a folder, with a separator in front, and nothing for the folder itself; null where it lies elsewhere.</summary>
    internal string? Below(string path, string folder)
    {
        (string whole, string start) = IsWindows ? (path.Replace('\\', '/'), folder.Replace('\\', '/')) : (path, folder);
        if (!whole.StartsWith(start, IsWindows ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal)) return null;
        return whole.Length == start.Length || whole[start.Length] == '/' ? whole[start.Length..] : null;
    }

    /// <summary>The same for bytes, as PATH has them. What is not UTF-8 lies elsewhere than anything that is.</summary>
    internal bool IsWithin(ReadOnlySpan<byte> path, ReadOnlySpan<byte> folder) => IsWindows
        ? Below(Encoding.UTF8.GetString(path), Encoding.UTF8.GetString(folder)) is not null
        : path.StartsWith(folder) && (path.Length == folder.Length || path[folder.Length] == '/');

    /// <summary>Whether both are one folder, as PATH has them.</summary>
    internal bool IsSame(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b) =>
        a.SequenceEqual(b) || (IsWindows && Below(Encoding.UTF8.GetString(a).TrimEnd('\\', '/'), Encoding.UTF8.GetString(b).TrimEnd('\\', '/')) is { Length: 0 });
}
