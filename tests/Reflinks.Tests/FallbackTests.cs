using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Tests.Staging;

namespace Reflinks.Tests;

/// <summary>Where cloning cannot work: a strict clone fails and leaves nothing, the other copies and says why.</summary>
[SupportedOSPlatform("linux")]
public sealed class FallbackTests
{
    static readonly byte[] Bytes = Content.Random(300_000);

    /// <summary>From, to, why no clone, what copied, and with which errno the kernel's copy was left.</summary>
    public static TheoryData<string, string, string, CloneFailure, Mechanism, string?> Pairs() => new()
    {
        { "ext4", "ext4", "EOPNOTSUPP", CloneFailure.UnsupportedByPair, Mechanism.KernelCopy, null },
        { "tmpfs", "tmpfs", "EOPNOTSUPP", CloneFailure.UnsupportedByPair, Mechanism.KernelCopy, null },
        { "xfs-noreflink", "xfs-noreflink", "EOPNOTSUPP", CloneFailure.UnsupportedByPair, Mechanism.KernelCopy, null },
        { "btrfs", "btrfs2", "EXDEV", CloneFailure.UnsupportedByPair, Mechanism.PlainCopy, "EXDEV" },
        { "btrfs", "xfs", "EXDEV", CloneFailure.UnsupportedByPair, Mechanism.PlainCopy, "EXDEV" },
        { "xfs", "btrfs", "EXDEV", CloneFailure.UnsupportedByPair, Mechanism.PlainCopy, "EXDEV" },
        { "xfs", "tmpfs", "EXDEV", CloneFailure.UnsupportedByPair, Mechanism.PlainCopy, "EXDEV" },
        { "ext4", "xfs", "EXDEV", CloneFailure.UnsupportedByPair, Mechanism.PlainCopy, "EXDEV" },
        { "overlay", "xfs", "EXDEV", CloneFailure.UnsupportedByPair, Mechanism.PlainCopy, "EXDEV" },
        { "xfs", "overlay", "EXDEV", CloneFailure.UnsupportedByPair, Mechanism.PlainCopy, "EXDEV" },
        { "btrfs", "nocow", "EINVAL", CloneFailure.UnsupportedByFile, Mechanism.KernelCopy, null },
        { "nocow", "btrfs", "EINVAL", CloneFailure.UnsupportedByFile, Mechanism.KernelCopy, null },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Strict_clone_fails_with_the_reason_and_leaves_nothing(
        string from, string to, string errno, CloneFailure failure, Mechanism mechanism, string? kernelErrno)
    {
        _ = (mechanism, kernelErrno);
        using TemporaryFolder here = TestVolumes.Get(from).Folder(), there = TestVolumes.Get(to).Folder();
        string source = here.Write("source", Bytes), clone = there["clone"];

        var exception = Assert.Throws<CloneException>(() => Reflink.Clone(source, clone));

        Assert.Equal((failure, errno), (exception.Failure, exception.Error.Name));
        Assert.Equal((source, clone), (exception.SourcePath, exception.DestinationPath));
        Assert.Equal(exception.Error.Code, exception.HResult);
        Assert.Equal($"Cannot clone '{source}' to '{clone}': {exception.Error}.", exception.Message);
        Assert.Empty(there.Names());
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Clone_or_copy_copies_and_names_every_rung_it_left(
        string from, string to, string errno, CloneFailure failure, Mechanism mechanism, string? kernelErrno)
    {
        _ = failure;
        using TemporaryFolder here = TestVolumes.Get(from).Folder(), there = TestVolumes.Get(to).Folder();
        string source = here.Write("source", Bytes), copy = there["copy"];

        CopyOutcome outcome = Reflink.CloneOrCopy(source, copy);

        Assert.Equal((mechanism, Bytes.Length), (outcome.Mechanism, outcome.LengthBytes));
        Assert.Equal(Bytes, File.ReadAllBytes(copy));
        Assert.Equal((Mechanism.Reflink, Mechanism.KernelCopy, errno), Told(outcome.Fallbacks[0]));
        Assert.Equal(kernelErrno is null ? 1 : 2, outcome.Fallbacks.Count);
        if (kernelErrno is not null) Assert.Equal((Mechanism.KernelCopy, Mechanism.PlainCopy, kernelErrno), Told(outcome.Fallbacks[1]));
        if (to is not "tmpfs")
        {
            Assert.Equal(Sharing.Apart, ExtentMap.Of(copy));
            if (from == to || (from, to) is ("btrfs", "nocow") or ("nocow", "btrfs")) ExtentMap.AssertApart(source, copy);
        }
        Assert.Equal(["copy"], there.Names().Where(name => name != "source"));
    }

    [Theory]
    [CombinatorialVolumes("ext4 tmpfs xfs-noreflink", 1, 100, 2048, 4095, 4097, 1 << 20, (1 << 20) + 1)]
    public void Any_size_is_copied(string volume, int size)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        byte[] content = Content.Random(size);

        Assert.Equal(size, Reflink.CloneOrCopy(place.Write("source", content), place["copy"]).LengthBytes);

        Assert.Equal(content, File.ReadAllBytes(place["copy"]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData((1 << 20) - 1)]
    [InlineData(1 << 20)]
    [InlineData((1 << 20) + 1)]
    [InlineData(3_000_000)]
    public void Any_size_is_copied_plainly(int size)
    {
        using TemporaryFolder here = TestVolumes.Xfs.Folder(), there = TestVolumes.Ext4.Folder();
        byte[] content = Content.Random(size);

        Assert.Equal(Mechanism.PlainCopy, Reflink.CloneOrCopy(here.Write("source", content), there["copy"]).Mechanism);

        Assert.Equal(content, File.ReadAllBytes(there["copy"]));
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs ext4 tmpfs")]
    public void File_of_proc_has_its_bytes_though_it_says_it_has_none(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        const string source = "/proc/version";
        Assert.Equal(0, new FileInfo(source).Length);

        var exception = Assert.Throws<CloneException>(() => Reflink.Clone(source, place["clone"]));
        Assert.Equal((CloneFailure.UnsupportedByPair, "EXDEV"), (exception.Failure, exception.Error.Name));
        Assert.Empty(place.Names());

        CopyOutcome outcome = Reflink.CloneOrCopy(source, place["copy"]);
        Assert.Equal(Mechanism.PlainCopy, outcome.Mechanism);
        Assert.Equal(File.ReadAllText(source), File.ReadAllText(place["copy"]));
        Assert.Equal(new FileInfo(place["copy"]).Length, outcome.LengthBytes);
        Assert.Equal([Mechanism.Reflink, Mechanism.KernelCopy], outcome.Fallbacks.Select(left => left.From));
    }

    [Fact]
    public void Large_file_of_proc_is_read_to_its_end()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();

        CopyOutcome outcome = Reflink.CloneOrCopy("/proc/kallsyms", place["copy"]);

        Assert.True(outcome.LengthBytes > 1_000_000, $"Only {outcome.LengthBytes} bytes.");
        Assert.Equal(outcome.LengthBytes, new FileInfo(place["copy"]).Length);
    }

    [Fact]
    public void File_of_sys_that_says_more_than_it_has_is_not_padded()
    {
        // sysfs says 4096 for every file, whatever it holds: the file "became shorter".
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        const string source = "/sys/kernel/mm/transparent_hugepage/enabled";
        if (!File.Exists(source)) Assert.Skip("There is no such file in /sys here.");
        Assert.Equal(4096, new FileInfo(source).Length);

        var exception = Assert.Throws<IOException>(() => Reflink.CloneOrCopy(source, place["copy"]));

        Assert.Contains("shorter", exception.Message, StringComparison.Ordinal);
        Assert.Empty(place.Names());
    }

    [Theory]
    [InlineData("nocow")]
    [InlineData("xfs")]
    [InlineData("ext4")]
    public void Swap_file_in_use_is_no_source_of_a_clone(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string swap = place.WriteRandom("swap", 1 << 20);
        File.SetUnixFileMode(swap, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Tool.Run("mkswap", "--quiet", swap);
        (int code, string output) = Tool.Try("swapon", swap);
        if (code != 0) Assert.Skip($"swapon is not possible here: {output}");
        try
        {
            var exception = Assert.Throws<CloneException>(() => Reflink.Clone(swap, place["clone"]));
            Assert.Equal(volume == "ext4" ? "EOPNOTSUPP" : "ETXTBSY", exception.Error.Name);

            CopyOutcome outcome = Reflink.CloneOrCopy(swap, place["copy"]);
            Assert.Equal(Mechanism.PlainCopy, outcome.Mechanism);
            Assert.Equal("ETXTBSY", outcome.Fallbacks[^1].Error.Name);
        }
        finally
        {
            Tool.Run("swapoff", swap);
        }
        Assert.Equal(File.ReadAllBytes(swap), File.ReadAllBytes(place["copy"]));
    }

    [Fact]
    public void Swap_file_in_use_is_no_destination()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string swap = place.WriteRandom("swap", 1 << 20), source = place.Write("source", Bytes);
        File.SetUnixFileMode(swap, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Tool.Run("mkswap", "--quiet", swap);
        byte[] before = File.ReadAllBytes(swap);
        using var from = Handles.Read(source);
        using var to = Handles.ReadWrite(swap);
        (int code, string output) = Tool.Try("swapon", swap);
        if (code != 0) Assert.Skip($"swapon is not possible here: {output}");
        try
        {
            var strict = Assert.Throws<CloneException>(() => Reflink.Clone(from, to));
            Assert.Equal((CloneFailure.UnsupportedByFile, "ETXTBSY"), (strict.Failure, strict.Error.Name));
            var lenient = Assert.ThrowsAny<IOException>(() => Reflink.CloneOrCopy(from, to));
            Assert.Equal("ETXTBSY", NativeError.Of(lenient)?.Name);
        }
        finally
        {
            Tool.Run("swapoff", swap);
        }
        Assert.Equal(before, File.ReadAllBytes(swap));
    }

    [Fact]
    public void Copy_can_be_run_and_the_mode_is_its_own()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();

        Reflink.CloneOrCopy("/bin/sleep", place["sleep"]);

        Tool.Run(place["sleep"], "0");
    }

    static (Mechanism, Mechanism, string) Told(Fallback fallback) => (fallback.From, fallback.To, fallback.Error.Name);
}
