using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Maintenance;
using Holotree.Spaces;
using Holotree.Tests.Staging;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Platform.Linux;

namespace Holotree.Tests.Templates;

/// <summary>No template is trusted that is not what was laid out and sealed, and where there can be none, that is said.</summary>
[SupportedOSPlatform("linux")]
public sealed class TemplateTrustTests
{
    static readonly RestoreOptions Patient = new() { LockTimeout = Site.Patience };

    public static TheoryData<string> Tampering() =>
    [
        "a file edited", "a file edited a moment ago", "an attribute set", "writable", "another subvolume", "a folder", "a link", "gone",
        "facts edited", "facts without their sum", "facts of another catalog", "facts cut", "facts gone", "part damaged", "part of another", "part gone", "index gone", "index cut",
    ];

    [Theory]
    [MemberData(nameof(Tampering))]
    public void Template_that_was_tampered_with_is_laid_out_anew(string how)
    {
        using var site = Make("btrfs");
        site.Restore("first", Strategy.Snapshot);
        TreeSnapshot made = TreeSnapshot.Take(site.PathOf("first"));
        site.Folder.Write("other/text", $"another {site.Folder["other"]}");
        site.Record("other", site.Folder["other"]);
        site.Restore("other", Strategy.Snapshot, "other");
        string template = Staging.Templates.PathOf(site), other = Staging.Templates.PathOf(site, "other");
        Tamper(how, template, other);

        RestoreReport report = site.Restore("second", Strategy.Snapshot, options: Patient with { Destination = site.Folder["second"] });

        Assert.True(report.TemplateMade, how);
        TreeComparison.AssertEqual(made, site.Folder["second"], new TreeComparisonOptions { Except = static path => path.StartsWith("varying", StringComparison.Ordinal) });
        Assert.Equal($"{site.Folder["second"]}:{site.Folder["second"]}/bin\n", File.ReadAllText(site.Folder["second/varying/text"]));
        Assert.Equal(RestoreReport.Unchanged, site.Restore("second", Strategy.Snapshot).Mode);
        Assert.False(site.Restore("third", Strategy.Snapshot).TemplateMade);
    }

    static void Tamper(string how, string template, string other)
    {
        string file = Path.Join(template, "package-000/file-00001.js");
        switch (how)
        {
            case "a file edited":
                Assert.Equal(Errno.None, Subvolume.SetReadOnly(template, readOnly: false));
                Harm.FlipBit(file);
                Assert.Equal(Errno.None, Subvolume.SetReadOnly(template, readOnly: true));
                break;
            case "a file edited a moment ago":
                // What is written but not yet on disk does not show in the subvolume's own number.
                Tool.Run("sync", "-f", template);
                Assert.Equal(Errno.None, Subvolume.SetReadOnly(template, readOnly: false));
                using (FileStream stream = File.OpenWrite(file)) stream.WriteByte(0);
                Assert.Equal(Errno.None, Subvolume.SetReadOnly(template, readOnly: true));
                break;
            case "an attribute set":
                Assert.Equal(Errno.None, Subvolume.SetReadOnly(template, readOnly: false));
                Tool.Run("setfattr", "-n", "user.x", "-v", "1", file);
                Assert.Equal(Errno.None, Subvolume.SetReadOnly(template, readOnly: true));
                break;
            case "writable": Assert.Equal(Errno.None, Subvolume.SetReadOnly(template, readOnly: false)); break;
            case "another subvolume":
                Directory.Move(template, template + ".moved");
                Tool.Run("btrfs", "subvolume", "snapshot", "-r", other, template);
                break;
            case "a folder":
                Directory.Move(template, template + ".moved");
                Tool.Run("cp", "-a", template + ".moved", template);
                break;
            case "a link":
                Directory.Move(template, template + ".moved");
                File.CreateSymbolicLink(template, template + ".moved");
                break;
            case "gone": Directory.Move(template, template + ".moved"); break;
            case "facts edited": File.WriteAllText(template + ".facts", File.ReadAllText(template + ".facts").Replace("files=", "files=1", StringComparison.Ordinal)); break;
            case "facts without their sum": File.WriteAllLines(template + ".facts", File.ReadAllLines(template + ".facts").Skip(1)); break;
            case "facts of another catalog": File.Copy(other + ".facts", template + ".facts", overwrite: true); break;
            case "facts cut": File.WriteAllBytes(template + ".facts", File.ReadAllBytes(template + ".facts")[..100]); break;
            case "facts gone": File.Delete(template + ".facts"); break;
            case "part damaged": Harm.FlipBit(template + ".part"); break;
            case "part of another": File.Copy(other + ".part", template + ".part", overwrite: true); break;
            case "part gone": File.Delete(template + ".part"); break;
            case "index gone": File.Delete(template + ".index"); break;
            case "index cut": Harm.Resize(template + ".index", new FileInfo(template + ".index").Length - 7); break;
            default: throw new ArgumentOutOfRangeException(nameof(how), how, null);
        }
    }

    [Fact]
    public void Index_that_is_damaged_only_costs_the_look_at_every_file()
    {
        using var site = Make("btrfs");
        site.Restore("first", Strategy.Snapshot);
        Harm.FlipBit(Staging.Templates.PathOf(site) + ".index");
        site.Restore(strategy: Strategy.Snapshot);
        TreeSnapshot made = TreeSnapshot.Take(site.PathOf("space"));

        RestoreReport report = site.Restore(strategy: Strategy.Snapshot);

        Assert.Equal((RestoreReport.Refreshed, 0), (report.Mode, report.Mechanisms[Mechanism.Unchanged]));
        TreeComparison.AssertEqual(made, site.PathOf("space"));
    }

    [Fact]
    public void What_a_process_left_that_was_killed_while_it_laid_out_is_taken_away()
    {
        using var site = Make("btrfs");
        string template = Staging.Templates.PathOf(site);
        Directory.CreateDirectory(site.Home.TemplatesPath);
        Assert.Equal(Errno.None, Subvolume.Create(template + ".partial"));
        File.WriteAllText(template + ".partial/half", "made");
        Assert.Equal(Errno.None, Subvolume.Create(template));
        File.WriteAllText(template + "/whole", "but not yet known");
        File.WriteAllText(template + ".index", "index");

        site.Restore(strategy: Strategy.Snapshot);

        Assert.Equal(["ID", "ID.facts", "ID.index", "ID.part"], Staging.Templates.Names(site));
        Assert.False(File.Exists(Path.Join(site.PathOf("space"), "whole")));
    }

    [Fact]
    public void Nobody_lays_one_out_while_another_process_does_or_takes_it_away_meanwhile()
    {
        using var site = Make("btrfs");
        string id = site.Catalogs.Find("env").Id;
        Directory.CreateDirectory(site.Home.TemplatesPath);
        string template = Staging.Templates.PathOf(site);
        using (FileLock.Take(template + ".lock", exclusive: true, Site.Patience, "template", CancellationToken.None))
        {
            Assert.Equal(Errno.None, Subvolume.Create(template + ".partial"));
            HolotreeException busy = Assert.Throws<HolotreeException>(() => site.Restore("space", Strategy.Snapshot, options: new RestoreOptions { LockTimeout = TimeSpan.Zero }));
            Assert.Equal((HolotreeFailure.Busy, template + ".lock"), (busy.Failure, busy.Path));
            site.Catalogs.Remove(site.Catalogs.Find(id), Site.Patience);
            new GarbageCollector(site.Home).Run(new CollectionOptions { LockTimeout = Site.Patience });
            Assert.True(Directory.Exists(template + ".partial"));
        }
        new GarbageCollector(site.Home).Run(new CollectionOptions { LockTimeout = Site.Patience });
        Assert.Empty(Directory.EnumerateFileSystemEntries(site.Home.TemplatesPath));
    }

    [Fact]
    public void Two_that_restore_a_new_catalog_at_once_make_one_template()
    {
        using var site = Make("btrfs");
        var reports = new RestoreReport[3];
        Thread[] threads = [.. Enumerable.Range(0, reports.Length).Select(i => new Thread(() => reports[i] = site.Restore($"space{i}", Strategy.Snapshot)))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();

        Assert.Equal(1, reports.Count(static report => report.TemplateMade));
        TreeComparison.AssertEqual(site.PathOf("space0"), site.PathOf("space1"), new TreeComparisonOptions { Except = static path => path.StartsWith("varying", StringComparison.Ordinal) });
        site.AssertNothingLeft("space0", "space1", "space2");
    }

    [Fact]
    public void While_templates_are_laid_out_anew_no_space_gets_less_than_all()
    {
        using var site = Make("btrfs");
        TreeSnapshot source = TreeSnapshot.Take(site.Source);
        site.Restore("first", Strategy.Snapshot);
        var verifier = new Thread(() =>
        {
            for (int i = 0; i < 4; i++) site.Restore($"verified{i}", Strategy.Snapshot, options: Patient with { VerifyFull = true });
        });
        verifier.Start();
        int made = 0;
        while (!verifier.Join(0))
        {
            RestoreReport report = site.Restore($"space{made++}", Strategy.Smart);
            TreeSnapshot found = TreeSnapshot.Take(report.Path);
            Assert.Equal((source.Files, source.Folders, source.Links, source.Files), (found.Files, found.Folders, found.Links, (int)report.Mechanisms.Total));
        }
        for (int i = 0; i < made; i++) TreeComparison.AssertEqual(source, site.PathOf($"space{i}"), new TreeComparisonOptions { Except = static path => path.StartsWith("varying", StringComparison.Ordinal) });
    }

    [Fact]
    public void Template_of_another_user_is_left_alone_and_smart_says_what_it_did_instead()
    {
        using var site = new Site("btrfs");
        site.GiveToUnprivileged();
        Unprivileged.Run(() => Fill(site));
        Unprivileged.Run(() => Directory.CreateDirectory(site.Home.TemplatesPath));
        string template = Staging.Templates.PathOf(site);
        Assert.Equal(Errno.None, Subvolume.Create(template));
        File.WriteAllText(template + "/file", "of root");
        Assert.Equal(Errno.None, Subvolume.SetReadOnly(template, readOnly: true));

        Unprivileged.Run(() =>
        {
            RestoreReport report = site.Restore();

            var left = Assert.Single(report.Fallbacks);
            Assert.Equal((Mechanism.Snapshot, Mechanism.Reflink, "EPERM", report.Files), (left.From, left.To, left.Error.Name, left.Files));
            Assert.Equal(0, report.Mechanisms[Mechanism.Snapshot]);
            var refused = Assert.Throws<HolotreeException>(() => site.Restore("second", Strategy.Snapshot));
            Assert.Equal((HolotreeFailure.Unsupported, "snapshot-unsupported", "EPERM"), (refused.Failure, refused.Code, refused.Error?.Name));
            site.AssertNothingLeft("space");
        });
        Assert.Equal("of root", File.ReadAllText(template + "/file"));
    }

    [Fact]
    public void Space_on_another_filesystem_falls_back_out_loud_or_fails_and_no_template_is_made()
    {
        using var site = new Site("btrfs", "btrfs2");
        Fill(site);

        var refused = Assert.Throws<HolotreeException>(() => site.Restore("space", Strategy.Snapshot, options: Patient with { Destination = site.Folder["space"] }));

        Assert.Equal((HolotreeFailure.Unsupported, "snapshot-unsupported", "EXDEV", site.Folder["space"]), (refused.Failure, refused.Code, refused.Error?.Name, refused.Path));
        Assert.Contains("--strategy smart", refused.Hint, StringComparison.Ordinal);
        Assert.Empty(Staging.Templates.Names(site));
        site.AssertNothingLeft();

        RestoreReport report = site.Restore("space", options: Patient with { Destination = site.Folder["space"] });
        Assert.Contains(report.Fallbacks, left => (left.From, left.To, left.Error.Name, left.Files) == (Mechanism.Snapshot, Mechanism.Reflink, "EXDEV", report.Files));
        Assert.Empty(Staging.Templates.Names(site));
    }

    [Theory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    [InlineData("tmpfs")]
    public void Where_there_are_no_snapshots_smart_says_nothing_of_them_and_snapshot_fails(string volume)
    {
        using Site site = Make(volume);

        var refused = Assert.Throws<HolotreeException>(() => site.Restore(strategy: Strategy.Snapshot));

        Assert.Equal((HolotreeFailure.Unsupported, "snapshot-unsupported", "ENOTTY"), (refused.Failure, refused.Code, refused.Error?.Name));
        Assert.Empty(Staging.Templates.Names(site));
        site.AssertNothingLeft();
        Assert.DoesNotContain(site.Restore().Fallbacks, static left => left.From == Mechanism.Snapshot);
        Assert.Empty(Staging.Templates.Names(site));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void To_verify_is_to_lay_out_from_objects_that_were_hashed(bool sourceStands)
    {
        using Site site = Make("btrfs");
        site.Restore("first", Strategy.Snapshot);
        string source = site.Folder["source/package-000/file-00001.js"];
        byte[] whole = File.ReadAllBytes(source);
        Harm.FlipBit(site.ObjectOf(source));
        if (!sourceStands)
        {
            site.Spaces.Delete("first", TimeSpan.Zero);
            Reflinks.Trees.TreeRemover.Remove(site.Source);
            var refused = Assert.Throws<HolotreeException>(() => site.Restore(strategy: Strategy.Snapshot, options: Patient with { VerifyFull = true }));
            Assert.Equal(HolotreeFailure.Damaged, refused.Failure);
            site.AssertNothingLeft();
            Assert.Empty(Staging.Templates.Names(site));
            return;
        }

        RestoreReport report = site.Restore(strategy: Strategy.Snapshot, options: Patient with { VerifyFull = true });

        Assert.Single(report.Healed);
        Assert.True(report.TemplateMade);
        Assert.Equal(whole, File.ReadAllBytes(Path.Join(site.PathOf("space"), "package-000/file-00001.js")));
    }

    [Fact]
    public void Where_a_path_does_not_fit_strict_makes_no_space()
    {
        using var site = new Site("btrfs");
        site.Folder.Write("source/lib/x.so", $"\0{site.Source}\0");
        site.Record();

        var exception = Assert.Throws<HolotreeException>(() =>
            site.Restore(strategy: Strategy.Snapshot, options: Patient with { Destination = site.Folder["target-that-is-longer"], Strict = true }));

        Assert.Equal((HolotreeFailure.Unsupported, "relocation-unfit", "lib/x.so"), (exception.Failure, exception.Code, exception.Path));
        site.AssertNothingLeft();
        Assert.False(Directory.Exists(site.Folder["target-that-is-longer"]));
    }

    [Fact]
    public void Where_there_is_no_room_to_lay_it_out_nothing_is_left()
    {
        using var site = new Site("smallbtrfs");

        // Files of this length lie among the metadata, of which cloning makes a copy; so laying them out takes room.
        for (int i = 0; i < 3000; i++) site.Folder.WriteRandom($"source/{i / 100}/{i}", 1800, seed: i);
        site.Record();
        int filled = 0;
        try
        {
            using (FileStream large = File.Create(site.Folder["large"])) large.SetLength(0);
            Tool.Try("fallocate", "-l", "20M", site.Folder["large"]);
            for (; filled < 60_000; filled++) site.Folder.WriteRandom($"filled/{filled / 1000}/{filled}", 1800, seed: 1);
        }
        catch (IOException)
        {
            // It is full.
        }
        for (int i = filled - 200; i < filled; i++) File.Delete(site.Folder[$"filled/{i / 1000}/{i}"]);
        Tool.Run("sync", "-f", site.Folder.Path);

        var exception = Assert.ThrowsAny<IOException>(() => site.Restore(strategy: Strategy.Snapshot));

        Assert.Equal("ENOSPC", NativeError.Of(exception)?.Name);
        Directory.Delete(site.Folder["filled"], recursive: true);
        Tool.Run("sync", "-f", site.Folder.Path);
        Assert.DoesNotContain("ID", Staging.Templates.Names(site));
        Assert.DoesNotContain("ID.partial", Staging.Templates.Names(site));
        site.AssertNothingLeft();
    }

    [Fact]
    public void Quota_groups_are_no_hindrance()
    {
        Root.IsNeededToRun("btrfs", "quota");
        using Site site = Make("btrfs2");
        Tool.Run("btrfs", "quota", "enable", TestVolumes.Btrfs2.Path);
        try
        {
            site.Restore("one");
            RestoreReport report = site.Restore("two");

            Assert.Equal((report.Files, 0), (report.Mechanisms[Mechanism.Snapshot] + report.Mechanisms[Mechanism.PlainCopy] + report.Mechanisms[Mechanism.Empty], report.Fallbacks.Count));
            site.Spaces.Delete("one", TimeSpan.Zero);
            site.AssertNothingLeft("two");
        }
        finally
        {
            Tool.Run("btrfs", "quota", "disable", TestVolumes.Btrfs2.Path);
        }
    }

    static Site Make(string volume)
    {
        var site = new Site(volume);
        Fill(site);
        return site;
    }

    static void Fill(Site site)
    {
        site.MakeSample(SampleParts.HardLinks, files: 60);
        Staging.Templates.AddVarying(site);
        site.Record();
    }
}
