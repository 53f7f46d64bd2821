using System.Text.Json;
using TestKit;
using Xunit;

namespace Torture;

/// <summary>
/// Bits flip and files are cut at random places of everything that a home consists of. A check finds it, no restore hands it out, and what
/// can be healed or made again is.
/// </summary>
internal sealed class Damages : Ordeal
{
    const int DamagesPerRound = 8;

    static readonly string[] Volumes = ["btrfs", "xfs", "ext4"];

    internal override string Name => "damage";

    internal override string What => "flips bits and cuts files anywhere in a home";

    internal override int Share => 2;

    internal override void Round(int number, Random random, Tally tally)
    {
        using var stage = new Stage(TestVolumes.Get(Volumes[number % Volumes.Length]), random, tally);
        for (int i = 0; i < DamagesPerRound; i++)
        {
            string[] kinds = [.. stage.Kinds().Keys];
            stage.Damage(kinds[random.Next(kinds.Length)]);
        }
        stage.Scene.Cli.Run("check", "--json").Expect(0);
    }

    /// <summary>Flips one bit.</summary>
    /// <param name="keepsTimes">Whether mode and times are as they were, so that no seal can tell.</param>
    internal static void Flip(string path, Random random, bool keepsTimes) => Change(path, keepsTimes, file =>
    {
        file.Position = random.NextInt64(file.Length);
        int value = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)(value ^ (1 << random.Next(8))));
    });

    static void Cut(string path, Random random, bool keepsTimes) => Change(path, keepsTimes, file => file.SetLength(random.NextInt64(file.Length)));

    /// <summary>
    /// Flips one bit below the filesystem, in the file that its volume lies in: nothing that the filesystem knows of the file tells of it. Only
    /// where files share no blocks, and the filesystem has no checksums of its own.
    /// </summary>
    static bool TryFlipOnDisk(Volume volume, string path, Random random)
    {
        if (volume.Name != "ext4") return false;
        Tool.Run("sync", "-f", volume.Path);
        if (ExtentMap.Read(path) is not [{ } extent, ..] || extent.Flags.HasFlag(ExtentMarks.Inline)) return false;
        byte[] before = File.ReadAllBytes(path);
        long at = extent.Physical + random.NextInt64(Math.Min(extent.Length, before.Length - extent.Logical));
        string image = Path.Combine(Path.GetDirectoryName(volume.Path)!, ".images", volume.Name);
        using (var disk = new FileStream(image, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 0))
        {
            disk.Position = at;
            int value = disk.ReadByte();
            disk.Position = at;
            disk.WriteByte((byte)(value ^ (1 << random.Next(8))));
        }

        // dd(1): lets go of what the system remembers of the file.
        Tool.Run("dd", $"if={path}", "of=/dev/null", "iflag=nocache", "count=0", "status=none");
        Assert.NotEqual(before, File.ReadAllBytes(path));
        return true;
    }

    static void Change(string path, bool keepsTimes, Action<FileStream> change)
    {
        string time = Tool.Run("stat", "--format=%.9Y", path).Trim();
        if (!keepsTimes) Tool.Run("chmod", "u+w", path);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite)) change(file);
        if (keepsTimes) Tool.Run("touch", "--no-create", "--date=@" + time, path);
    }

    /// <summary>A home with everything in it that there can be.</summary>
    sealed class Stage : IDisposable
    {
        readonly Volume volume;
        readonly Random random;
        readonly Tally tally;
        readonly string latest;

        internal Stage(Volume volume, Random random, Tally tally)
        {
            (this.volume, this.random, this.tally, Scene) = (volume, random, tally, new Scene(volume));
            string tree = Scene.MakeTree("tree", 25, random);
            Scene.Record("tree", "env");
            File.WriteAllText(Path.Combine(tree, "folder 5/added"), $"{tree} is new");
            latest = Scene.Record("tree", "env");
            foreach (string space in (string[])["s", "linked", "new"]) Scene.Learn(latest, space);
            if (volume.Name != "btrfs") Scene.Cli.Run("settings", "holotree.standby", "1").Expect(0);
            Complete();
        }

        internal Scene Scene { get; }

        /// <summary>Makes again whatever is missing.</summary>
        void Complete()
        {
            Scene.Cli.Run("init", "--catalog", latest, "--space", "s").Expect(0);

            // What was openly written to an object was written to its hard links, and is nothing that a check minds in a space.
            Scene.Cli.Run("init", "--catalog", latest, "--space", "linked", "--strategy", "hardlink", "--force").Expect(0);
            Settle();
            if (volume.Name != "btrfs") Scene.Cli.Run("standby").Expect(0);
            Scene.Cli.Run("run", "--catalog", latest, "--ephemeral", "--", "true").Expect(0);
            Settle();
        }

        /// <summary>Waits for who makes spaces ready in the background.</summary>
        void Settle()
        {
            while (volume.Name != "btrfs" && Tool.Try("pgrep", "-f", $"--home {Scene.Home} standby").Code == 0) Thread.Sleep(5);
        }

        /// <summary>The files of a home by what they are.</summary>
        internal SortedDictionary<string, string[]> Kinds()
        {
            string home = Scene.Home, id = latest;
            var kinds = new SortedDictionary<string, string[]>(StringComparer.Ordinal)
            {
                ["object"] = In("library/objects", "*"),
                ["catalog"] = [Path.Combine(home, $"library/catalogs/{id}.catalog")],
                ["label"] = In("library/catalogs", "*.label"),
                ["sources"] = In("library/catalogs", "*.sources"),
                ["format"] = [Path.Combine(home, "library/format")],
                ["template tree"] = In($"library/templates/{id}", "*"),
                ["template file"] = Beside("library/templates"),
                ["lower tree"] = In($"library/lowers/{id}", "*"),
                ["lower facts"] = Beside("library/lowers"),
                ["standby tree"] = [.. Waiting().SelectMany(path => In(Path.GetRelativePath(home, path), "*"))],
                ["standby file"] = Beside($"standby/{id}"),
                ["state"] = In("states", "*.state"),
                ["index"] = In("states", "*.index"),
                ["space"] = In("spaces/s", "*"),
                ["journal"] = In("journal", "*.jsonl"),
                ["settings"] = In(".", "settings.yaml", below: false),
            };
            foreach (string kind in kinds.Where(static kind => kind.Value.Length == 0).Select(static kind => kind.Key).ToArray()) kinds.Remove(kind);
            return kinds;

            string[] Waiting() => Directory.Exists(Path.Combine(home, "standby", id)) ? Directory.GetDirectories(Path.Combine(home, "standby", id)) : [];

            string[] Beside(string folder) => [.. In(folder, "*", below: false).Where(static path => Path.GetExtension(path) is ".facts" or ".index" or ".part")];

            string[] In(string folder, string pattern, bool below = true)
            {
                string path = Path.Combine(home, folder);
                if (!Directory.Exists(path)) return [];
                var options = new EnumerationOptions { RecurseSubdirectories = below, AttributesToSkip = FileAttributes.ReparsePoint };
                return [.. Directory.EnumerateFiles(path, pattern, options).Where(static file => new FileInfo(file) is { LinkTarget: null, Length: > 0 }).Order(StringComparer.Ordinal)];
            }
        }

        internal void Damage(string kind)
        {
            string[] files = Kinds()[kind];
            string path = files[random.Next(files.Length)];
            byte[] before = File.ReadAllBytes(path);
            bool keepsTimes = random.Next(2) == 0 || kind == "space", cuts = kind != "space" && random.Next(3) == 0;
            if (kind == "template tree") Tool.Run("btrfs", "property", "set", "-f", "-ts", Template, "ro", "false");
            if (cuts) Cut(path, random, keepsTimes);
            else if (keepsTimes && random.Next(2) == 0 && TryFlipOnDisk(volume, path, random)) tally.Count("damages below the filesystem");
            else Flip(path, random, keepsTimes);
            if (kind == "template tree") Tool.Run("btrfs", "property", "set", "-ts", Template, "ro", "true");
            tally.Count("damages");
            tally.Count($"damages of kind {kind}");
            try
            {
                if (kind is "settings" or "format") Refused(kind, path, before);
                else if (kind == "journal") Journal(path, before);
                else if (IsMadeGood(path)) tally.Count("damages made good by a file's own copy");
                else Follow(kind, path, keepsTimes);
                Complete();
                Scene.AssertSound(tally);
            }
            catch (Exception wrong)
            {
                throw new InvalidOperationException(
                    $"{kind} {path} was {(cuts ? "cut" : "flipped")}{(keepsTimes ? ", with its times put back" : "")}; it was {Convert.ToBase64String(before.Length < 2000 ? before : [])}", wrong);
            }
        }

        /// <summary>Whether a file was cut to nothing and has its content a second time, as after a power cut: then it is whole (docs/format.md).</summary>
        static bool IsMadeGood(string path) => new FileInfo(path).Length == 0 && Tool.Try("getfattr", "-n", "user.holotree.content", path).Code == 0;

        string Template => Path.Combine(Scene.Home, "library/templates", latest);

        void Follow(string kind, string path, bool keepsTimes)
        {
            AssertFound(kind, path);
            tally.Count("damages found by check");

            // Of these nothing tells at a glance that they were changed.
            bool isUntold = kind is "standby tree" or "lower tree";

            // Nor of an object whose seal is whole, nor of a standing hard link of it: to be sure everything has to be hashed.
            bool isShared = kind == "object" || (kind == "space" && !volume.CanReflink);
            if (!isUntold) AssertNotHandedOut(kind, isShared ? ["new"] : ["new", "s"], verify: isShared && (keepsTimes || !volume.CanReflink));
            CliResult repaired = Scene.Cli.Run("check", "--repair", "--json");
            Assert.True(repaired.ExitCode is 0 or 6, $"{repaired}");
            if (repaired.ExitCode == 6) Remedy(kind, repaired.Json);
            else tally.Count("damages healed");
            if (isUntold) AssertNotHandedOut(kind, ["new", "s"], verify: false);
            Scene.Cli.Run("check", "--json").Expect(0);
        }

        /// <summary>Asserts that a check names it: as damage, or where it only saves work as unusable.</summary>
        void AssertFound(string kind, string path)
        {
            CliResult result = Scene.Cli.Run("check", "--json");
            bool isCache = kind is "sources" or "index";
            result.Expect(isCache ? 0 : 6);
            string[] named = [.. result.Json.GetProperty(isCache ? "unusable" : "damaged").EnumerateArray().Select(static damage => damage.GetProperty("path").GetString()!)];
            string wanted = kind is "template tree" ? Template : kind is "template file" or "standby file" ? Path.ChangeExtension(path, null) : path;
            Assert.True(named.Any(name => name.StartsWith(wanted, StringComparison.Ordinal)), $"{path} is not named.\n{result}");
        }

        /// <summary>Asserts that a new space, and one that stands, are right or refused for damage.</summary>
        void AssertNotHandedOut(string kind, string[] spaces, bool verify)
        {
            Scene.Cli.Run("list", "--json").Expect(0);
            Scene.Cli.Run("catalogs", "--json").Expect(0);
            foreach (string space in spaces)
            {
                CliResult made = Scene.Cli.Run(["init", "--catalog", random.Next(2) == 0 ? "env" : latest, "--space", space, "--json", .. verify ? (string[])["--verify", "full"] : []]);
                if (made.ExitCode == 0)
                {
                    Scene.AssertIs(space, latest, tally);
                    tally.Count("restores right");
                    continue;
                }
                Assert.True(made.ExitCode == 6 || (kind == "state" && made.ExitCode == 1), $"{made}");
                Assert.NotEqual("internal", made.Error.GetProperty("code").GetString());
                tally.Count("restores refused");
            }
            if (Directory.Exists(Scene.PathOf("new"))) Scene.Cli.Run("delete", "new").Expect(0);
            Settle();
        }

        /// <summary>Does what the hints say.</summary>
        void Remedy(string kind, JsonElement found)
        {
            switch (kind)
            {
                case "catalog":
                    Scene.Cli.Run("remove", latest).Expect(0);
                    Assert.Equal(latest, Scene.Cli.Json("record", Scene["tree"], "--name", "env").GetProperty("catalog").GetString());
                    break;

                case "state":
                    string space = found.GetProperty("damaged")[0].GetProperty("space").GetString()!;
                    if (Scene.Cli.Run("init", "--catalog", latest, "--space", space).ExitCode == 0) break;
                    Scene.Cli.Run("delete", space).Expect(0);
                    if (Directory.Exists(Scene.PathOf(space))) Directory.Delete(Scene.PathOf(space), recursive: true);
                    Scene.Cli.Run("init", "--catalog", latest, "--space", space).Expect(0);
                    break;

                default:
                    // A hard link of a damaged object is damaged as well, and is nothing that a repair may touch.
                    foreach (string name in found.GetProperty("damaged").EnumerateArray().Select(static damage => damage.GetProperty("space").GetString()!).Distinct())
                        Scene.Cli.Run("init", "--catalog", latest, "--space", name, "--force", "--strategy", name == "linked" ? "hardlink" : "smart").Expect(0);
                    break;
            }
        }

        /// <summary>A line of the journal that was changed and still is a record cannot be told from another one.</summary>
        void Journal(string path, byte[] before)
        {
            Scene.Cli.Run("statistics", "--json").Expect(0);
            if (Scene.Cli.Json("check").GetProperty("unusable").GetArrayLength() > 0) tally.Count("damages found by check");
            File.WriteAllBytes(path, before);
        }

        /// <summary>What people write, and the file that says which library this is: the program ends with a reason, or does what it says.</summary>
        void Refused(string kind, string path, byte[] before)
        {
            foreach (string[] command in (string[][])[["check", "--json"], ["init", "--catalog", latest, "--space", "s", "--json"], ["list", "--json"]])
            {
                CliResult result = Scene.Cli.Run(command);
                if (kind == "settings") Assert.Contains(result.ExitCode, (int[])[0, 2]);
                else Assert.Contains(result.ExitCode, (int[])[0, 4, 6]);
                if (result.ExitCode != 0) Assert.NotEqual("internal", result.Error.GetProperty("code").GetString());
                bool isHarmless = File.ReadAllBytes(path).AsSpan().TrimEnd((byte)'\n').SequenceEqual(before.AsSpan().TrimEnd((byte)'\n'));
                if (kind == "format" && command[0] == "check" && !isHarmless) Assert.NotEqual(0, result.ExitCode);
                if (result.ExitCode != 0) tally.Count("damages refused");
            }
            File.WriteAllBytes(path, before);
        }

        public void Dispose() => Scene.Dispose();
    }
}
