using System.Diagnostics;
using System.Runtime.Versioning;
using Holotree.Journal;
using Holotree.Library;
using Holotree.Spaces;
using Holotree.Tests.Staging;
using Reflinks.Files;

namespace Holotree.Tests.Journal;

/// <summary>Every restore leaves one line, and nothing about the journal ever makes one fail.</summary>
[SupportedOSPlatform("linux")]
public sealed class RestoreJournalTests
{
    [Theory]
    [InlineData("xfs", Strategy.Smart, "smart", "reflink")]
    [InlineData("ext4", Strategy.Smart, "smart", "hardlink")]
    [InlineData("ext4", Strategy.HardLink, "hardlink", "hardlink")]
    [InlineData("xfs", Strategy.Copy, "copy", "copy")]
    public void Restore_is_noted_with_what_its_report_says(string volume, Strategy strategy, string requested, string used)
    {
        using var site = new Site(volume);
        site.MakeSample();
        site.Record();
        DateTimeOffset before = DateTimeOffset.UtcNow;

        RestoreReport report = site.Restore("space", strategy);

        RestoreRecord record = Assert.Single(Read(site).Restores);
        Assert.Null(report.JournalFailure);
        Assert.InRange(record.Time, before.AddMilliseconds(-1), DateTimeOffset.UtcNow);
        Assert.Equal((long)report.Elapsed.TotalMilliseconds, (long)record.Elapsed.TotalMilliseconds);
        Assert.Equal(("space", report.Catalog, "env", "created", requested, used, null),
            (record.Space, record.Catalog, record.Name, record.Mode, record.Requested, record.Used, record.Error));
        Assert.Equal(MechanismNames.Counts(report.Mechanisms).Where(made => made.Count > 0), record.Mechanisms.Select(made => (made.Key, made.Value)));
        Assert.Equal(report.Fallbacks.Select(left => (MechanismNames.Of(left.From), MechanismNames.Of(left.To), left.Error.Name, left.Files)), record.Fallbacks);
        Assert.Equal(volume == "ext4" && strategy == Strategy.Smart, record.Fallbacks.Count > 0);
        Assert.Equal(report.Bytes, record.Bytes);
        Assert.Equal((report.Relocated.Files, 0), (record.Relocated, record.Healed));
    }

    [Fact]
    public void Words_of_any_characters_come_back_as_they_were()
    {
        var record = new RestoreRecord { Time = DateTimeOffset.UnixEpoch.AddTicks(16_000_000_000_000_010), Space = "\"a\\b\n\t\u0001/\u007f</\u00e4\u2028\ud83d\ude00", Name = "'", Error = "}," };

        byte[] line = record.ToLine();

        Assert.Equal((byte)'\n', line[^1]);
        Assert.Equal(line.Length - 1, line.AsSpan().IndexOf((byte)'\n'));
        RestoreRecord read = RecordReader.Read(System.Text.Encoding.UTF8.GetString(line))!;
        Assert.Equal((record.Time, record.Space, record.Name, record.Error), (read.Time, read.Space, read.Name, read.Error));
    }

    [Fact]
    public void Restore_that_fails_is_noted_with_its_code()
    {
        using Site site = Recorded();
        site.Restore();
        Assert.Throws<HolotreeException>(() => site.Restore(options: new RestoreOptions { Destination = site.Folder["elsewhere"] }));
        Assert.Throws<CloneException>(() => site.Restore("far", Strategy.Reflink, options: new RestoreOptions { Destination = TestVolumes.Get("ext4").Folder()["far"] }));
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => site.Spaces.Restore("stopped", "env", new RestoreOptions(), cancellation: stop.Token));

        Assert.Equal([("space", null), ("space", "space-exists"), ("far", "EXDEV"), ("stopped", "cancelled")], Read(site).Restores.Select(record => (record.Space, record.Error)));
    }

    [Fact]
    public void Healing_is_noted()
    {
        using Site site = Recorded();
        File.Delete(site.Objects()[0]);

        site.Restore();

        Assert.Equal(1, Assert.Single(Read(site).Restores).Healed);
    }

    [Theory]
    [InlineData("{\"time\":\"2026-11-2")]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("[1, 2]")]
    [InlineData("17")]
    [InlineData("{\"time\": 5, \"space\": \"dev\"}")]
    [InlineData("{\"time\": \"never\", \"space\": \"dev\"}")]
    [InlineData("{\"time\": \"2026-11-21T00:00:00Z\", \"space\": 7}")]
    public void Torn_or_foreign_line_is_skipped_and_counted_and_the_next_record_is_whole(string torn)
    {
        using Site site = Recorded();
        site.Restore("one");
        File.AppendAllText(PathOf(site), torn);
        site.Restore("two");

        JournalContents journal = Read(site);

        Assert.Equal(["one", "two"], journal.Restores.Select(record => record.Space));
        Assert.Equal(1, journal.DamagedLines);
    }

    [Fact]
    public void Line_of_a_hundred_thousand_mechanisms_is_read_at_once()
    {
        string many = string.Join(',', Enumerable.Range(0, 100_000).Select(static i => $"\"{i}\":1"));
        long start = Stopwatch.GetTimestamp();

        RestoreRecord record = RecordReader.Read($$$"""{"time":"2026-01-01T00:00:00Z","space":"a","mechanisms":{{{{many}}}}}""")!;

        Assert.Equal((100_000, 1), (record.Mechanisms.Count, record.Mechanisms["99999"]));
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 5);
    }

    [Fact]
    public void Odd_values_are_read_as_nothing()
    {
        using Site site = Recorded();
        Directory.CreateDirectory(site.Home.JournalPath);
        File.WriteAllText(PathOf(site), """
            {"time":"2026-11-21T10:00:00Z","space":"dev","milliseconds":9e99,"mechanisms":[1],"fallbacks":{"a":1},"bytes":7,"used":null,"relocated":"3"}
            {"time":"2026-11-21T10:00:00Z","space":"dev","milliseconds":9223372036854775807,"mechanisms":{"reflink":9223372036854775807},"fallbacks":[3,{"files":-1}],"bytes":{"shared":9223372036854775807}}
            {"time":"2026-11-21T10:00:00Z","space":"dev","mechanisms":{"reflink":9223372036854775807},"bytes":{"shared":9223372036854775807}}
            {"time":"0001-01-01T00:00:00Z","space":"dev"}
            {"time":"9999-12-31T23:59:59Z","space":"dev"}
            """);

        JournalContents journal = Read(site);
        WeekStatistics week = Assert.Single(WeekStatistics.Of(journal.Restores, 520, new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.FromHours(1))));

        Assert.Equal((3, 2), (journal.Restores.Count, journal.DamagedLines));
        Assert.Equal((3, long.MaxValue, long.MaxValue), (week.Restores, week.SharedBytes, week.Mechanisms["reflink"]));
    }

    [Fact]
    public void Journal_that_cannot_be_written_is_told_and_the_space_stands()
    {
        using Site site = Recorded();
        File.WriteAllText(site.Home.JournalPath, "in the way");

        RestoreReport report = site.Restore();

        Assert.Contains(site.Home.JournalPath, report.JournalFailure, StringComparison.Ordinal);
        TreeComparison.AssertEqual(site.Source, site.PathOf("space"));
    }

    [Fact]
    public void Journal_does_not_follow_a_link()
    {
        using Site site = Recorded();
        Directory.CreateDirectory(site.Home.JournalPath);
        string victim = site.Folder.Write("victim", "untouched");
        File.CreateSymbolicLink(PathOf(site), victim);

        Assert.NotNull(site.Restore().JournalFailure);

        Assert.Equal("untouched", File.ReadAllText(victim));
    }

    [Fact]
    public void Full_journal_is_put_aside_once_and_stays_bounded()
    {
        using Site site = Recorded();
        var journal = new RestoreJournal(site.Home);
        var record = new RestoreRecord { Time = DateTimeOffset.UtcNow, Space = "space", Name = new string('n', 100_000) };
        for (int i = 0; i < 100; i++) Assert.Null(journal.Append(record with { Space = $"space-{i}" }));

        string[] files = Directory.GetFiles(site.Home.JournalPath, "*.jsonl");
        Assert.Equal(2, files.Length);
        Assert.All(files, file => Assert.InRange(new FileInfo(file).Length, 1, RestoreJournal.MaxBytes + 200_000));
        Assert.Equal("space-99", journal.Read().Restores[^1].Space);
        Assert.True(journal.Read().Restores.Count > 40);
    }

    [Fact]
    public void Writers_at_the_same_time_lose_nothing()
    {
        using Site site = Recorded();
        var threads = Enumerable.Range(0, 8).Select(i => new Thread(() =>
        {
            for (int j = 0; j < 25; j++) Assert.Null(new RestoreJournal(site.Home).Append(new RestoreRecord { Time = DateTimeOffset.UtcNow, Space = $"{i}-{j}" }));
        })).ToArray();
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();

        JournalContents journal = Read(site);

        Assert.Equal((200, 0), (journal.Restores.Select(record => record.Space).Distinct().Count(), journal.DamagedLines));
    }

    static JournalContents Read(Site site) => new RestoreJournal(site.Home).Read();

    static string PathOf(Site site) => Path.Join(site.Home.JournalPath, "restores.jsonl");

    static Site Recorded()
    {
        var site = new Site("xfs");
        site.MakeSample(SampleParts.None, files: 10);
        site.Record();
        return site;
    }
}
