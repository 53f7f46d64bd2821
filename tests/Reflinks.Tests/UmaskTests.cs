using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Tests.Staging;

namespace Reflinks.Tests;

/// <summary>The umask belongs to the whole process, so nothing else runs beside these.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;

/// <summary>The mode given at creation is cut by the umask; the mode of a clone is not.</summary>
[Collection(nameof(AloneInTheProcess))]
[SupportedOSPlatform("linux")]
public sealed class UmaskTests
{
    [Theory]
    [CombinatorialVolumes("btrfs ext4", 0x000, 0x012, 0x03F, 0x1FF)]
    public void Mode_is_kept_whatever_the_umask_is(string volume, int mask)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.Write("source", Content.Random(5000));
        File.SetUnixFileMode(source, (UnixFileMode)0x1FF);
        Tool.Run("setfattr", "-n", "user.text", "-v", "text", source);
        Tool.Run("chown", "65534:65534", source);
        place.GiveToUnprivileged();
        CopyOutcome? outcome = null;

        WithMask(mask, () => Unprivileged.Run(() => outcome = Reflink.CloneOrCopy(source, place["copy"])));

        Assert.Equal((UnixFileMode)0x1FF, File.GetUnixFileMode(place["copy"]));
        Assert.Empty(outcome!.NotPreserved);
        Assert.Contains("user.text", Tool.Run("getfattr", "--absolute-names", place["copy"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x000, 0x1B6)]
    [InlineData(0x012, 0x1A4)]
    [InlineData(0x03F, 0x180)]
    public void Without_a_mode_to_keep_the_umask_decides(int mask, int expected)
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.Write("source", Content.Random(5000));
        File.SetUnixFileMode(source, (UnixFileMode)0x1FF);

        WithMask(mask, () => Reflink.Clone(source, place["copy"], new CloneOptions { Preserve = Preserve.None }));

        Assert.Equal((UnixFileMode)expected, File.GetUnixFileMode(place["copy"]));
    }

    static void WithMask(int mask, Action body)
    {
        int before = umask(mask);
        try
        {
            body();
        }
        finally
        {
            _ = umask(before);
        }
    }

    [DllImport("libc")]
    static extern int umask(int mask);
}
