using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

/// <summary>
/// What becomes of a restore whose system calls are refused, by every errno that a filesystem has been seen to say no with: the
/// next way for each file, counted with its reason and an example, or a clear failure that leaves nothing.
/// </summary>
public sealed class RefusedCallTests(RefusedCallTests.Recorded recorded) : IClassFixture<RefusedCallTests.Recorded>
{
    /// <summary>Six files that may be hard links, bytecode that may not, a binary that is cloned and patched.</summary>
    const int Safe = 6, Cloned = Safe + 2, Files = Cloned + 2;

    /// <summary>A filesystem that nobody knows, and that is therefore not taken at its word.</summary>
    const string Nameless = "fstatfs:error=EIO";

    static int spaces;

    readonly Workplace place = recorded.Place;
    readonly int before = recorded.Before;
    readonly string space = $"s{Interlocked.Increment(ref spaces)}";

    /// <summary>The tree that all of these tests restore, recorded once.</summary>
    public sealed class Recorded : IDisposable
    {
        public Recorded()
        {
            for (int i = 1; i <= Safe; i++) Place.Folder.WriteRandom($"the source/lib/a{i}", 5000, seed: i);
            Place.Folder.WriteRandom("the source/lib/b.pyc", 5000, seed: 20);
            Place.Folder.Write("the source/lib/empty", string.Empty);
            Place.Folder.Write("the source/lib/patched", [.. new byte[50_000], .. System.Text.Encoding.UTF8.GetBytes(Place["the source"]), .. new byte[50_000]]);
            Place.Folder.Write("the source/lib/written", $"home = {Place["the source"]}\n");
            Place.Cli.Json("record", Place["the source"], "--name", "env");
            Before = Injection.CallsBeforeCloning(Place, Init("first", "smart"));
        }

        internal Workplace Place { get; } = new(TestVolumes.Xfs);

        /// <summary>Calls of ioctl before the first clone.</summary>
        internal int Before { get; }

        public void Dispose() => Place.Dispose();
    }

    /// <summary>Refusals of the clone call which say that it cannot be done, here or for this file.</summary>
    public static TheoryData<string> Refusals() =>
        ["ENOTTY", "EPERM", "EACCES", "ENOSYS", "EAGAIN", "EBUSY", "EMLINK", "ETXTBSY", "EINVAL", "EBADF", "EXDEV", "EOPNOTSUPP"];

    /// <summary>After an fsync; or, where the length may be the reason, for however much there is.</summary>
    static bool IsAskedTwice(string errno) => errno is "EAGAIN" or "EBUSY" or "EINVAL";

    public static TheoryData<string> RealFailures() => ["ENOSPC", "EIO", "EDQUOT", "EROFS", "ENOMEM"];

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Clone_refused_always_leads_to_links_and_copies(string errno)
    {
        JsonElement done = Restored([$"ioctl:error={errno}:when={before + 1}+"], "smart");

        AssertMechanisms(done, reflink: 0, hardlink: Safe, kernelCopy: 2, plainCopy: 1);
        AssertFallbacks(done, ("reflink", "hardlink", errno, Safe, "lib/a1"), ("reflink", "kernelCopy", errno, 2, "lib/b.pyc"));
        Assert.Equal("hardlink", done.GetProperty("strategy").Text("used"));
    }

    [Theory]
    [InlineData("EINVAL")]
    [InlineData("EOPNOTSUPP")]
    public void Every_worker_takes_the_same_way(string errno)
    {
        JsonElement done = Restored([$"ioctl:error={errno}"], "smart", workers: 4);

        AssertMechanisms(done, reflink: 0, hardlink: Safe, kernelCopy: 2, plainCopy: 1);
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Clone_refused_now_and_then_counts_for_those_files_alone(string errno)
    {
        // The second clone, the fifth and the eighth: after a first success no refusal is taken for more than the one file.
        JsonElement done = Restored([$"ioctl:error={errno}:when={before + 2}+3"], "smart");

        if (IsAskedTwice(errno))
        {
            // The second time it went through.
            AssertMechanisms(done, reflink: Cloned, hardlink: 0, kernelCopy: 0, plainCopy: 1);
            AssertFallbacks(done);
            return;
        }
        AssertMechanisms(done, reflink: Cloned - 3, hardlink: 2, kernelCopy: 1, plainCopy: 1);
        AssertFallbacks(done, ("reflink", "hardlink", errno, 2, "lib/a2"), ("reflink", "kernelCopy", errno, 1, "lib/patched"));
        Assert.Equal("reflink", done.GetProperty("strategy").Text("used"));
    }

    [Theory]
    [InlineData("EPERM", false)]
    [InlineData("ETXTBSY", false)]
    [InlineData("EMLINK", false)]
    [InlineData("EOPNOTSUPP", true)]
    [InlineData("EXDEV", true)]
    [InlineData("ENOTTY", true)]
    [InlineData("ENOSYS", true)]
    public void Clone_refused_at_first_is_remembered_if_it_says_so_of_the_places(string errno, bool remembered)
    {
        JsonElement done = Restored([$"ioctl:error={errno}:when={before + 1}"], "smart");

        if (remembered) AssertMechanisms(done, reflink: 0, hardlink: Safe, kernelCopy: 2, plainCopy: 1);
        else AssertMechanisms(done, reflink: Cloned - 1, hardlink: 1, kernelCopy: 0, plainCopy: 1);
    }

    [Fact]
    public void Clone_that_a_signal_interrupts_is_made_again()
    {
        JsonElement done = Restored([$"ioctl:error=EINTR:when={before + 2}+2"], "reflink");

        AssertMechanisms(done, reflink: Cloned, hardlink: 0, kernelCopy: 0, plainCopy: 1);
        AssertFallbacks(done);
    }

    [Fact]
    public void Clone_that_comes_out_short_is_found_and_thrown_away()
    {
        // The call says that all went well, and the file is empty.
        JsonElement done = Restored([Nameless, $"ioctl:retval=0:when={before + 2}+3"], "smart");

        AssertMechanisms(done, reflink: Cloned - 3, hardlink: 2, kernelCopy: 1, plainCopy: 1);
        AssertFallbacks(done, ("reflink", "hardlink", "SHORT_CLONE", 2, "lib/a2"), ("reflink", "kernelCopy", "SHORT_CLONE", 1, "lib/patched"));
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Required_reflink_that_is_refused_is_a_failure_and_leaves_nothing(string errno)
    {
        string first = IsAskedTwice(errno) ? $"{before + 3}+" : $"{before + 3}";
        CliResult result = Injection.Run(place, [$"ioctl:error={errno}:when={first}"], [.. Init(space, "reflink"), "--json"]);

        JsonElement error = Pinned.AssertFails(result, 4, "reflink-unsupported");
        Assert.Contains(errno, error.Text("message"), StringComparison.Ordinal);
        Assert.Contains("lib/a3", error.Text("message"), StringComparison.Ordinal);
        AssertNothingLeft();
    }

    [Fact]
    public void Required_reflink_that_comes_out_short_is_a_failure_and_leaves_nothing()
    {
        CliResult result = Injection.Run(place, [Nameless, $"ioctl:retval=0:when={before + 3}"], [.. Init(space, "reflink"), "--json"]);

        Pinned.AssertFails(result, 4, "reflink-unsupported");
        AssertNothingLeft();
    }

    [Theory]
    [MemberData(nameof(RealFailures))]
    public void Real_failure_of_a_clone_surfaces_and_leaves_nothing(string errno)
    {
        foreach (string strategy in (string[])["smart", "reflink"])
            AssertSurfaces(errno, Injection.Run(place, [$"ioctl:error={errno}:when={before + 4}"], [.. Init(space, strategy), "--json"]));
    }

    [Theory]
    [InlineData("EOPNOTSUPP")]
    [InlineData("EXDEV")]
    [InlineData("ENOSYS")]
    [InlineData("EINVAL")]
    [InlineData("EPERM")]
    [InlineData("ETXTBSY")]
    public void Kernel_copy_refused_leads_to_plain_copies(string errno)
    {
        JsonElement done = Restored([$"copy_file_range:error={errno}"], "copy");

        AssertMechanisms(done, reflink: 0, hardlink: 0, kernelCopy: 0, plainCopy: Cloned + 1);
        AssertFallbacks(done, ("kernelCopy", "plainCopy", errno, Cloned, "lib/a1"));
    }

    [Theory]
    [MemberData(nameof(RealFailures))]
    public void Real_failure_of_a_copy_surfaces_and_leaves_nothing(string errno)
    {
        AssertSurfaces(errno, Injection.Run(place, [$"copy_file_range:error={errno}:when=3"], [.. Init(space, "copy"), "--json"]));
        AssertSurfaces(errno, Injection.Run(place, ["copy_file_range:error=EXDEV", $"pwrite64:error={errno}:when=3"], [.. Init(space, "copy"), "--json"]));
    }

    [Theory]
    [InlineData("EMLINK")]
    [InlineData("EXDEV")]
    [InlineData("EPERM")]
    [InlineData("EACCES")]
    [InlineData("EOPNOTSUPP")]
    [InlineData("ENOSYS")]
    public void Link_refused_leads_to_copies(string errno)
    {
        JsonElement done = Restored([$"linkat:error={errno}:when=2+2"], "hardlink");

        AssertMechanisms(done, reflink: 0, hardlink: Safe / 2, kernelCopy: 2 + (Safe / 2), plainCopy: 1);
        AssertFallbacks(done, ("hardlink", "kernelCopy", errno, Safe / 2, "lib/a2"));
    }

    [Theory]
    [MemberData(nameof(RealFailures))]
    public void Real_failure_of_a_link_surfaces_and_leaves_nothing(string errno) =>
        AssertSurfaces(errno, Injection.Run(place, [$"linkat:error={errno}:when=2"], [.. Init(space, "hardlink"), "--json"]));

    [Fact]
    public void Every_way_refused_ends_with_plain_copies_and_every_step_is_told()
    {
        JsonElement done = Restored([$"ioctl:error=ENOTTY:when={before + 1}+", "linkat:error=EMLINK", "copy_file_range:error=EOPNOTSUPP"], "smart");

        AssertMechanisms(done, reflink: 0, hardlink: 0, kernelCopy: 0, plainCopy: Cloned + 1);
        AssertFallbacks(done,
            ("reflink", "kernelCopy", "ENOTTY", Cloned, "lib/a1"), ("hardlink", "kernelCopy", "EMLINK", Safe, "lib/a1"),
            ("kernelCopy", "plainCopy", "EOPNOTSUPP", Cloned, "lib/a1"));
    }

    static string[] Init(string space, string strategy, int workers = 1) =>
        ["init", "--catalog", "env", "--space", space, "--strategy", strategy, "--workers", $"{workers}"];

    JsonElement Restored(string[] injections, string strategy, int workers = 1)
    {
        CliResult result = Injection.Run(place, injections, [.. Init(space, strategy, workers), "--to", place[space], "--json"]).Expect(0);
        Pinned.AssertRestore(result.Json);
        Assert.Equal(Files, result.Json.Number("files"));

        // Two files have another content: the space's own path.
        TreeComparison.AssertEqual(place["the source"], place[space], new TreeComparisonOptions
        {
            Parts = TreeParts.Content,
            Except = static path => path is "lib/patched" or "lib/written",
        });
        Assert.Equal($"home = {place[space]}\n", File.ReadAllText(place[$"{space}/lib/written"]));
        byte[] patched = File.ReadAllBytes(place[$"{space}/lib/patched"]);
        Assert.Equal(place[space], System.Text.Encoding.UTF8.GetString(patched, 50_000, place[space].Length));
        Assert.Equal(new FileInfo(place["the source/lib/patched"]).Length, patched.Length);
        return result.Json;
    }

    static void AssertMechanisms(JsonElement done, int reflink, int hardlink, int kernelCopy, int plainCopy)
    {
        JsonElement made = done.GetProperty("mechanisms");
        Assert.Equal((reflink, hardlink, kernelCopy, plainCopy, 1),
            (made.Number("reflink"), made.Number("hardlink"), made.Number("kernelCopy"), made.Number("plainCopy"), made.Number("empty")));
    }

    static void AssertFallbacks(JsonElement done, params (string From, string To, string Reason, long Files, string Example)[] expected) =>
        Assert.Equal(expected, done.GetProperty("fallbacks").EnumerateArray().Select(static left =>
            (left.Text("from")!, left.Text("to")!, left.Text("reason")!, left.Number("files"), left.Text("example")!)));

    void AssertSurfaces(string errno, CliResult result)
    {
        result.Expect(1);
        Assert.Empty(result.Output);
        Assert.Contains(errno, result.Error.Text("message"), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Number, result.Error.GetProperty("errno").ValueKind);
        AssertNothingLeft();
    }

    void AssertNothingLeft()
    {
        Assert.DoesNotContain(place.NamesIn("home/spaces"), name => name == space || name.StartsWith('.'));
        Assert.DoesNotContain(place.NamesIn("home/states"), name => name.StartsWith(space + ".", StringComparison.Ordinal) || name.StartsWith('.'));
        Assert.Empty(place.NamesIn("home/library/quarantine"));
    }
}
