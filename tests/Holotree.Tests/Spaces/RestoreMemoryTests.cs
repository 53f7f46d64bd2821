using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Spaces;
using Holotree.Tests.Staging;
using Reflinks.Files;
using Reflinks.Trees;

namespace Holotree.Tests.Spaces;

/// <summary>
/// A restore allocates nothing for a file but the room of its records in the arrays of the listing and of the index. Found by restoring
/// a tree and one of twice the size: what a restore allocates once does not count.
/// </summary>
[Collection(nameof(RestoreMemoryTests))]
[CollectionDefinition(nameof(RestoreMemoryTests), DisableParallelization = true)]
[SupportedOSPlatform("linux")]
public sealed class RestoreMemoryTests
{
    const int Files = 2000, FilesInFolder = 100;

    /// <summary>What a folder of a hundred files and lists that double may take. The smallest object has 24.</summary>
    const double OtherBytesPerFile = 8;

    /// <summary>
    /// Whatever the runtime does once, it does not do each time. A buffer of the shared pool is one such thing: a collection may have taken it
    /// away. Other tests, which could have it, do not run meanwhile.
    /// </summary>
    const int Tries = 10;

    [Theory]
    [InlineData("xfs", Strategy.Reflink, Mechanism.Reflink)]
    [InlineData("xfs", Strategy.Smart, Mechanism.Reflink)]
    [InlineData("ext4", Strategy.Smart, Mechanism.HardLink)]
    [InlineData("ext4", Strategy.Copy, Mechanism.KernelCopy)]
    public void File_costs_no_memory_but_its_records(string volume, Strategy strategy, Mechanism mechanism)
    {
        using var site = new Site(volume);
        Record(site, "single", Files);
        Record(site, "double", 2 * Files);

        double looks = mechanism == Mechanism.HardLink ? Unsafe.SizeOf<FileStamp>() : 0;       // how each object looked that was linked to
        double bound = RecordBytes + looks + OtherBytesPerFile;

        long single = long.MaxValue, twice = long.MaxValue;
        double each = double.MaxValue;
        for (int i = 0; i < Tries && !(each >= 0 && each <= bound); i++)
        {
            single = Math.Min(single, Restored(site, $"one{i}", "single", strategy, mechanism, Files));
            twice = Math.Min(twice, Restored(site, $"two{i}", "double", strategy, mechanism, 2 * Files));
            each = (twice - single) / (double)Files;
        }

        Assert.InRange(each, 0, bound);
    }

    /// <summary>The catalog's records of a file and of its object, its name, what is decided of it, and its place in the index, which is also written.</summary>
    static double RecordBytes =>
        Unsafe.SizeOf<FileEntry>() + Unsafe.SizeOf<FileContent>() + Unsafe.SizeOf<ObjectEntry>() + NameBytes
        + sizeof(Mechanism) + Unsafe.SizeOf<FileStamp>() + sizeof(int) + (Unsafe.SizeOf<FileStamp>() + 1)
        + (Unsafe.SizeOf<DirectoryEntry>() + 2.0 * Unsafe.SizeOf<FileStamp>() + NameBytes + sizeof(int)) / FilesInFolder;

    const int NameBytes = 10 + 1;

    static void Record(Site site, string name, int files)
    {
        for (int i = 0; i < files; i++)
            site.Folder.Write(string.Create(CultureInfo.InvariantCulture, $"{name}/folder{i / FilesInFolder:D4}/file{i:D6}"), string.Create(CultureInfo.InvariantCulture, $"{i}"));
        site.Record(name, site.Folder[name]);
    }

    static long Restored(Site site, string space, string catalog, Strategy strategy, Mechanism mechanism, int files)
    {
        // One worker is the calling thread, so what other tests do at the same time does not count.
        var options = new RestoreOptions { Workers = 1, LockTimeout = Site.Patience };
        long before = GC.GetAllocatedBytesForCurrentThread();
        RestoreReport report = site.Restore(space, strategy, catalog, options);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(files, report.Mechanisms[mechanism]);
        return allocated;
    }
}
