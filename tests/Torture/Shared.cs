using System.Diagnostics;
using System.Text.Json;
using TestKit;
using Xunit;

namespace Torture;

/// <summary>
/// Two users at once in a library that their group shares, each with several hands. In every second round one of them forges objects that
/// are his, and leaves nothing by which that could be seen: the other is refused, or gets what was recorded.
/// </summary>
internal sealed class Shared : Ordeal
{
    const int Done = 0, Foreign = 1, NotFound = 5, Damaged = 6, Busy = 7;

    /// <summary>Of each user: how many work at once, with a tree and a space each.</summary>
    const int Hands = 3;

    static readonly TimeSpan Time = TimeSpan.FromSeconds(5);

    static readonly string[] Volumes = ["xfs", "btrfs", "ext4"], Strategies = ["smart", "copy", "hardlink", "reflink"];

    internal override string Name => "shared";

    internal override string What => "two users at once in one shared library, one of whom forges what is his";

    internal override string? Missing => base.Missing ?? (Root.IsHere ? null : "root");

    internal override void Round(int number, Random random, Tally tally)
    {
        using var site = new Site(TestVolumes.Get(Volumes[number % Volumes.Length]), random, tally, forges: number % 2 == 1);
        site.Work();
        site.CleanUp();
    }

    /// <summary>One hand of a user: a tree that it records, and a space that nobody else touches.</summary>
    sealed record Hand(Member User, int Number, Random Random)
    {
        internal string Name => $"of-{User.User}-{Number}";
    }

    sealed class Site : IDisposable
    {
        readonly TemporaryFolder folder;
        readonly Tally tally;
        readonly bool forges;
        readonly string[] strategies;
        readonly Member anna, bert;
        readonly Hand[] hands;
        readonly Dictionary<(string Catalog, string Space), TreeSnapshot> right = [];

        internal Site(Volume volume, Random random, Tally tally, bool forges)
        {
            (folder, this.tally, this.forges) = (volume.Folder(), tally, forges);
            strategies = volume.CanReflink ? Strategies : Strategies[..^1];
            string program = folder["holotree"];
            File.Copy(Cli.Binary, program);
            folder.MakeFolder("home");
            Tool.Run("chgrp", $"{Member.Group}", Home);
            Tool.Run("chmod", "3770", Home);
            (anna, bert) = (new Member(61001, program, Home), new Member(61002, program, Home));
            foreach (Member user in (Member[])[anna, bert]) user.Environment["HOLOTREE_LOCK_TIMEOUT"] = "45";
            hands = [.. Enumerable.Range(0, 2 * Hands).Select(i => new Hand(i % 2 == 0 ? anna : bert, i / 2, new Random(random.Next())))];
            int common = random.Next();
            foreach (Hand hand in hands)
            {
                MakeTree(hand, common);
                hand.User.Run("record", folder[hand.Name], "--name", hand.Name).Expect(Done);
            }
            foreach (Hand hand in hands)
            {
                foreach (Hand other in hands) Learn(other.Name, hand);
            }
        }

        string Home => folder["home"];

        string SpaceOf(Hand hand) => Path.Combine(Home, "users", $"{hand.User.User}", "spaces", hand.Name);

        /// <summary>Half of it is what everybody has.</summary>
        void MakeTree(Hand hand, int common)
        {
            string root = folder.MakeFolder(hand.Name);
            for (int i = 0; i < 24; i++)
            {
                string path = $"{hand.Name}/folder {i % 4}/file {i}";
                if (i % 8 == 0) folder.Write(path, $"#!{root}/bin/python\nprefix = {root}\n");
                else folder.WriteRandom(path, 200 + (i * 1700), i % 2 == 0 ? common + i : hand.Random.Next());
            }
            Tool.Run("chown", "-R", $"{hand.User.User}:{hand.User.User}", root);
        }

        void Learn(string catalog, Hand hand)
        {
            hand.User.Run("init", "--catalog", catalog, "--space", hand.Name, "--strategy", "copy", "--force").Expect(Done);
            right[(catalog, hand.Name)] = TreeSnapshot.Take(SpaceOf(hand));
        }

        /// <summary>All hands at once, for a while.</summary>
        internal void Work()
        {
            Together.Run(hands, Time, Act);
            HomeProcesses.AssertNoneStays(Home);
        }

        void Act(Hand hand)
        {
            Hand other = hands[hand.Random.Next(hands.Length)];
            switch (hand.Random.Next(16))
            {
                case 0 or 1 or 2 or 3 or 4: Restore(hand, other.Name); break;
                case 5 or 6: Run(hand, [Done, Damaged], "record", folder[hand.Name], "--name", hand.Name); break;
                case 7: Run(hand, [Done, NotFound], "delete", hand.Name); break;
                case 8: Run(hand, other.User == hand.User ? [Done, NotFound] : [Foreign, NotFound], "remove", other.Name); break;
                case 9: Run(hand, [Done], "gc", "--grace", "0"); break;
                case 10: Check(hand); break;
                case 11: Run(hand, [Done, NotFound, Damaged], "run", "--ephemeral", "--catalog", other.Name, "--", "true"); break;
                case 12: Run(hand, [Done], "list"); break;
                case 13: Kill(hand, other.Name); break;
                default:
                    if (forges && hand.User == bert) Forge(hand);
                    else Restore(hand, hand.Name);
                    break;
            }
        }

        /// <summary>A catalog may have been taken away meanwhile, or somebody has forged what it is of; what is handed out is right.</summary>
        void Restore(Hand hand, string catalog)
        {
            CliResult made = Run(hand, [Done, NotFound, Damaged], "init", "--catalog", catalog, "--space", hand.Name, "--strategy", strategies[hand.Random.Next(strategies.Length)]);
            if (made.ExitCode != Done) return;
            TreeComparison.AssertEqual(right[(catalog, hand.Name)], SpaceOf(hand),
                new TreeComparisonOptions { Parts = TreeParts.Content | TreeParts.LinkTargets | TreeParts.Mode | TreeParts.Times });
            tally.Count("spaces compared");
        }

        void Check(Hand hand)
        {
            CliResult checkedAll = Run(hand, [Done, Damaged], "check", "--json");
            if (!forges) Assert.True(checkedAll.ExitCode == Done, $"{checkedAll}");
        }

        void Kill(Hand hand, string catalog)
        {
            string[][] commands = [["init", "--catalog", catalog, "--space", hand.Name], ["record", folder[hand.Name], "--name", hand.Name], ["gc", "--grace", "0"]];
            using Process process = hand.User.Start(commands[hand.Random.Next(commands.Length)]);
            Thread.Sleep(hand.Random.Next(60));
            process.Kill();
            process.WaitForExit();
            tally.Count("kills");
        }

        /// <summary>Turns the last byte of an object of his own into another, and puts back its mode and times.</summary>
        void Forge(Hand hand)
        {
            string objects = Path.Combine(Home, "library/objects/sha256");
            string[] own = Tool.Run("find", objects, "-type", "f", "-user", $"{hand.User.User}", "-size", "+0").Split('\n', StringSplitOptions.RemoveEmptyEntries);
            if (own.Length == 0) return;
            string path = own[hand.Random.Next(own.Length)];
            hand.User.Shell($"set -e; f='{path}'; mode=$(stat -c %a \"$f\"); chmod u+w \"$f\"; printf '\\a' | dd of=\"$f\" bs=1 seek=$(($(stat -c %s \"$f\") - 1)) conv=notrunc status=none; chmod $mode \"$f\"; touch -d @1000000000 \"$f\"");
            tally.Count("objects forged");
        }

        CliResult Run(Hand hand, int[] expected, params string[] words)
        {
            CliResult result = hand.Random.Next(2) == 0 ? hand.User.RunClosed(words) : hand.User.RunOpen(words);
            tally.Count("commands");
            if (result.ExitCode == Damaged && expected.Contains(Damaged) && forges) tally.Count("refused");
            else Assert.True(result.ExitCode == Busy || (expected.Contains(result.ExitCode) && result.ExitCode != Damaged), $"user {hand.User.User}: {result}");
            return result;
        }

        /// <summary>Each puts right what is his; then all is sound. When each has taken away what is his nothing is left.</summary>
        internal void CleanUp()
        {
            foreach (Hand hand in hands) Run(hand, [Done, NotFound], "delete", hand.Name);
            foreach (Member user in (Member[])[bert, anna]) Assert.Contains(user.Run("check", "--repair").ExitCode, (int[])[Done, Damaged]);
            foreach (Hand hand in hands) hand.User.Run("record", folder[hand.Name], "--name", hand.Name).Expect(Done);
            foreach (Member user in (Member[])[bert, anna])
            {
                JsonElement check = user.Run("check", "--json").Expect(Done).Json;
                Assert.Equal((0, 0), (check.GetProperty("damaged").GetArrayLength(), check.GetProperty("missing").GetArrayLength()));
                tally.Count("checks");
            }
            foreach (Hand hand in hands) Restore(hand, hands[hand.Random.Next(hands.Length)].Name);
            foreach (Hand hand in hands)
            {
                Run(hand, [Done], "delete", hand.Name);
                Run(hand, [Done], "remove", hand.Name);
            }
            HomeProcesses.AssertNoneStays(Home);
            foreach (Member user in (Member[])[bert, anna]) user.Run("gc", "--grace", "0").Expect(Done);
            foreach (string place in (string[])["library/objects", "library/catalogs", "library/incoming"])
                Assert.Empty(Directory.EnumerateFiles(Path.Combine(Home, place), "*", SearchOption.AllDirectories));
        }

        public void Dispose()
        {
            HomeProcesses.KillAll(Home);
            folder.Dispose();
        }
    }
}
