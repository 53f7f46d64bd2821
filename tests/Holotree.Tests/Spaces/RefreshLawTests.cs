using System.Runtime.Versioning;
using Holotree.Spaces;
using Holotree.Tests.Staging;
using Reflinks.Files;

namespace Holotree.Tests.Spaces;

/// <summary>Laws of a refresh, over random trees and random things done to them. The seed of a failure is in its test's name.</summary>
[SupportedOSPlatform("linux")]
public sealed class RefreshLawTests
{
    public static TheoryData<string, Strategy, int> Runs()
    {
        var data = new TheoryData<string, Strategy, int>();
        (string Volume, Strategy Strategy)[] ways = [("btrfs", Strategy.Smart), ("xfs", Strategy.HardLink), ("ext4", Strategy.Copy)];
        for (int seed = 1; seed <= 8; seed++)
        {
            foreach ((string volume, Strategy strategy) in ways) data.Add(volume, strategy, seed);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Whatever_was_done_to_a_space_a_refresh_makes_it_what_a_new_one_would_be(string volume, Strategy strategy, int seed)
    {
        using var site = new Site(volume);
        site.MakeSample(SampleParts.Links | SampleParts.HardLinks | SampleParts.Holes | SampleParts.OddNames, files: 60, seed);
        site.Record();
        site.Restore(strategy: strategy);
        string space = site.PathOf("space");
        TreeSnapshot made = TreeSnapshot.Take(space);
        var disorder = new Disorder(space, seed);

        for (int round = 0; round < 3; round++)
        {
            disorder.Work(1 + (seed * 7 % 30));
            RestorePreview preview = site.Spaces.Preview("space", "env", new RestoreOptions { Strategy = strategy, LockTimeout = Site.Patience });
            RestoreReport report = site.Restore(strategy: strategy);

            TreeComparison.AssertEqual(made, space);
            Assert.Equal(preview.Keep, report.Mechanisms[Mechanism.Unchanged]);
            AssertUnchanged(site, strategy);
        }
        site.AssertNothingLeft("space");
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Whatever_was_done_to_the_source_a_space_goes_over_to_what_a_new_one_would_be(string volume, Strategy strategy, int seed)
    {
        using var site = new Site(volume);
        site.MakeSample(SampleParts.HardLinks | SampleParts.Holes | SampleParts.OddNames, files: 60, seed);
        site.Record();
        site.Restore(strategy: strategy);
        new Disorder(site.Source, seed).Work(1 + (seed * 11 % 40));
        site.Record();
        new Disorder(site.PathOf("space"), seed + 100).Work(seed % 5);

        site.Restore(strategy: strategy);
        site.Restore("fresh", strategy);

        TreeComparison.AssertEqual(site.PathOf("fresh"), site.PathOf("space"));
        AssertUnchanged(site, strategy);
        site.AssertNothingLeft("fresh", "space");
    }

    static void AssertUnchanged(Site site, Strategy strategy)
    {
        RestorePreview preview = site.Spaces.Preview("space", "env", new RestoreOptions { Strategy = strategy, LockTimeout = Site.Patience });
        Assert.Equal((string.Empty, string.Empty, string.Empty), (string.Join(' ', preview.Make), string.Join(' ', preview.Adjust), string.Join(' ', preview.Remove)));
        Assert.Equal("unchanged", site.Restore(strategy: strategy).Mode);
    }

    /// <summary>Does random things to a tree, by names it finds there.</summary>
    sealed class Disorder(string root, int seed)
    {
        readonly Random random = new(seed);
        int made;

        internal void Work(int times)
        {
            for (int i = 0; i < times; i++) One();
        }

        void One()
        {
            List<string> folders = [], files = [];
            Find(root, folders, files);
            string folder = folders[random.Next(folders.Count)], file = files[random.Next(files.Count)], fresh = Path.Join(folder, $"made {seed} {made++}");
            switch (random.Next(12))
            {
                case 0: File.WriteAllText(fresh, "made"); break;
                case 1: Directory.CreateDirectory(Path.Join(fresh, "inner")); break;
                case 2: File.CreateSymbolicLink(fresh, "nowhere"); break;
                case 3: File.Delete(file); break;
                case 4: if (folder != root) Tool.Run("rm", "-rf", folder); break;
                case 5: Replace(file, append: true); break;
                case 6: Replace(file, append: false); break;
                case 7: File.Move(file, fresh); break;
                case 8: if (folder != root) Directory.Move(folder, Path.Join(root, $"moved {seed} {made++}")); break;
                case 9: File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch.AddSeconds(random.Next())); break;
                case 10: Replace(file, append: true); File.SetUnixFileMode(file, UnixFileMode.UserRead | (UnixFileMode)random.Next(8)); break;
                case 11: File.Delete(file); Directory.CreateDirectory(file); break;
            }
        }

        /// <summary>By a new file, so that no object of the library is written to through a hard link; the time is the old one.</summary>
        void Replace(string file, bool append)
        {
            DateTime time = File.GetLastWriteTimeUtc(file);
            byte[] content = File.ReadAllBytes(file);
            if (append) content = [.. content, 1];
            else if (content.Length > 0) content[random.Next(content.Length)] ^= 1;
            string beside = Path.Join(root, "beside");
            File.WriteAllBytes(beside, content);
            File.SetLastWriteTimeUtc(beside, time);
            File.Move(beside, file, overwrite: true);
        }

        /// <summary>Follows no link, and leaves out what the framework cannot name because it is not UTF-8.</summary>
        static void Find(string folder, List<string> folders, List<string> files)
        {
            folders.Add(folder);
            foreach (FileSystemInfo entry in new DirectoryInfo(folder).EnumerateFileSystemInfos().Where(static entry => entry.LinkTarget is null && entry.Exists)
                .OrderBy(static entry => entry.Name, StringComparer.Ordinal))
            {
                if (entry is DirectoryInfo) Find(entry.FullName, folders, files);
                else files.Add(entry.FullName);
            }
        }
    }
}
