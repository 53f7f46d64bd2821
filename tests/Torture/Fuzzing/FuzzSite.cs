using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Recording;
using Holotree.Spaces;
using TestKit;

namespace Torture.Fuzzing;

/// <summary>A home with small trees in it, of whose files the corpus is made: everything the product writes and reads again.</summary>
[SupportedOSPlatform("linux")]
internal sealed class FuzzSite
{
    readonly TemporaryFolder folder = Directory.Exists("/dev/shm") ? new TemporaryFolder("/dev/shm") : new TemporaryFolder();

    internal FuzzSite()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        Home = new Home(folder["home"]);
        Spaces = new SpaceStore(Home);
        Catalogs = new CatalogStore(Home);
        foreach ((string name, int files) in ((string, int)[])[("one", 3), ("some", 20), ("deep", 8)])
        {
            MakeTree(name, files);
            Ids.Add(new Recorder(Home).Record(folder[name], new RecordOptions { Name = name }).Catalog);
        }
        var options = new RestoreOptions();
        Spaces.Restore("first", "some", options);
        new StandbySpaces(Home).Fill(2, options);
        Spaces.Restore("second", "some", options);
        Spaces.Restore("third", "deep", options with { Strategy = Strategy.HardLink });
        Spaces.Restore("gone", "one", options);
        Spaces.Delete("gone", TimeSpan.FromSeconds(5));
        using (Spaces.UseLower("one", options))
        {
        }
        Decoys = new Decoys(this);
    }

    internal Decoys Decoys { get; }

    internal Home Home { get; }

    internal SpaceStore Spaces { get; }

    internal CatalogStore Catalogs { get; }

    internal List<string> Ids { get; } = [];

    internal string this[string name] => folder[name];

    /// <summary>Files of the home by their suffix.</summary>
    internal IReadOnlyList<byte[]> Files(string suffix) =>
        [.. Directory.EnumerateFiles(Home.Path, "*" + suffix, SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];

    /// <summary>Makes the SHA-256 at the end of a file that of its other bytes.</summary>
    internal static byte[] Sealed(byte[] file)
    {
        if (file.Length >= 32) SHA256.HashData(file.AsSpan(0, file.Length - 32), file.AsSpan(file.Length - 32));
        return file;
    }

    void MakeTree(string name, int files)
    {
        string root = folder.MakeFolder(name), below = name;
        for (int i = 0; i < files; i++)
        {
            if (name == "deep") below += "/level";
            folder.Write($"{below}/file {i}", $"{(i % 3 == 0 ? root : "some")} text {i}\n{(i % 2 == 0 ? root : "")}/bin");
        }
        folder.Write($"{name}/empty", "");
        File.SetUnixFileMode(folder.Write($"{name}/bin/program", $"#!{root}/bin/python\n"), (UnixFileMode)0x1ED);
        folder.Write($"{name}/bin/binary", $"\0{root}/lib\0\u0001{root}:{root}/share\0tail{new string('x', 5000)}{root}");
        folder.Write($"{name}/lib/module.py", $"PATH = '{root}'\n");
        folder.Write($"{name}/lib/__pycache__/module.cpython-311.pyc", [0xA7, 0x0D, 0x0D, 0x0A, .. new byte[12], (byte)'z', (byte)root.Length, .. Encoding.UTF8.GetBytes(root)]);
        folder.Write($"{name}/lib/lone.pyc", [0xA7, 0x0D, 0x0D, 0x0A, .. new byte[12], (byte)'s', (byte)root.Length, 0, 0, 0, .. Encoding.UTF8.GetBytes(root)]);
        File.CreateSymbolicLink(Path.Combine(root, "inside"), Path.Combine(root, "bin"));
        File.CreateSymbolicLink(Path.Combine(root, "outside"), "../somewhere");
        Tool.Run("ln", Path.Combine(root, "bin/program"), Path.Combine(root, "bin/again"));
        _ = Tool.Try("setfattr", "-n", "user.colour", "-v", "green", Path.Combine(root, "bin/program"));
    }
}
