using System.Diagnostics;
using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

/// <summary>A file that changes after it was hashed and before it is cloned: the call is held up until that has happened.</summary>
public sealed class ChangeBeforeCloneTests
{
    static readonly Dictionary<string, Action<string>> Changes = new()
    {
        ["grown"] = static file => File.AppendAllText(file, "more"),
        ["cut"] = static file => File.WriteAllText(file, string.Empty),
        ["edited"] = static file => File.WriteAllBytes(file, new byte[5000]),
        ["edited, and its time set back"] = static file =>
        {
            DateTime before = File.GetLastWriteTimeUtc(file);
            File.WriteAllBytes(file, new byte[5000]);
            File.SetLastWriteTimeUtc(file, before);
        },
        ["vanished"] = File.Delete,
        ["replaced"] = static file =>
        {
            File.WriteAllBytes(file + ".new", new byte[5000]);
            File.Move(file + ".new", file, overwrite: true);
        },
        ["replaced by a link"] = static file =>
        {
            File.Delete(file);
            File.CreateSymbolicLink(file, "/etc/passwd");
        },
        ["replaced by a folder"] = static file =>
        {
            File.Delete(file);
            Directory.CreateDirectory(file);
        },
    };

    [Fact]
    public Task It_is_found_and_nothing_is_published() =>
        // All at once: each spends its time waiting.
        Task.WhenAll(Changes.Select(static change => RecordWhile(change.Key, change.Value)));

    static async Task RecordWhile(string kind, Action<string> change)
    {
        using var place = new Workplace(TestVolumes.Xfs);
        string file = place.Folder.WriteRandom("tree/file", 5000);
        string incoming = place["home/library/incoming"];

        Task<CliResult> recording = Task.Factory.StartNew(() => Injection.Run(place, ["ioctl:delay_enter=1000000"], "record", place["tree"], "--name", "env", "--workers", "1", "--json"),
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var watch = Stopwatch.StartNew();
        while (!Directory.Exists(incoming) || !Directory.EnumerateFiles(incoming, "*", SearchOption.AllDirectories).Any())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{kind}: there was no new object.");
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
        change(file);
        CliResult result = await recording;

        Assert.True(result.ExitCode == 1, $"{kind}: {result}");
        JsonElement error = Pinned.AssertFails(result, 1, "source-changed");
        Assert.Equal(file, error.Text("path"));
        Assert.Empty(place.NamesIn("home/library/catalogs"));
        Assert.Empty(place.NamesIn("home/library/incoming"));
        Assert.Empty(Directory.EnumerateFiles(place["home/library/objects"], "*", SearchOption.AllDirectories));
    }
}
