using System.Runtime.Versioning;
using FsCheck;
using FsCheck.Fluent;
using Reflinks.Tests.Staging;
using Reflinks.Trees;

namespace Reflinks.Tests.Trees;

/// <summary>What must hold for any tree: its clone is equal to it.</summary>
[SupportedOSPlatform("linux")]
public sealed class TreeLawTests
{
    const int Rounds = 25;

    /// <summary>One thing to make; what cannot be made because something else is there is left out.</summary>
    public sealed record Entry(string Path, int Kind, int Length, int Mode, int Seconds, int Nanoseconds, string Target);

    static readonly Gen<string> Name = Gen.Elements("a", "b", "c", "d", " ", "line\nbreak", "ä", "-x", "...", new string('n', 255));

    static readonly Gen<string> Paths =
        from depth in Gen.Choose(1, 4)
        from names in Name.ListOf(depth)
        select string.Join('/', names);

    static readonly Gen<Entry> Entries =
        from path in Paths
        from kind in Gen.Choose(0, 5)
        from length in Gen.OneOf(Gen.Constant(0), Gen.Choose(1, 100), Gen.Choose(1, 20_000))
        from mode in Gen.Choose(0, 0xFFF)
        from seconds in Gen.Choose(int.MinValue / 2, int.MaxValue)
        from nanoseconds in Gen.Choose(0, 999_999_999)
        from target in Paths
        select new Entry(path, kind, length, mode, seconds, nanoseconds, target);

    [Theory]
    [CombinatorialVolumes("btrfs xfs ext4", (int)TreeStrategy.ReflinkOrCopy, (int)TreeStrategy.HardLink)]
    public void Clone_of_any_tree_is_equal_to_it(string volume, int strategy)
    {
        // Looked for here: the checker would take a skip for a counterexample.
        Volume on = TestVolumes.Get(volume);
        int seed = 0;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(Rounds).WithQuietOnSuccess(true), Prop.ForAll(Entries.ListOf().ToArbitrary(), entries =>
        {
            using TemporaryFolder place = on.Folder();
            place.MakeFolder("source");
            foreach (Entry entry in entries) Make(place["source"], entry);
            foreach (Entry entry in entries.AsEnumerable().Reverse()) Finish(place["source"], entry);
            var source = TreeSnapshot.Take(place["source"]);

            TreeReport report = TreeCloner.Clone(
                place["source"], place["clone"], new TreeCloneOptions { Strategy = (TreeStrategy)strategy, Workers = 1 + (seed++ % 4) });

            TreeComparison.AssertEqual(source, place["clone"]);
            Reports.AssertAccountsFor(report, source);
            Assert.Equal(["clone", "source"], place.Names());
        }));
    }

    static void Make(string root, Entry entry)
    {
        string path = Path.Join(root, entry.Path);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (Path.Exists(path) || new FileInfo(path).LinkTarget is not null) return;
            switch (entry.Kind)
            {
                case 0:
                    Directory.CreateDirectory(path);
                    break;
                case 1:
                    File.CreateSymbolicLink(path, entry.Target);
                    break;
                case 2 when File.Exists(Path.Join(root, entry.Target)):
                    Handles.Link(Path.Join(root, entry.Target), path);
                    break;
                case 3:
                    Handles.WriteSparse(path, entry.Length + (1 << 20), (1 << 18, Content.Random(entry.Length)));
                    break;
                default:
                    File.WriteAllBytes(path, Content.Random(entry.Length, seed: entry.Seconds));
                    break;
            }
        }
        catch (IOException)
        {
            // A file stands where this needs a folder, or a link leads round in a circle.
        }
        catch (UnauthorizedAccessException)
        {
            // The same, as the framework tells it of a folder.
        }
    }

    static void Finish(string root, Entry entry)
    {
        string path = Path.Join(root, entry.Path);
        if (!Path.Exists(path) || new FileInfo(path).LinkTarget is not null) return;
        DateTime time = DateTime.UnixEpoch.AddSeconds(entry.Seconds).AddTicks(entry.Nanoseconds / 100);
        // An ordinary user has to be able to read what he clones.
        int readable = Root.IsHere ? 0 : Directory.Exists(path) ? 0x1C0 : 0x100;
        File.SetUnixFileMode(path, (UnixFileMode)(entry.Mode | readable));
        if (Directory.Exists(path)) Directory.SetLastWriteTimeUtc(path, time);
        else File.SetLastWriteTimeUtc(path, time);
    }
}
