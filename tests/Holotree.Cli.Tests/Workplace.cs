using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

/// <summary>A folder for one test, with a home in it that does not exist yet and the program told to use it.</summary>
public sealed class Workplace : IDisposable
{
    internal const int LargeFileBytes = 300_000;

    /// <summary>rwxr-xr-x.</summary>
    internal const UnixFileMode ProgramMode = (UnixFileMode)0x1ED;

    /// <summary>Works in the system's temporary folder.</summary>
    public Workplace() : this(new TemporaryFolder())
    {
    }

    /// <summary>Works on a test volume.</summary>
    public Workplace(Volume volume) : this(volume.Folder())
    {
    }

    Workplace(TemporaryFolder folder)
    {
        Folder = folder;
        Cli = new TestKit.Cli(folder["home"]) { WorkingDirectory = folder.Path };
    }

    internal TemporaryFolder Folder { get; }

    internal TestKit.Cli Cli { get; }

    internal string this[string name] => Folder[name];

    /// <summary>The same program as the ordinary user. It is copied, as the checkout may lie in a folder of root's alone.</summary>
    internal TestKit.Cli AsOrdinaryUser()
    {
        string program = Folder["holotree"];
        if (!File.Exists(program)) File.Copy(TestKit.Cli.Binary, program);
        Folder.GiveToUnprivileged();
        return new TestKit.Cli(Folder["home"]) { WorkingDirectory = Folder.Path, Program = program, Unprivileged = true };
    }

    /// <summary>The same program under the name rcc.</summary>
    internal TestKit.Cli AsRcc()
    {
        if (!File.Exists(Folder["rcc"])) File.CreateSymbolicLink(Folder["rcc"], TestKit.Cli.Binary);
        return new TestKit.Cli(Folder["home"]) { WorkingDirectory = Folder.Path, Program = Folder["rcc"] };
    }

    /// <summary>A tree of 5 files, 1 folder and 1 link; <c>self</c> names the tree's own path twice.</summary>
    internal string MakeTree(string name = "tree", int seed = 1)
    {
        string root = Folder.MakeFolder(name);
        Folder.Write($"{name}/text", $"some text, {seed}\n");
        Folder.Write($"{name}/self", $"#!{root}/bin/python\nhome = {root}\n");
        Folder.Write($"{name}/empty", string.Empty);
        Folder.WriteRandom($"{name}/sub/large", LargeFileBytes, seed);
        Folder.Write($"{name}/sub/program", "#!/bin/sh\necho it runs\n");
        SetMode($"{name}/sub/program", ProgramMode);
        File.CreateSymbolicLink(Path.Combine(root, "link"), "text");
        return root;
    }

    /// <summary>Makes a tree and records it under a name; returns the catalog's id.</summary>
    internal string Record(string name = "tools", int seed = 1) =>
        Cli.Json("record", MakeTree("tree-" + name, seed), "--name", name).GetProperty("catalog").GetString()!;

    internal void SetMode(string name, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no permission bits.");
        else File.SetUnixFileMode(Folder[name], mode);
    }

    internal bool IsWritable(string name) =>
        !OperatingSystem.IsWindows()
        && (File.GetUnixFileMode(Folder[name]) & (UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0;

    /// <summary>What is in a folder, hidden names too; none where there is no folder.</summary>
    internal string[] NamesIn(string folder) =>
        Directory.Exists(Folder[folder])
            ? [.. Directory.EnumerateFileSystemEntries(Folder[folder]).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)]
            : [];

    public void Dispose() => Folder.Dispose();
}
