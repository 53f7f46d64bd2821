using System.IO.MemoryMappedFiles;
using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Recording;
using Holotree.Tests.Staging;

namespace Holotree.Tests.Recording;

/// <summary>A source that changes while it is recorded is an error that names what changed, and nothing is published.</summary>
[SupportedOSPlatform("linux")]
public sealed class ChangingSourceTests
{
    /// <summary>What happens between the reading of one folder and the next, and the path that has to be named.</summary>
    static readonly Dictionary<string, (Action<string> Act, string Named)> Changes = new()
    {
        ["grown"] = (source => File.AppendAllText($"{source}/later/file", "more"), "later/file"),
        ["cut"] = (source => File.WriteAllText($"{source}/later/file", ""), "later/file"),
        ["edited at the same size"] = (source => File.WriteAllBytes($"{source}/later/file", new byte[5000]), "later/file"),
        ["mode changed"] = (source => File.SetUnixFileMode($"{source}/later/file", (UnixFileMode)0x1ED), "later/file"),
        ["deleted"] = (source => File.Delete($"{source}/later/file"), "later/file"),
        ["replaced by a link"] = (source => Replace($"{source}/later/file", path => File.CreateSymbolicLink(path, "/etc/passwd")), "later/file"),
        ["replaced by a FIFO"] = (source => Replace($"{source}/later/file", path => Tool.Run("mkfifo", path)), "later/file"),
        ["replaced by a folder"] = (source => Replace($"{source}/later/file", path => Directory.CreateDirectory(path)), "later/file"),
        ["folder deleted"] = (source => Directory.Delete($"{source}/later", recursive: true), "later"),
        ["folder renamed"] = (source => Directory.Move($"{source}/later", $"{source}/elsewhere"), "later"),
        ["folder replaced by a link"] = (source =>
        {
            Directory.Delete($"{source}/later", recursive: true);
            Directory.CreateSymbolicLink($"{source}/later", "/etc");
        }, "later"),
        ["folder replaced by a file"] = (source =>
        {
            Directory.Delete($"{source}/later", recursive: true);
            File.WriteAllText($"{source}/later", "a file");
        }, "later"),
        ["name added to a folder read before"] = (source => File.WriteAllText($"{source}/added", "new"), ""),
        ["name taken from a folder read before"] = (source => File.Delete($"{source}/first"), ""),
        ["name added to an empty folder"] = (source => File.WriteAllText($"{source}/empty/added", "new"), "empty"),
    };

    public static TheoryData<string> Kinds() => [.. Changes.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Change_between_listing_and_reading_is_found(string kind)
    {
        (Action<string> act, string named) = Changes[kind];
        using var site = new Site("xfs");
        site.Folder.WriteRandom("source/first", 5000);
        site.Folder.WriteRandom("source/later/file", 5000, seed: 2);
        site.Folder.MakeFolder("source/empty");
        int turns = 0;

        var exception = Assert.Throws<HolotreeException>(() => new Recorder(site.Home).Record(
            site.Source, new RecordOptions { Name = "env", Workers = 1 }, new Told(_ =>
            {
                if (turns++ == 0) act(site.Source);
            })));

        Assert.Equal((HolotreeFailure.Failed, "source-changed"), (exception.Failure, exception.Code));
        Assert.Equal(Path.TrimEndingDirectorySeparator(site.Folder[$"source/{named}"]), exception.Path);
        Assert.Contains($"'{exception.Path}'", exception.Message, StringComparison.Ordinal);
        Assert.NotNull(exception.Hint);
        AssertNothingPublished(site);

        // When nothing happens it goes, with what there is now.
        Assert.Equal("env", site.Record().Name);
    }

    public static TheoryData<string> KindsOfFile() =>
        [.. Changes.Where(static change => change.Value.Named == "later/file" || change.Key.StartsWith("folder ", StringComparison.Ordinal)).Select(static change => change.Key)];

    [Theory]
    [MemberData(nameof(KindsOfFile))]
    public void Change_while_the_content_is_read_is_found(string kind)
    {
        (Action<string> act, string named) = Changes[kind];
        using var site = new Site("xfs");
        site.Folder.WriteRandom("source/first", 5000);
        site.Folder.WriteRandom("source/later/file", 5000, seed: 2);
        // Too small a hole to be passed over, so that reading it takes a while.
        using (FileStream file = File.OpenWrite(site.Folder["source/later/file"])) file.SetLength(700L << 20);
        Thread? change = null;

        var exception = Assert.Throws<HolotreeException>(() => new Recorder(site.Home).Record(
            site.Source, new RecordOptions { Name = "env", Workers = 1 },
            new Told(_ =>
            {
                if (change is not null) return;
                change = new Thread(() =>
                {
                    string file = site.Folder["source/later/file"];
                    SpinWait.SpinUntil(() => IsOpen(file), Site.Patience);
                    Thread.Sleep(5);
                    act(site.Source);
                });
                change.Start();
            })));
        change!.Join();

        Assert.Equal("source-changed", exception.Code);
        Assert.StartsWith(named == "later" ? site.Source : site.Folder[$"source/{named}"], exception.Path, StringComparison.Ordinal);
        AssertNothingPublished(site);
    }

    [Fact]
    public void File_that_comes_and_goes_is_no_file_not_found()
    {
        using var site = new Site("xfs");
        site.MakeSample(SampleParts.None, files: 200);
        using var stop = new CancellationTokenSource();
        var churn = new Thread(() =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                string folder = site.Folder[$"source/package-{i % 8:D3}/passing"];
                Directory.CreateDirectory(folder);
                File.WriteAllText($"{folder}/file", "passing");
                Directory.Delete(folder, recursive: true);
            }
        });
        churn.Start();
        try
        {
            for (int i = 0; i < 30; i++)
            {
                Exception? exception = Xunit.Record.Exception(() => site.Record());
                if (exception is not null) Assert.Equal("source-changed", Assert.IsType<HolotreeException>(exception).Code);
            }
        }
        finally
        {
            stop.Cancel();
            churn.Join();
        }
    }

    /// <summary>
    /// Writes through a mapping show in a file's times only when a page is written to for the first time after it went to disk.
    /// In between, the bytes that were hashed and those that were cloned may differ without any sign.
    /// </summary>
    [Theory]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    [InlineData("ext4")]
    [InlineData("tmpfs")]
    public void Object_never_has_other_bytes_than_its_name_says(string volume)
    {
        using var site = new Site(volume);
        string file = site.Folder.WriteRandom("source/file", 8 << 20);
        using var mapping = MemoryMappedFile.CreateFromFile(file, FileMode.Open);
        using MemoryMappedViewAccessor view = mapping.CreateViewAccessor();
        using var stop = new CancellationTokenSource();
        var writer = new Thread(() =>
        {
            for (long i = 0; !stop.IsCancellationRequested; i++)
            {
                view.Write(8 * (i % 64), i);
                Thread.Sleep(TimeSpan.FromMicroseconds(300));
            }
        });
        writer.Start();
        try
        {
            for (int i = 0; i < 15; i++)
            {
                Exception? exception = Xunit.Record.Exception(() => site.Record());
                if (exception is not null) Assert.Equal("source-changed", Assert.IsType<HolotreeException>(exception).Code);
                foreach (string path in site.Objects())
                {
                    Assert.Equal(Path.GetFileName(path), Tool.Run("sha256sum", path)[..64]);
                    File.Delete(path);
                }
            }
        }
        finally
        {
            stop.Cancel();
            writer.Join();
        }
    }

    /// <summary>Whether this process has a file open, which may be closed while that is asked.</summary>
    static bool IsOpen(string path)
    {
        try
        {
            return Directory.EnumerateFiles("/proc/self/fd").Any(link => new FileInfo(link).LinkTarget == path);
        }
        catch (IOException)
        {
            return false;
        }
    }

    static void Replace(string path, Action<string> make)
    {
        File.Delete(path);
        make(path);
    }

    static void AssertNothingPublished(Site site)
    {
        site.AssertNothingLeft();
        Assert.Empty(site.Objects());
        Assert.Empty(site.Catalogs.List());
    }
}
