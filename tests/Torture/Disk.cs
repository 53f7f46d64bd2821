using System.Globalization;
using TestKit;
using Xunit;

namespace Torture;

/// <summary>
/// A filesystem in an image file on a volume that can clone, which is cut off from power as often as wanted: a clone of the image is the
/// disk as it was at one moment. What the mounted filesystem had in memory (pages that were written to and not yet written out, a log that
/// was not yet written) is not in it, as after a real cut.
/// </summary>
/// <remarks>
/// The loop device writes into the page cache of the volume below; FICLONE holds the image's lock, waits for what is in flight and writes
/// the file's own pages out before it shares its blocks (fs/remap_range.c: generic_remap_file_range_prep). So a clone has every write that
/// the filesystem within was told to be done, and none that was not begun: a disk whose cache does not forget. A disk that forgets what it
/// was not told to flush can lose more, which filesystems order their log against by flushes, and programs by fsync(2) and syncfs(2).
/// </remarks>
internal sealed class Disk : IDisposable
{
    /// <summary>XFS wants 300 MiB.</summary>
    const string Size = "400M";

    readonly TemporaryFolder folder;
    readonly string kind, image;
    bool mounted;

    internal Disk(TemporaryFolder folder, string kind)
    {
        (this.folder, this.kind, image) = (folder, kind, folder["disk"]);
        Tool.Run("truncate", "--size", Size, image);
        string[] make = kind switch
        {
            "btrfs" => ["mkfs.btrfs", "-q", "-K"],
            "xfs" => ["mkfs.xfs", "-q", "-K", "-m", "reflink=1"],
            _ => ["mkfs.ext4", "-q", "-b", "4096", "-I", "256", "-E", "nodiscard,lazy_itable_init=1"],
        };
        Tool.Run(make[0], [.. make[1..], image]);
        folder.MakeFolder("mount");
        Mount(image);
    }

    internal Volume Volume => new(kind, folder["mount"], kind != "ext4");

    /// <summary>Takes a clone of the image as it is now. Returns its path.</summary>
    internal string Cut(int number)
    {
        string cut = folder[string.Create(CultureInfo.InvariantCulture, $"cut {number}")];
        Tool.Run("cp", "--reflink=always", image, cut);
        return cut;
    }

    /// <summary>Has another image mounted in the same place.</summary>
    internal void Mount(string another)
    {
        Unmount();

        // The kernel remembers the device that had the same identity a moment ago, and takes it for a newer half of this one.
        if (kind == "btrfs") Tool.Try("btrfs", "device", "scan", "--forget");
        Tool.Run("mount", "-o", kind == "xfs" ? "loop,nouuid" : kind == "ext4" ? "loop,noinit_itable" : "loop", another, folder["mount"]);
        mounted = true;
    }

    internal void Unmount()
    {
        if (!mounted) return;
        (int code, string said) = (1, string.Empty);
        for (int tries = 0; tries < 100 && code != 0; tries++)
        {
            (code, said) = Tool.Try("umount", folder["mount"]);
            if (code != 0) Thread.Sleep(20);
        }
        Assert.True(code == 0, said);
        mounted = false;
    }

    public void Dispose()
    {
        if (mounted) Tool.Try("umount", "--lazy", folder["mount"]);
    }
}
