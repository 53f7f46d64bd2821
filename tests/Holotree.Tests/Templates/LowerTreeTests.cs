using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Spaces;
using Holotree.Tests.Staging;

namespace Holotree.Tests.Templates;

/// <summary>The tree under the overlays of a catalog's runs is laid out once, for the path at which every run sees it.</summary>
[SupportedOSPlatform("linux")]
public sealed class LowerTreeTests
{
    static readonly RestoreOptions Patient = new() { LockTimeout = Site.Patience };

    [Theory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    public void It_names_the_path_at_which_it_is_seen_and_is_laid_out_once(string volume)
    {
        using var site = new Site(volume);
        site.MakeSample(files: 20);
        Staging.Templates.AddVarying(site);
        string id = site.Record().Catalog;
        FileSystemInfo[] before;

        using (LowerTree first = site.Spaces.UseLower("env", Patient))
        {
            Assert.Equal(Path.Join(site.Home.Path, "mounts", id[..16]), first.MountPath);
            Assert.Empty(Directory.EnumerateFileSystemEntries(first.MountPath));
            Assert.Equal($"{first.MountPath}:{first.MountPath}/bin\n", File.ReadAllText(Path.Join(first.Path, "varying/text")));
            Assert.Equal($"{first.MountPath}/varying/text", new FileInfo(Path.Join(first.Path, "varying/link")).LinkTarget);
            Assert.True(first.LaidOut!.Files > 0);
            before = [new FileInfo(Path.Join(first.Path, "varying/text"))];
            _ = before[0].LastWriteTimeUtc;
        }
        using LowerTree second = site.Spaces.UseLower(id, Patient);
        using LowerTree third = site.Spaces.UseLower(id, Patient);

        Assert.Null(second.LaidOut);
        Assert.Equal(second.Path, third.Path);
        Assert.NotNull(site.Catalogs.Find(id).Used);
    }

    [Fact]
    public void What_was_not_finished_or_is_another_folder_is_laid_out_anew()
    {
        using var site = new Site("ext4");
        site.Folder.Write("source/file", $"path={site.Source}\n");
        site.Record();
        string path;
        using (LowerTree first = site.Spaces.UseLower("env", Patient)) path = first.Path;

        File.Delete(path + ".facts");
        using (LowerTree again = site.Spaces.UseLower("env", Patient)) Assert.NotNull(again.LaidOut);
        File.WriteAllLines(path + ".facts", File.ReadAllLines(path + ".facts").Skip(1));        // no sum
        using (LowerTree again = site.Spaces.UseLower("env", Patient)) Assert.NotNull(again.LaidOut);
        Directory.Delete(path, recursive: true);
        Directory.CreateDirectory(path);
        using (LowerTree again = site.Spaces.UseLower("env", Patient))
        {
            Assert.NotNull(again.LaidOut);
            Assert.Equal($"path={again.MountPath}\n", File.ReadAllText(Path.Join(path, "file")));
        }
    }

    [Fact]
    public void Strictly_nothing_is_used_that_does_not_work_at_its_path()
    {
        using var site = new Site("ext4");
        string shorter = TestVolumes.Ext4.Path + "/s";
        Directory.CreateDirectory(shorter);
        try
        {
            File.WriteAllText(shorter + "/binary", $"\0{shorter}\0");
            site.Record(source: shorter);

            using (LowerTree lower = site.Spaces.UseLower("env", Patient)) Assert.Single(lower.LaidOut!.Unfit);
            HolotreeException refused = Assert.Throws<HolotreeException>(() => site.Spaces.UseLower("env", Patient with { Strict = true }));
            Assert.Equal("relocation-unfit", refused.Code);
        }
        finally
        {
            Directory.Delete(shorter, recursive: true);
        }
    }
}
