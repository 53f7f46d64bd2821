using System.Runtime.Versioning;
using System.Text;
using Holotree.Library;
using Holotree.Maintenance;
using Holotree.Recording;
using Holotree.Spaces;
using Holotree.Tests.Staging;
using Reflinks.Files;

namespace Holotree.Tests.Maintenance;

/// <summary>A check of a space knows what a restore writes into files, and leaves alone what it cannot look at.</summary>
[SupportedOSPlatform("linux")]
public sealed class SpaceCheckTests
{
    [Theory]
    [InlineData("xfs", Strategy.Reflink)]
    [InlineData("btrfs", Strategy.Smart)]
    [InlineData("ext4", Strategy.Smart, Strategy.HardLink, Strategy.Copy)]
    public void Relocated_python_environment_is_sound_by_every_strategy_also_after_it_was_used(string volume, params Strategy[] strategies)
    {
        using var site = new Site(volume);
        RecordEnvironment(site);
        string[] names = ["copied", "s", "a-longer-name-than-before"];      // of the same length as "source", shorter, longer
        var spaces = strategies.SelectMany(strategy => names.Select(name => (Strategy: strategy, Name: $"{strategy}-{name}", Path: site.Folder[$"{strategies.Length}{strategy:D}/{name}"]))).ToArray();
        foreach ((Strategy strategy, string name, string path) in spaces)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            RestoreReport restored = site.Restore(name, strategy, options: new RestoreOptions { Destination = path, LockTimeout = TimeSpan.Zero });
            Assert.True(restored.Relocated.Files > 5);
            Assert.Equal(restored.Mechanisms[Mechanism.HardLink] > 0, restored.RetimedBytecode > 0);
        }

        CheckReport report = CheckTests.Check(site);
        Assert.True(report.IsSound, string.Join('\n', report.Damaged.Take(20)));
        Assert.Equal(spaces.Length, report.Spaces);
        Assert.Empty(report.Changed);

        foreach ((_, _, string path) in spaces) Tool.Run(Path.Join(path, "bin/python"), "-c", "import pip._internal.cli.main, json, email.message");
        Assert.True(CheckTests.Check(site).IsSound);
    }

    [Theory]
    [InlineData("copied")]
    [InlineData("s")]
    [InlineData("a-longer-name")]
    public void Bit_flipped_in_a_relocated_file_is_found(string name)
    {
        using var site = new Site("xfs");
        site.Folder.Write("source/text", $"#!{site.Source}/bin/sh\nsome text, and {site.Source}/more\n");
        site.Folder.Write("source/binary", [.. Encoding.UTF8.GetBytes($"{site.Source}/lib\0"), .. new byte[100_000]]);
        site.Record();
        site.Restore(options: new RestoreOptions { Destination = site.Folder[name], LockTimeout = TimeSpan.Zero });
        Assert.True(CheckTests.Check(site).IsSound);
        string[] files = [Path.Join(site.Folder[name], "binary"), Path.Join(site.Folder[name], "text")];
        foreach (string file in files) Harm.FlipBit(file);

        Assert.Equal(files, CheckTests.Check(site).Damaged.Select(damage => damage.Path));
    }

    [Theory]
    [InlineData("copied")]
    [InlineData("s")]
    [InlineData("a-longer-name")]
    public void Bytecode_relocated_with_its_source_is_sound_and_a_bit_flipped_in_it_is_found(string name)
    {
        if (!Tool.Exists("python3")) Assert.Skip("There is no python3 here.");
        using var site = new Site("xfs");
        site.Folder.Write("source/module.py", $"HOME = '{site.Source}/share'\n");
        Tool.Run("python3", "-m", "compileall", "-q", site.Source);
        site.Record();
        site.Restore(options: new RestoreOptions { Destination = site.Folder[name], LockTimeout = TimeSpan.Zero });

        CheckReport report = CheckTests.Check(site);
        Assert.True(report.IsSound, string.Join('\n', report.Damaged));
        Assert.Empty(report.Changed);

        string bytecode = Assert.Single(Directory.GetFiles(Path.Join(site.Folder[name], "__pycache__")));
        Harm.FlipBit(bytecode);
        Assert.Equal(bytecode, Assert.Single(CheckTests.Check(site).Damaged).Path);
    }

    [Fact]
    public void Relocated_file_of_a_damaged_object_cannot_be_verified_and_that_is_said()
    {
        using var site = new Site("xfs");
        site.Folder.Write("source/text", $"some text, and {site.Source}/more\n");
        site.Record();
        site.Restore();
        File.Delete(Assert.Single(site.Objects()));

        CheckReport report = CheckTests.Check(site);

        Assert.Single(report.Missing);
        Assert.Empty(report.Damaged);
        Assert.Equal(("space", 0, 0, 1, "text"), Assert.Single(report.Changed) is var changes
            ? (changes.Space, changes.Changed, changes.Removed, changes.Unverified, changes.Example) : default);
    }

    [Fact]
    public void Space_in_use_by_another_process_is_left_out_and_named()
    {
        using Site site = CheckTests.Recorded("xfs");
        site.Restore("busy");
        site.Restore("free");
        using FileLock held = FileLock.TryTake(Path.Join(site.Home.StatesPath, "busy.lock"), exclusive: true)!;

        CheckReport report = CheckTests.Check(site);

        Assert.Equal(1, report.Spaces);
        SkippedSpace skipped = Assert.Single(report.Skipped);
        Assert.Equal("busy", skipped.Space);
        Assert.Contains("in use", skipped.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Space_may_be_looked_at_while_it_is_checked()
    {
        using Site site = CheckTests.Recorded("xfs");
        site.Restore();
        using FileLock held = FileLock.TryTake(Path.Join(site.Home.StatesPath, "space.lock"), exclusive: false)!;

        Assert.Equal(1, CheckTests.Check(site).Spaces);
    }

    [Fact]
    public void Space_whose_catalog_was_removed_is_left_out_and_named()
    {
        using Site site = CheckTests.Recorded("xfs");
        site.Restore();
        site.Catalogs.Remove(site.Catalogs.Find("env"), TimeSpan.Zero);

        CheckReport report = CheckTests.Check(site);

        Assert.True(report.IsSound);
        Assert.Equal(new SkippedSpace("space", "its catalog was removed"), Assert.Single(report.Skipped));
    }

    [Fact]
    public void Space_that_does_not_stand_any_more_is_damage()
    {
        using Site site = CheckTests.Recorded("xfs");
        site.Restore();
        Directory.Move(site.PathOf("space"), site.Folder["moved"]);

        Damage damage = Assert.Single(CheckTests.Check(site).Damaged);

        Assert.Equal(("space", site.PathOf("space")), (damage.Space, damage.Path));
        Assert.Contains("does not stand there", damage.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_folder_in_the_place_of_a_space_is_damage()
    {
        using Site site = CheckTests.Recorded("xfs");
        site.Restore();
        Directory.Move(site.PathOf("space"), site.Folder["moved"]);
        Directory.CreateDirectory(site.PathOf("space"));

        Assert.Equal("space", Assert.Single(CheckTests.Check(site).Damaged).Space);
    }

    [Theory]
    [InlineData("")]
    [InlineData("complete=yes\n")]
    [InlineData("\0\0\0\0")]
    public void State_that_says_nothing_is_damage(string content)
    {
        using Site site = CheckTests.Recorded("xfs");
        string state = Path.Join(site.Home.StatesPath, "odd.state");
        File.WriteAllText(state, content);

        Damage damage = Assert.Single(CheckTests.Check(site).Damaged);

        Assert.Equal(("odd", state), (damage.Space, damage.Path));
    }

    [Fact]
    public void Space_whose_refresh_was_cut_off_is_named_and_no_damage()
    {
        using Site site = CheckTests.Recorded("xfs");
        site.Restore();
        string state = Path.Join(site.Home.StatesPath, "space.state");
        FactFile facts = FactFile.Read(state)!;
        facts["touched"] = "yes";
        facts.Write(state, durable: false);

        CheckReport report = CheckTests.Check(site);

        Assert.True(report.IsSound, string.Join('\n', report.Damaged));
        Assert.Equal(new SkippedSpace("space", "its refresh was cut off; the next one completes it"), Assert.Single(report.Skipped));
    }

    [Fact]
    public void Refreshed_space_is_sound()
    {
        using Site site = CheckTests.Recorded("ext4");
        site.Restore("space");
        File.AppendAllText(Path.Join(site.PathOf("space"), "package-000/file-00000.js"), "edited");
        File.WriteAllText(Path.Join(site.Source, "package-000/file-00001.js"), "another generation");
        site.Record();
        Assert.Equal("refreshed", site.Restore("space").Mode);

        CheckReport report = CheckTests.Check(site);

        Assert.True(report.IsSound, string.Join('\n', report.Damaged));
        Assert.Empty(report.Changed);
    }

    [Fact]
    public void Half_made_space_of_a_dead_process_is_named_and_stays_for_the_next_command()
    {
        using Site site = CheckTests.Recorded("xfs");
        string half = site.Folder.MakeFolder("home/spaces/.reflink-1.partial");
        File.WriteAllText(Path.Join(site.Home.StatesPath, "half.state"), $"path={site.PathOf("half")}\npending={half}\n");

        CheckReport report = CheckTests.Check(site);

        Assert.True(report.IsSound);
        Assert.Equal("half", Assert.Single(report.Skipped).Space);
        Assert.True(Directory.Exists(half));
    }

    static void RecordEnvironment(Site site)
    {
        if (!Tool.Exists("python3")) Assert.Skip("There is no python3 here.");
        if (Tool.Try("python3", "-c", "import venv, ensurepip").Code != 0) Assert.Skip("This python3 has no venv or no ensurepip.");
        Tool.Run("python3", "-m", "venv", site.Source);
        Tool.Run(Path.Join(site.Source, "bin/pip"), "--version");
        RecordReport report = site.Record();
        Assert.True(report.RelocatedFiles > 5, "an environment names itself in its scripts");
    }
}
