using System.Globalization;
using System.Text.RegularExpressions;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

/// <summary>
/// How many system calls a restore makes for each file and folder, counted by strace(1): the difference between two trees, so that what
/// the program does once does not count. A call more for each file is milliseconds of a restore, and nobody would see where they went.
/// </summary>
public sealed partial class CallCountTests
{
    /// <summary>Enough that nearly all folders of objects, which are opened once, are opened for both.</summary>
    const int Few = 1200, Many = 2400;

    [Fact]
    public void Cloned_file_takes_the_calls_of_cloning_and_one_look_at_the_object()
    {
        using var place = new Workplace(TestVolumes.Xfs);

        AssertPerFile(place, "reflink", new() { ["openat"] = 2, ["ioctl"] = 1, ["utimensat"] = 1, ["close"] = 2, ["statx"] = 1 });
    }

    [Fact]
    public void Linked_file_takes_one_look_at_the_object_and_one_link()
    {
        using var place = new Workplace(TestVolumes.Ext4);

        AssertPerFile(place, "smart", new() { ["statx"] = 1, ["linkat"] = 1 });
    }

    [Fact]
    public void Second_link_to_an_object_takes_no_look_at_it()
    {
        using var place = new Workplace(TestVolumes.Ext4);
        MakeTree(place, "few", folders: 4, files: Few, contents: 10);
        MakeTree(place, "many", folders: 4, files: Many, contents: 10);

        AssertDifference(CallsOf(place, "few", "smart"), CallsOf(place, "many", "smart"), Many - Few, new() { ["linkat"] = 1 });
    }

    [Fact]
    public void Folder_is_made_entered_timed_and_looked_at_and_nothing_more()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        MakeTree(place, "few", folders: 20, files: 500);
        MakeTree(place, "many", folders: 220, files: 500);

        Dictionary<string, int> few = CallsOf(place, "few", "hardlink"), many = CallsOf(place, "many", "hardlink");

        AssertDifference(few, many, 200, new() { ["mkdirat"] = 1, ["openat"] = 1, ["close"] = 1, ["utimensat"] = 1, ["statx"] = 1 });
    }

    [Fact]
    public void Unchanged_file_takes_one_look_and_so_does_a_folder_of_few()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        MakeTree(place, "few", folders: 100, files: Few);
        MakeTree(place, "more-files", folders: 100, files: Many);
        MakeTree(place, "more-folders", folders: 300, files: Few);
        foreach (string name in (string[])["few", "more-files", "more-folders"]) CallsOf(place, name, "reflink");

        Dictionary<string, int> few = CallsOf(place, "few", "reflink");

        AssertDifference(few, CallsOf(place, "more-files", "reflink"), Many - Few, new() { ["statx"] = 1 });
        AssertDifference(few, CallsOf(place, "more-folders", "reflink"), 200, new() { ["statx"] = 1 });
    }

    [Fact]
    public void Unchanged_folder_of_many_files_is_opened_and_not_listed()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        MakeTree(place, "few", folders: 10, files: 500);
        MakeTree(place, "many", folders: 60, files: 3000);
        foreach (string name in (string[])["few", "many"]) CallsOf(place, name, "reflink");

        AssertDifference(CallsOf(place, "few", "reflink"), CallsOf(place, "many", "reflink"), 50, new() { ["openat"] = 1, ["close"] = 1, ["statx"] = 51 });
    }

    [Fact]
    public void Names_of_one_object_take_one_look_together()
    {
        using var place = new Workplace(TestVolumes.Ext4);
        MakeTree(place, "few", folders: 20, files: Few, contents: 50);
        MakeTree(place, "many", folders: 20, files: Many, contents: 50);
        foreach (string name in (string[])["few", "many"]) CallsOf(place, name, "hardlink");

        AssertDifference(CallsOf(place, "few", "hardlink"), CallsOf(place, "many", "hardlink"), Many - Few, []);
    }

    static void AssertPerFile(Workplace place, string strategy, Dictionary<string, int> expected)
    {
        MakeTree(place, "few", folders: 4, files: Few);
        MakeTree(place, "many", folders: 4, files: Many);

        AssertDifference(CallsOf(place, "few", strategy), CallsOf(place, "many", strategy), Many - Few, expected);
    }

    static void AssertDifference(Dictionary<string, int> few, Dictionary<string, int> many, int more, Dictionary<string, int> expected)
    {
        // Those of the runtime come and go with the moment: they wait, and they ask for memory.
        string[] all = [.. few.Keys.Union(many.Keys).Where(static call => !Runtime().IsMatch(call)).Order(StringComparer.Ordinal)];
        var differences = all.ToDictionary(static call => call, call => (double)(many.GetValueOrDefault(call) - few.GetValueOrDefault(call)) / more);
        foreach ((string call, int times) in expected) Assert.Equal((call, times), (call, (int)Math.Round(differences.GetValueOrDefault(call))));
        Assert.All(differences, pair => Assert.InRange(pair.Value, -0.1, expected.GetValueOrDefault(pair.Key) + 0.1));
    }

    static void MakeTree(Workplace place, string name, int folders, int files, int contents = int.MaxValue)
    {
        for (int i = 0; i < files; i++) place.Folder.WriteRandom($"{name}/folder {i % folders}/file {i}", 3000 + (i % contents), seed: i % contents);
        place.Cli.Json("record", place[name], "--name", name);
    }

    static Dictionary<string, int> CallsOf(Workplace place, string catalog, string strategy)
    {
        string counts = place["counts"];
        Injection.Count(place, counts, "init", "--catalog", catalog, "--space", catalog, "--strategy", strategy, "--workers", "1", "--json").Expect(0);
        return File.ReadAllLines(counts).Select(static line => Row().Match(line)).Where(static row => row.Success)
            .ToDictionary(static row => row.Groups[2].Value, static row => int.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex("^(total|futex|poll|mprotect|mmap|munmap|madvise|brk|sched_.*|rt_sig.*|clone3?|membarrier|getrusage|gettid|restart_syscall)$")]
    private static partial Regex Runtime();

    /// <summary>A row of strace's table: share, seconds, microseconds a call, calls, perhaps errors, name.</summary>
    [GeneratedRegex(@"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$")]
    private static partial Regex Row();
}
