using System.Text.Json;
using TestKit;
using Xunit;

namespace Torture;

/// <summary>
/// Volumes that really run full while something is done on them: blocks, inodes, the metadata of btrfs, a quota. What fails says so and leaves
/// nothing half-made, what makes room never needs any, and when there is room again the same command succeeds.
/// </summary>
internal sealed class Full : Ordeal
{
    const int FillsPerRound = 5, ENOSPC = 28, EDQUOT = 122;

    static readonly Func<Site>[] Places =
    [
        static () => new Blocks(TestVolumes.Small), static () => new Blocks(TestVolumes.SmallXfs), static () => new Blocks(TestVolumes.SmallBtrfs),
        static () => new Inodes(), static () => new Metadata(TestVolumes.SmallBtrfs), static () => new Quota(),
    ];

    internal override string Name => "full";

    internal override string What => "lets volumes run full: blocks, inodes, btrfs metadata, quota";

    internal override int Share => 2;

    internal override void Round(int number, Random random, Tally tally)
    {
        using Site site = Places[number % Places.Length]();
        using var scene = new Scene(site.Volume);
        scene.MakeTree("tree", 30, random);
        string one = scene.Record("tree", "env");
        File.AppendAllText(scene["tree/folder 2/file 2"], "of the second generation");
        File.WriteAllText(scene["tree/folder 5/added"], $"{scene["tree"]} is new");
        string two = scene.Record("tree", "env");
        scene.MakeTree("new", 20, random);
        foreach ((string catalog, string space) in (IEnumerable<(string, string)>)[(one, "s"), (two, "s"), (one, "new")]) scene.Learn(catalog, space);
        scene.Cli.Run("init", "--catalog", one, "--space", "s").Expect(0);

        string[][] commands =
        [
            ["record", scene["new"], "--name", "new"], ["init", "--catalog", one, "--space", "new"], ["init", "--catalog", one, "--space", "new", "--strategy", "copy"],
            ["init", "--catalog", two, "--space", "s"], ["init", "--catalog", two, "--space", "s", "--force", "--strategy", "copy"], ["gc"], ["delete", "s"],
            ["check", "--repair"], ["run", "--catalog", two, "--ephemeral", "--", "true"], ["clone", scene["tree"], scene["copy"]],
        ];
        for (int i = 0; i < FillsPerRound; i++)
        {
            string[] command = commands[random.Next(commands.Length)];
            try
            {
                Try(scene, site, command, random, tally);
            }
            catch (Exception wrong)
            {
                throw new InvalidOperationException($"{site.What}: holotree {string.Join(' ', command)}", wrong);
            }
            finally
            {
                site.Free(scene);
            }

            // As it was before, for the next one.
            if (Directory.Exists(scene["copy"])) Directory.Delete(scene["copy"], recursive: true);
            foreach (JsonElement space in scene.Cli.Json("list").GetProperty("spaces").EnumerateArray())
            {
                if (space.GetProperty("space").GetString() != "s") scene.Cli.Run("delete", space.GetProperty("space").GetString()!).Expect(0);
            }
            foreach (JsonElement catalog in scene.Cli.Json("catalogs").GetProperty("catalogs").EnumerateArray())
            {
                if (catalog.GetProperty("name").GetString() == "new") scene.Cli.Run("remove", catalog.GetProperty("catalog").GetString()!).Expect(0);
            }
            scene.Cli.Run("gc").Expect(0);
            scene.Cli.Run("init", "--catalog", one, "--space", "s").Expect(0);
        }
        scene.AssertUsable(one, "s", tally);
    }

    static void Try(Scene scene, Site site, string[] command, Random random, Tally tally)
    {
        site.Fill(scene, random);
        tally.Count("fills");
        tally.Count($"fills of {site.What}");
        CliResult result = scene.Cli.Run([.. command[0] == "run" ? (string[])["--json", .. command] : [.. command, "--json"]]);
        if (result.ExitCode == 0)
        {
            tally.Count("commands that had room enough");
        }
        else
        {
            // These are what people do to have room. But btrfs may refuse to destroy a subvolume where the quota of the one around it is used up.
            bool isSubvolume = command[0] == "delete" && site.Errno == EDQUOT && Tool.Run("stat", "--format=%i", scene.PathOf("s")).Trim() == "256";
            Assert.False(command[0] is "gc" or "delete" && !isSubvolume, $"{result}");
            AssertTold(site, result);
            tally.Count("commands that had not");
        }
        scene.AssertSound(tally);

        site.Free(scene);
        if (result.ExitCode != 0) scene.Cli.Run(command).Expect(0);
        scene.AssertSound(tally);
    }

    static void AssertTold(Site site, CliResult result)
    {
        result.Expect(1);
        JsonElement error = result.Error;
        Assert.Equal((site.Code, site.Errno), (error.GetProperty("code").GetString(), error.GetProperty("errno").GetInt32()));
        Assert.Contains("/", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.String, error.GetProperty("path").ValueKind);
        Assert.Equal(JsonValueKind.String, error.GetProperty("hint").ValueKind);
    }

    /// <summary>A place that can be filled up to a little, and given its room back.</summary>
    abstract class Site(Volume volume) : IDisposable
    {
        internal Volume Volume { get; } = volume;

        internal abstract string What { get; }

        internal virtual string Code => "no-space";

        internal virtual int Errno => ENOSPC;

        internal abstract void Fill(Scene scene, Random random);

        internal virtual void Free(Scene scene)
        {
            foreach (string filler in (string[])["filler", "filler 2"]) File.Delete(scene[filler]);
            if (Directory.Exists(scene["fillers"])) Directory.Delete(scene["fillers"], recursive: true);
            Tool.Run("sync", "-f", Volume.Path);
        }

        /// <summary>Writes until nothing goes in any more.</summary>
        protected static void WriteAll(string path, int piece)
        {
            byte[] bytes = new byte[piece];
            new Random(1).NextBytes(bytes);
            try
            {
                using FileStream file = new(path, FileMode.Append, FileAccess.Write, FileShare.None, 0);
                while (true)
                {
                    file.Write(bytes);
                    file.Flush(flushToDisk: piece < 100_000);
                }
            }
            catch (IOException)
            {
                // It is full.
            }
        }

        /// <summary>Makes small files until nothing goes in any more; returns them.</summary>
        protected static List<string> MakeMany(string folder, int bytes)
        {
            byte[] content = new byte[bytes];
            new Random(1).NextBytes(content);
            Directory.CreateDirectory(folder);
            var made = new List<string>();
            try
            {
                for (int i = 0; i < 200_000; i++)
                {
                    string path = Path.Combine(folder, $"{i}");
                    using FileStream file = File.Create(path, 1);
                    made.Add(path);
                    file.Write(content);
                }
            }
            catch (IOException)
            {
                // It is full.
            }
            return made;
        }

        public virtual void Dispose()
        {
        }
    }

    sealed class Blocks(Volume volume) : Site(volume)
    {
        internal override string What => $"blocks of {Volume.Name}";

        internal override void Fill(Scene scene, Random random)
        {
            // Room for some of what is to come, and often for nothing.
            int room = random.Next(3) == 0 ? 0 : random.Next(1 << random.Next(12, 21));
            if (room > 0) File.WriteAllBytes(scene["filler 2"], new byte[room]);
            Tool.Run("sync", "-f", Volume.Path);
            long free = new DriveInfo(Volume.Path).AvailableFreeSpace;
            Tool.Try("fallocate", "-l", $"{Math.Max(free - (4 << 20), 4096)}", scene["filler"]);
            foreach (int piece in (int[])[1 << 20, 1 << 16, 4096]) WriteAll(scene["filler"], piece);
            File.Delete(scene["filler 2"]);
            Tool.Run("sync", "-f", Volume.Path);
        }
    }

    sealed class Metadata(Volume volume) : Site(volume)
    {
        internal override string What => "metadata of btrfs";

        internal override void Fill(Scene scene, Random random)
        {
            // Content of this length lies among the metadata, where the data blocks are taken.
            Tool.Try("fallocate", "-l", "20M", scene["filler"]);
            List<string> made = MakeMany(scene["fillers"], 1800);
            for (int i = 0; i < Math.Min(made.Count, random.Next(400)); i++) File.Delete(made[i]);
            Tool.Run("sync", "-f", Volume.Path);
        }
    }

    /// <summary>A filesystem in a file of its own.</summary>
    abstract class Image : Site
    {
        readonly TemporaryFolder folder;

        protected Image(TemporaryFolder folder, string size, params string[] make) : base(new Volume(make[0], folder.MakeFolder("mount"), false))
        {
            this.folder = folder;
            Tool.Run("truncate", "--size", size, folder["image"]);
            Tool.Run(make[0], [.. make[1..], folder["image"]]);
            Tool.Run("mount", "-o", "loop", folder["image"], Volume.Path);
        }

        public override void Dispose()
        {
            Tool.Run("umount", Volume.Path);
            folder.Dispose();
            base.Dispose();
        }
    }

    sealed class Inodes : Image
    {
        internal Inodes() : base(TestVolumes.Ext4.Folder(), "48M", "mkfs.ext4", "-q", "-N", "1400")
        {
        }

        internal override string What => "inodes of ext4";

        internal override void Fill(Scene scene, Random random)
        {
            List<string> made = MakeMany(scene["fillers"], 0);
            for (int i = 0; i < Math.Min(made.Count, random.Next(60)); i++) File.Delete(made[i]);
        }
    }

    sealed class Quota : Image
    {
        internal Quota() : base(TestVolumes.Ext4.Folder(), "256M", "mkfs.btrfs", "-q", "-K")
        {
            Tool.Run("btrfs", "quota", "enable", Volume.Path);
            Tool.Run("btrfs", "qgroup", "limit", "40M", Volume.Path);
        }

        internal override string What => "a quota of btrfs";

        internal override string Code => "quota-exceeded";

        internal override int Errno => EDQUOT;

        internal override void Fill(Scene scene, Random random)
        {
            File.WriteAllBytes(scene["filler 2"], new byte[1 + random.Next(1 << random.Next(12, 21))]);
            Tool.Run("sync", "-f", Volume.Path);
            foreach (int piece in (int[])[1 << 20, 1 << 16, 4096]) WriteAll(scene["filler"], piece);
            File.Delete(scene["filler 2"]);
            Tool.Run("sync", "-f", Volume.Path);
        }
    }
}
