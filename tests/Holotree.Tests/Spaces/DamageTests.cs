using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Spaces;
using Holotree.Tests.Staging;

namespace Holotree.Tests.Spaces;

/// <summary>What was done to an object shows before anything is made of it. No whole copy is at hand: HealingTests have one.</summary>
[SupportedOSPlatform("linux")]
public sealed class DamageTests
{
    const string Name = "package-000/file-00007.js";

    [Theory]
    [InlineData("xfs", Strategy.Reflink)]
    [InlineData("btrfs", Strategy.Smart)]
    [InlineData("ext4", Strategy.HardLink)]
    [InlineData("tmpfs", Strategy.Copy)]
    public void Damaged_object_is_set_aside_and_recording_again_heals(string volume, Strategy strategy)
    {
        using Site site = Recorded(volume, out string damaged);
        Damage(damaged, keepSeal: false);
        HideSource(site);

        var exception = Assert.Throws<HolotreeException>(() => site.Restore("space", strategy));

        Assert.Equal((HolotreeFailure.Damaged, "object-damaged", damaged), (exception.Failure, exception.Code, exception.Path));
        string aside = Assert.Single(Directory.EnumerateFiles(site.Home.QuarantinePath));
        Assert.StartsWith(Path.GetFileName(damaged), Path.GetFileName(aside), StringComparison.Ordinal);
        Assert.Contains(aside, exception.Message, StringComparison.Ordinal);
        Assert.Contains("The catalog 'env' needs it", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Record", exception.Hint, StringComparison.Ordinal);
        Assert.False(File.Exists(damaged));
        site.AssertNothingLeft();

        Assert.Equal("object-missing", Assert.Throws<HolotreeException>(() => site.Restore("space", strategy)).Code);
        ShowSource(site);
        Assert.Equal(1, site.Record().ObjectsAdded);
        site.Restore("space", strategy);
        Assert.Equal(File.ReadAllBytes(Path.Join(site.Source, Name)), File.ReadAllBytes(Path.Join(site.PathOf("space"), Name)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    public void Object_of_another_length_is_damage_though_it_is_sealed(int length)
    {
        using Site site = Recorded("xfs", out string damaged);
        File.SetUnixFileMode(damaged, (UnixFileMode)0x180);
        using (FileStream file = File.OpenWrite(damaged)) file.SetLength(length);
        Seal(damaged);
        HideSource(site);

        Assert.Equal("object-damaged", Assert.Throws<HolotreeException>(() => site.Restore()).Code);
        site.AssertNothingLeft();
    }

    [Theory]
    [InlineData(Strategy.Reflink)]
    [InlineData(Strategy.HardLink)]
    public void Damage_under_a_whole_seal_is_found_by_full_verification(Strategy strategy)
    {
        using Site site = Recorded("xfs", out string damaged);
        Damage(damaged, keepSeal: true);
        HideSource(site);

        var exception = Assert.Throws<HolotreeException>(() => site.Restore("space", strategy, options: new RestoreOptions { VerifyFull = true }));

        Assert.Equal(("object-damaged", damaged), (exception.Code, exception.Path));
        site.AssertNothingLeft();
    }

    [Theory]
    [InlineData(Strategy.Copy)]
    [InlineData(Strategy.HardLink)]
    public void Touched_but_right_object_is_used_and_sealed_again(Strategy strategy)
    {
        using Site site = Recorded("ext4", out string touched);
        File.SetUnixFileMode(touched, (UnixFileMode)0x1A4);
        File.SetLastWriteTimeUtc(touched, DateTime.UtcNow);

        site.Restore("space", strategy);

        Assert.Equal("444 1000000000.000000000", Tool.Run("stat", "--format=%a %.9Y", touched).Trim());
        Assert.Equal(File.ReadAllBytes(Path.Join(site.Source, Name)), File.ReadAllBytes(Path.Join(site.PathOf("space"), Name)));
        Assert.False(Directory.Exists(site.Home.QuarantinePath));
    }

    [Fact]
    public void Full_verification_of_a_whole_library_finds_nothing()
    {
        using Site site = Recorded("btrfs", out _);

        site.Restore(options: new RestoreOptions { VerifyFull = true });

        TreeComparison.AssertEqual(site.Source, site.PathOf("space"));
    }

    [Fact]
    public void Missing_object_is_named_and_nothing_is_made()
    {
        using Site site = Recorded("xfs", out string lost);
        File.Delete(lost);
        HideSource(site);

        var exception = Assert.Throws<HolotreeException>(() => site.Restore());

        Assert.Equal((HolotreeFailure.Damaged, "object-missing", lost), (exception.Failure, exception.Code, exception.Path));
        Assert.Contains(Path.GetFileName(lost), exception.Message, StringComparison.Ordinal);
        site.AssertNothingLeft();
    }

    [Theory]
    [InlineData("link")]
    [InlineData("folder")]
    [InlineData("fifo")]
    public void What_is_no_file_is_no_object(string kind)
    {
        using Site site = Recorded("xfs", out string replaced);
        File.Delete(replaced);
        if (kind == "link") File.CreateSymbolicLink(replaced, Path.Join(site.Source, Name));
        else if (kind == "folder") Directory.CreateDirectory(replaced);
        else Tool.Run("mkfifo", replaced);
        HideSource(site);

        var exception = Assert.Throws<HolotreeException>(() => site.Restore());

        Assert.Equal((HolotreeFailure.Damaged, replaced), (exception.Failure, exception.Path));
        site.AssertNothingLeft();
        ShowSource(site);
        Assert.Equal(1, site.Record().ObjectsAdded);
        site.Restore();
    }

    [Fact]
    public void Damaged_catalog_is_named_and_nothing_is_made()
    {
        using Site site = Recorded("xfs", out _);
        string path = Path.Join(site.Home.CatalogsPath, site.Catalogs.Find("env").Id + ".catalog");
        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 4;
        File.WriteAllBytes(path, bytes);

        var exception = Assert.Throws<HolotreeException>(() => site.Restore());

        Assert.Equal((HolotreeFailure.Damaged, "catalog-damaged", path), (exception.Failure, exception.Code, exception.Path));
        site.AssertNothingLeft();
    }

    static Site Recorded(string volume, out string @object)
    {
        var site = new Site(volume);
        site.MakeSample(SampleParts.None, files: 40);
        site.Record();
        @object = site.ObjectOf(Path.Join(site.Source, Name));
        return site;
    }

    static void HideSource(Site site) => Directory.Move(site.Source, site.Folder["away"]);

    static void ShowSource(Site site) => Directory.Move(site.Folder["away"], site.Source);

    static void Damage(string path, bool keepSeal)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.SetUnixFileMode(path, (UnixFileMode)0x180);
        // In place: the inode may have other names.
        using (FileStream file = File.OpenWrite(path)) file.Write(bytes);
        if (keepSeal) Seal(path);
    }

    static void Seal(string path)
    {
        File.SetUnixFileMode(path, (UnixFileMode)0x124);
        File.SetLastWriteTimeUtc(path, DateTimeOffset.FromUnixTimeSeconds(ObjectStore.SealSeconds).UtcDateTime);
    }
}
