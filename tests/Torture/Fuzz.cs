using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using TestKit;
using Torture.Fuzzing;
using Xunit;

namespace Torture;

/// <summary>
/// Feeds every parser with spoilt files, most of them with a checksum that is right again: it refuses them in its own words, or takes
/// them; it neither crashes nor hangs, and allocates no more than the input is worth. A round is a parser's turn.
/// </summary>
internal sealed class Fuzz : Ordeal
{
    /// <summary>An execution that takes longer hangs, for all that anybody can tell.</summary>
    static readonly TimeSpan Hang = TimeSpan.FromSeconds(30), Slow = TimeSpan.FromSeconds(5);

    FuzzTarget[]? targets;

    internal override string Name => "fuzz";

    internal override string What => "every parser, fed with spoilt files whose checksums are right";

    internal override string? Missing => OperatingSystem.IsLinux() ? null : "Linux";

    internal override void Round(int number, Random random, Tally tally)
    {
        if (!OperatingSystem.IsLinux()) return;
        targets ??= Targets();
        if (number == 0) TryKnown(targets, tally);
        FuzzTarget target = targets[number % targets.Length];
        IReadOnlyList<byte[]> seeds = [.. target.Seeds, .. target.Kept()];
        byte[] input = [];
        using var watchdog = new Timer(_ => Environment.FailFast($"fuzz: {target.Name} hangs on {Keep(target, input)}"));
        if (target.Longest > 0)
        {
            // One of its words over and over, as long as such a file may be.
            byte[] word = target.Words[number / targets.Length % target.Words.Count];
            input = [.. Enumerable.Repeat(word, target.Longest / word.Length).SelectMany(static bytes => bytes)];
            watchdog.Change(Hang, Timeout.InfiniteTimeSpan);
            Execute(target, input, random, tally);
        }
        for (int i = 0; i < target.Executions; i++)
        {
            input = Mutation.Of(seeds[random.Next(seeds.Count)], seeds[random.Next(seeds.Count)], target.Words, random);
            if (target.Reseal is { } reseal && random.Next(4) > 0) input = reseal(input);
            watchdog.Change(Hang, Timeout.InfiniteTimeSpan);
            Execute(target, input, random, tally);
        }
    }

    static FuzzTarget[] Targets()
    {
        if (!OperatingSystem.IsLinux()) return [];
        var site = new FuzzSite();
        return
        [
            new CatalogTarget(site), new PartTarget(site), new IndexTarget(site), .. FactsTarget.All(site), .. TextTarget.All(site), new SourcesTarget(site),
        ];
    }

    /// <summary>What the product has written is taken for right, or spoiling it would teach nothing; and what once was a finding is none any more.</summary>
    static void TryKnown(FuzzTarget[] all, Tally tally)
    {
        foreach (FuzzTarget target in all)
        {
            Assert.NotEmpty(target.Seeds);
            bool any = false;
            foreach (byte[] seed in target.Seeds) any |= target.Execute(seed);
            Assert.True(any, $"No seed of {target.Name} is taken for right.");
            foreach (byte[] kept in target.Kept()) Execute(target, kept, new Random(1), tally);
        }
    }

    static void Execute(FuzzTarget target, byte[] input, Random random, Tally tally)
    {
        try
        {
            long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
            bool taken = target.Execute(input);
            TimeSpan took = Stopwatch.GetElapsedTime(start);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(took < Slow, $"{input.Length} bytes took {took}.");
            Assert.True(allocated <= target.MostBytes(input.Length), $"{input.Length} bytes allocated {allocated}.");
            tally.Count("executions");
            tally.Count($"executions of {target.Name}");
            if (taken) tally.Count($"of {target.Name} taken for right");
            if (taken && target.Use(input, random)) tally.Count("hostile trees made");
        }
        catch (Exception wrong)
        {
            throw new InvalidOperationException($"{target.Name}: {wrong.Message} (input kept as {Keep(target, input)})", wrong);
        }
    }

    /// <summary>Keeps an input to look at. What it shows is fixed, it goes to the corpus.</summary>
    static string Keep(FuzzTarget target, byte[] input)
    {
        string folder = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "findings", target.Name)).FullName;
        string path = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(input))[..16].ToString(CultureInfo.InvariantCulture));
        File.WriteAllBytes(path, input);
        return path;
    }
}
