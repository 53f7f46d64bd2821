using System.Runtime.Versioning;
using System.Text;
using Holotree.Library;
using Holotree.Recording;
using Holotree.Spaces;
using Holotree.Tests.Staging;
using Reflinks.Files;

namespace Holotree.Tests.Spaces;

/// <summary>A space names its own path wherever its source named its own, and only there.</summary>
[SupportedOSPlatform("linux")]
public sealed class RelocatedSpaceTests
{
    /// <summary>Names of spaces whose path is as long as the source's, shorter, and longer.</summary>
    static readonly string[] Lengths = ["target", "t", "target-of-some-length"];

    public static TheoryData<string, string, Strategy> Ways()
    {
        var ways = new TheoryData<string, string, Strategy>();
        foreach (string name in Lengths)
        {
            foreach (string volume in new[] { "xfs", "btrfs" }) ways.Add(volume, name, Strategy.Reflink);
            ways.Add("btrfs", name, Strategy.Snapshot);
            ways.Add("ext4", name, Strategy.Smart);
            ways.Add("tmpfs", name, Strategy.Copy);
        }
        return ways;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Every_file_names_the_new_path(string volume, string name, Strategy strategy)
    {
        using var site = new Site(volume);
        string source = site.Source, target = site.Folder[name];
        Dictionary<string, string> texts = new()
        {
            ["bin/script"] = $"#!{source}/bin/python\nimport sys\n",
            ["etc/paths"] = $"{source}:{source}/bin:{source}\n",
            ["etc/end"] = source,
            ["etc/large"] = new string('x', 100_000) + $" {source}/lib " + new string('x', 100_000),
            ["etc/others"] = $"{source}2 {source}.old /srv{source} .{source}\n",
            ["plain"] = "names nothing",
        };
        foreach ((string file, string text) in texts) site.Folder.Write($"source/{file}", text);
        File.SetUnixFileMode(site.Folder["source/bin/script"], (UnixFileMode)0x1ED);
        byte[] binary = [.. new byte[60_000], .. Encoding.UTF8.GetBytes($"{source}/lib:{source}"), 0, .. "after"u8, .. new byte[60_000]];
        site.Folder.Write("source/lib/small.so", binary.AsSpan(59_990, 200));
        site.Folder.Write("source/lib/large.so", binary);
        File.CreateSymbolicLink(site.Folder["source/link"], $"{source}/bin/script");
        File.CreateSymbolicLink(site.Folder["source/root"], source);
        File.CreateSymbolicLink(site.Folder["source/other"], $"{source}2/bin");
        File.CreateSymbolicLink(site.Folder["source/relative"], "bin/script");
        RecordReport recorded = site.Record();
        Assert.Equal((6, 10), (recorded.RelocatedFiles, recorded.Relocations));

        RestoreReport report = site.Restore("space", strategy, options: new RestoreOptions { Destination = target });

        foreach ((string file, string text) in texts)
        {
            string expected = file == "etc/others" ? text : text.Replace(source, target, StringComparison.Ordinal);
            Assert.Equal(expected, File.ReadAllText(Path.Join(target, file)));
            Assert.Equal(File.GetLastWriteTimeUtc(Path.Join(source, file)) is var time && file is "plain" or "etc/others" && strategy == Strategy.Smart
                ? DateTime.UnixEpoch.AddSeconds(ObjectStore.SealSeconds) : time, File.GetLastWriteTimeUtc(Path.Join(target, file)));
        }
        Assert.Equal((UnixFileMode)0x1ED, File.GetUnixFileMode(Path.Join(target, "bin/script")));
        Assert.Equal($"{target}/bin/script", new FileInfo(Path.Join(target, "link")).LinkTarget);
        Assert.Equal(target, new FileInfo(Path.Join(target, "root")).LinkTarget);
        Assert.Equal($"{source}2/bin", new FileInfo(Path.Join(target, "other")).LinkTarget);
        Assert.Equal("bin/script", new FileInfo(Path.Join(target, "relative")).LinkTarget);

        bool fits = target.Length <= source.Length;
        foreach (string file in new[] { "lib/small.so", "lib/large.so" })
        {
            byte[] before = File.ReadAllBytes(Path.Join(source, file)), after = File.ReadAllBytes(Path.Join(target, file));
            Assert.Equal(before.Length, after.Length);
            string[] expected = fits ? [$"{target}/lib:{target}", "after"] : [$"{source}/lib:{source}", "after"];
            Assert.Equal(expected, Encoding.UTF8.GetString(after).Split('\0', StringSplitOptions.RemoveEmptyEntries));
        }
        Assert.Equal((fits ? 6 : 4, fits ? 10 : 6, 2, 0), (report.Relocated.Files, report.Relocated.Places, report.Relocated.Links, report.Relocated.Skipped));
        Assert.Equal(fits ? [] : ["lib/large.so", "lib/small.so"], report.Relocated.Unfit);
        Assert.Equal(8, report.Mechanisms.Total);
    }

    [Theory]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    public void Large_file_is_shared_but_for_the_blocks_that_name_the_path(string volume)
    {
        using var site = new Site(volume);
        byte[] content = new byte[4 << 20];
        new Random(1).NextBytes(content);
        Encoding.UTF8.GetBytes($"\0{site.Source}/lib\0").CopyTo(content, 1 << 20);
        string file = site.Folder.Write("source/large", content);
        site.Record();

        RestoreReport report = site.Restore("space", Strategy.Reflink, options: new RestoreOptions { Destination = site.Folder["target"] });

        Assert.Equal(1, report.Mechanisms[Mechanism.Reflink]);
        string made = site.Folder["target/large"], kept = site.ObjectOf(file);
        Assert.Equal(Sharing.Partly, ExtentMap.Of(made));
        ExtentMap.AssertApart(made, kept, 1 << 20, 4096);
        Assert.Equal((1 << 20) + 1, File.ReadAllBytes(made).AsSpan().IndexOf(Encoding.UTF8.GetBytes(site.Folder["target"])));
    }

    [Fact]
    public void Where_a_path_does_not_fit_strict_makes_nothing()
    {
        using var site = new Site("xfs");
        site.Folder.Write("source/lib/x.so", $"\0{site.Source}\0");
        site.Record();

        var exception = Assert.Throws<HolotreeException>(() => site.Restore(options: new RestoreOptions { Destination = site.Folder["target-that-is-longer"], Strict = true }));

        Assert.Equal((HolotreeFailure.Unsupported, "relocation-unfit", "lib/x.so"), (exception.Failure, exception.Code, exception.Path));
        Assert.Contains($"at most {site.Source.Length} bytes", exception.Hint, StringComparison.Ordinal);
        site.AssertNothingLeft();
        Assert.False(Directory.Exists(site.Folder["target-that-is-longer"]));
        site.Restore(options: new RestoreOptions { Destination = site.Folder["target"], Strict = true });
    }

    [Fact]
    public void At_the_recorded_path_nothing_is_relocated()
    {
        using var site = new Site("btrfs");
        site.Folder.Write("source/a", site.Source);
        site.Folder.Write("source/b.so", $"\0{site.Source}\0");
        site.Folder.Write("source/m.py", $"X = '{site.Source}'\n");
        site.Folder.Write("source/__pycache__/m.cpython-311.pyc", [0xA7, 0x0D, 0x0D, 0x0A, .. new byte[12], 1, 2, 3]);
        File.CreateSymbolicLink(site.Folder["source/link"], $"{site.Source}/a");
        TreeSnapshot source = TreeSnapshot.Take(site.Source);
        site.Record();
        Directory.Delete(site.Source, recursive: true);

        RestoreReport report = site.Restore("space", Strategy.Reflink, options: new RestoreOptions { Destination = site.Source, Strict = true });

        TreeComparison.AssertEqual(source, site.Source);
        Assert.Equal((0, 0, 0, 0), (report.Relocated.Files, report.Relocated.Places, report.Relocated.Links, report.Relocated.Skipped));
        Assert.Empty(report.Relocated.Unfit);
        Assert.Empty(report.Relocated.Shebangs);
        Assert.Equal(4, report.Mechanisms[Mechanism.Reflink]);
    }

    [Fact]
    public void Bytecode_is_left_alone_beside_its_source_patched_without_and_expired_with_it()
    {
        using var site = new Site("xfs");
        byte[] header = [0xA7, 0x0D, 0x0D, 0x0A, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
        byte[] bytecode = [.. header, (byte)'z', 20, .. Encoding.UTF8.GetBytes($"{site.Source}/m.py"), 0];
        site.Folder.Write("source/lib/quiet.py", "pass\n");
        site.Folder.Write("source/lib/__pycache__/quiet.cpython-311.pyc", bytecode);
        site.Folder.Write("source/lib/named.py", $"X = '{site.Source}'\n");
        site.Folder.Write("source/lib/__pycache__/named.cpython-311.pyc", bytecode);
        site.Folder.Write("source/lib/__pycache__/named.cpython-311.opt-1.pyc", [.. header, 1, 2, 3]);
        site.Folder.Write("source/lib/lonely.pyc", bytecode);
        site.Record();

        RestoreReport report = site.Restore(options: new RestoreOptions { Destination = site.Folder["target"] });

        byte[] patched = [.. header, (byte)'z', 20, .. Encoding.UTF8.GetBytes($"{site.Folder["target"]}/m.py"), 0];
        Assert.Equal(bytecode, File.ReadAllBytes(site.Folder["target/lib/__pycache__/quiet.cpython-311.pyc"]));
        Assert.Equal(patched, File.ReadAllBytes(site.Folder["target/lib/lonely.pyc"]));
        Assert.Equal([.. header[..4], .. new byte[12], .. bytecode[16..]], File.ReadAllBytes(site.Folder["target/lib/__pycache__/named.cpython-311.pyc"]));
        Assert.Equal([.. header[..4], .. new byte[12], 1, 2, 3], File.ReadAllBytes(site.Folder["target/lib/__pycache__/named.cpython-311.opt-1.pyc"]));
        Assert.Equal((4, 2, 1), (report.Relocated.Files, report.Relocated.Places, report.Relocated.Skipped));
    }

    [Theory]
    [InlineData(Strategy.Reflink)]
    [InlineData(Strategy.Copy)]
    public void Bytecode_that_is_made_again_without_its_source_still_agrees_with_it(Strategy strategy)
    {
        using var site = new Site("xfs");
        string source = site.Folder.Write("source/m.py", $"X = '{site.Source}', '{site.Source}'\n");
        uint time = (uint)new DateTimeOffset(File.GetLastWriteTimeUtc(source)).ToUnixTimeSeconds(), size = (uint)new FileInfo(source).Length;
        site.Folder.Write("source/__pycache__/m.cpython-311.pyc", [0xA7, 0x0D, 0x0D, 0x0A, 0, 0, 0, 0, .. BitConverter.GetBytes(time), .. BitConverter.GetBytes(size), (byte)'N']);
        site.Record();
        var options = new RestoreOptions { Destination = site.Folder["target-of-some-length"] };
        site.Restore("space", strategy, options: options);
        string made = site.Folder["target-of-some-length/__pycache__/m.cpython-311.pyc"];
        byte[] before = File.ReadAllBytes(made);
        Assert.Equal(new FileInfo(site.Folder["target-of-some-length/m.py"]).Length, BitConverter.ToUInt32(before, 12));

        File.Delete(made);
        RestoreReport report = site.Restore("space", strategy, options: options);

        Assert.Equal(RestoreReport.Refreshed, report.Mode);
        Assert.Equal(before, File.ReadAllBytes(made));
    }

    [Theory]
    [InlineData("target")]
    [InlineData("t")]
    [InlineData("target-of-some-length")]
    public void Clone_relocates_as_a_restore_does(string name)
    {
        using var site = new Site("btrfs");
        site.MakeSample(SampleParts.OddNames | SampleParts.HardLinks, files: 20);
        site.Folder.Write("source/a", $"{site.Source}/bin:{site.Source}\n");
        site.Folder.Write("source/b.so", $"\0{site.Source}/lib\0x");
        site.Folder.Write("source/large.so", [.. new byte[100_000], .. Encoding.UTF8.GetBytes(site.Source), 0]);
        site.Folder.Write("source/quiet.py", "pass\n");
        site.Folder.Write("source/named.py", $"X = '{site.Source}'\n");
        foreach (string module in new[] { "quiet", "named" })
            site.Folder.Write($"source/__pycache__/{module}.cpython-311.pyc", [0xA7, 0x0D, 0x0D, 0x0A, .. new byte[4], 1, 2, 3, 4, 5, 6, 7, 8, .. Encoding.UTF8.GetBytes($"z\u0010{site.Source}/x.py"), 0]);
        File.CreateSymbolicLink(site.Folder["source/link"], $"{site.Source}/a");
        site.Record();
        RestoreReport restored = site.Restore("space", Strategy.Reflink, options: new RestoreOptions { Destination = site.Folder[name] });
        TreeSnapshot space = TreeSnapshot.Take(site.Folder[name]);
        site.Spaces.Delete("space", TimeSpan.Zero);

        (Reflinks.Trees.TreeReport report, RelocationCounts relocated) = RelocatingCloner.Clone(site.Source, site.Folder[name]);

        TreeComparison.AssertEqual(space, site.Folder[name]);
        Assert.Equal(restored.Relocated with { Unfit = [], Shebangs = [] }, relocated with { Unfit = [], Shebangs = [] });
        Assert.Equal(restored.Relocated.Unfit, relocated.Unfit);
        Assert.Equal(restored.Relocated.Shebangs, relocated.Shebangs);
        Assert.Equal(restored.Files, report.Files);
    }
}
