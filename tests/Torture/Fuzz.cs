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
    /// <summary>An execution that takes longer hangs, for all that anybody can tell; a machine that is busy with other things gets its time.</summary>
    static readonly TimeSpan Hang = TimeSpan.FromMinutes(5);

    /// <summary>Of the processor's time, and so whatever else runs.</summary>
    static readonly TimeSpan Slow = TimeSpan.FromSeconds(5);

    /// <summary>Of so many spoilt files of a kind some must have been taken for right, or nothing but the checksum is tried.</summary>
    const int EnoughToTell = 2000;

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
        IReadOnlyList<byte[]> kept = target.Kept();
        byte[] input = [];
        using var watchdog = new Timer(_ => Environment.FailFast($"fuzz: {target.Name} hangs on {Keep(target, input)}"));

        // In its second turn, so that a short run has time for a turn of all of them.
        foreach (byte[] hard in number / targets.Length == 1 ? target.Hard : [])
        {
            input = hard;
            watchdog.Change(Hang, Timeout.InfiniteTimeSpan);
            Execute(target, input, random, tally);
        }
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
            IReadOnlyList<byte[]> seeds = [.. target.Seeds, .. kept];
            input = Mutation.Of(seeds[random.Next(seeds.Count)], seeds[random.Next(seeds.Count)], target.Words, random);
            if (target.Reseal is { } reseal && random.Next(8) > 0) input = reseal(input);
            watchdog.Change(Hang, Timeout.InfiniteTimeSpan);
            Execute(target, input, random, tally);
        }
        Assert.True(tally[Executions(target)] < EnoughToTell || tally[Taken(target)] > 0, $"No spoilt input of {target.Name} is taken for right: its checksum is not made anew.");
    }

    static FuzzTarget[] Targets()
    {
        if (!OperatingSystem.IsLinux()) return [];
        var site = new FuzzSite();
        return
        [
            new CatalogTarget(site), new PartTarget(site), new IndexTarget(site), .. FactsTarget.All(site), .. TextTarget.All(site), new SourcesTarget(site),
            new RelocationTarget(site), new BytecodeTarget(site), .. ActivationTarget.All(site), .. WordTarget.All(site), new HomeTarget(site),
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

    static string Executions(FuzzTarget target) => $"executions of {target.Name}";

    static string Taken(FuzzTarget target) => $"of {target.Name} taken for right";

    static void Execute(FuzzTarget target, byte[] input, Random random, Tally tally)
    {
        try
        {
            TimeSpan start = ProcessorTime();
            long before = GC.GetAllocatedBytesForCurrentThread();
            bool taken = target.Execute(input);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            TimeSpan took = ProcessorTime() - start;
            Assert.True(took < Slow, $"{input.Length} bytes took {took}.");
            Assert.True(allocated <= ((long)target.BytesForEach * input.Length) + target.BytesBesides, $"{input.Length} bytes allocated {allocated}.");
            tally.Count("executions");
            tally.Count(Executions(target));
            if (allocated > target.BytesBesides) tally.Most($"bytes for each of {target.Name}", (allocated - target.BytesBesides) / Math.Max(1, input.Length));
            if (taken) tally.Count(Taken(target));
            if (taken && target.Use(input, random)) tally.Count($"of {target.Name} used in earnest");
        }
        catch (Exception wrong)
        {
            throw new InvalidOperationException($"{target.Name}: {wrong.Message} (input kept as {Keep(target, input)})", wrong);
        }
    }

    /// <summary>What this thread has had of a processor (Documentation/scheduler/sched-stats.rst: the first number); nothing where the kernel does not count it.</summary>
    static TimeSpan ProcessorTime()
    {
        const string Counts = "/proc/thread-self/schedstat";
        return File.Exists(Counts) && long.TryParse(File.ReadAllText(Counts).Split(' ')[0], CultureInfo.InvariantCulture, out long nanoseconds)
            ? TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick) : TimeSpan.Zero;
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
