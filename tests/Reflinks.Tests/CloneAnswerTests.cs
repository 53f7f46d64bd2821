using System.Globalization;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Reflinks.Platform;
using Reflinks.Tests.Staging;
using Reflinks.Trees;

namespace Reflinks.Tests;

/// <summary>What is taken on trust of clones on btrfs and XFS (<see cref="Kernel.AnswersForClones"/>), so that no call is spent on looking at them.</summary>
[Collection(nameof(FullVolumeTests))]
[SupportedOSPlatform("linux")]
public sealed class CloneAnswerTests
{
    const int Block = 4096;

    [Theory]
    [InlineData("btrfs", true)]
    [InlineData("xfs", true)]
    [InlineData("overlay", false)]      // above a filesystem that does
    [InlineData("ext4", false)]
    [InlineData("tmpfs", false)]
    public void Two_filesystems_are_trusted_and_nothing_that_looks_through_to_them(string volume, bool trusted)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        using SafeFileHandle folder = Handles.Open(place.Path, Kernel.O_RDONLY);

        Assert.Equal(trusted, Kernel.AnswersForClones((int)folder.DangerousGetHandle()));
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs", 1, Block, 100_000, 100 * Block)]
    public void Clone_of_more_than_there_is_is_refused(string volume, int size)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        using SafeFileHandle source = Handles.Read(place.WriteRandom("source", size)), target = Handles.ReadWrite(place["target"]);
        foreach (int more in (int[])[1, Block - 1, Block, 100 * Block])
            Assert.Equal(Errno.EINVAL, Kernel.CloneRange((int)source.DangerousGetHandle(), 0, (int)target.DangerousGetHandle(), 0, size + more));
        Assert.Equal(0, new FileInfo(place["target"]).Length);
    }

    /// <summary>XFS clones extent by extent, and leaves what it has done where there is no room for the next.</summary>
    [Fact]
    public void Clone_that_ends_in_the_middle_is_an_error()
    {
        const int extents = 16_000;
        using TemporaryFolder place = TestVolumes.SmallXfs.Folder();
        using SafeFileHandle source = Handles.ReadWrite(place["source"]), target = Handles.ReadWrite(place["target"]);
        for (long extent = 0; extent < extents; extent++) RandomAccess.Write(source, "x"u8, 2 * Block * extent);
        RandomAccess.FlushToDisk(source);
        long size = RandomAccess.GetLength(source);
        FillUp(place);

        foreach (bool exactly in (bool[])[true, false])
        {
            Errno error = exactly ? Kernel.CloneRange((int)source.DangerousGetHandle(), 0, (int)target.DangerousGetHandle(), 0, size)
                : Kernel.Clone((int)source.DangerousGetHandle(), (int)target.DangerousGetHandle());

            Assert.Equal(Errno.ENOSPC, error);
            Assert.InRange(RandomAccess.GetLength(target), 1, size - 1);
            RandomAccess.SetLength(target, 0);
            FillUp(place);
        }
    }

    static void FillUp(TemporaryFolder place)
    {
        for (long bytes = 16 << 20; bytes >= Block; bytes /= 2)
        {
            bool fits;
            do fits = Tool.Try("fallocate", "-l", bytes.ToString(CultureInfo.InvariantCulture), place[$"fill {Guid.NewGuid()}"]).Code == 0;
            while (fits);
        }
    }

    public static TheoryData<string, string> Changes => new(
        from volume in new[] { "btrfs", "xfs" }
        from change in new[] { "written", "written through a map", "cut", "grown", "timed", "mode", "owner", "attribute", "renamed", "another name", "put in its place" }
        select (volume, change));

    [Theory]
    [MemberData(nameof(Changes))]
    public void Whatever_happens_to_a_file_gives_it_a_later_time_of_change_by_the_clock_of_this_machine(string volume, string change)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string file = place.WriteRandom("file", 3 * Block), other = place.WriteRandom("other", 3 * Block, seed: 2);
        FileStamp expected = Timed(file, other);
        Moment before;
        do before = Moment.OfChanges();
        while (!expected.IsChangedBefore(before));

        Change(place, file, other, change);

        FileStamp now = FileStamp.Of(Handles.Stat(file));
        Assert.False(now.IsChangedBefore(before));
        Assert.False(now.IsChangedAfter(FileStamp.Expected(0, 0, 0, Moment.AfterChanges())));
        Assert.False(expected.Admits(now));
    }

    /// <summary>Sets the time of two files, and says what is then expected of both.</summary>
    static FileStamp Timed(string file, string other)
    {
        // Another test that fills a disk can hold this one up for longer than what is expected holds.
        FileStamp expected = default;
        for (int tries = 0; tries < 10; tries++)
        {
            foreach (string path in (string[])[file, other]) File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);
            expected = FileStamp.Expected(3 * Block, 0, 0, Moment.AfterChanges());
            if (IsAdmitted(file) && IsAdmitted(other)) return expected;
        }
        Assert.Fail($"Files that were just changed do not look as expected: {expected}, {FileStamp.Of(Handles.Stat(file))}, {FileStamp.Of(Handles.Stat(other))}.");
        return expected;

        bool IsAdmitted(string path) => expected.Admits(FileStamp.Of(Handles.Stat(path)));
    }

    static void Change(TemporaryFolder place, string file, string other, string change)
    {
        switch (change)
        {
            case "written":
                Handles.WriteAt(file, Block, "changed"u8);
                File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
                break;
            case "written through a map":
                using (var map = System.IO.MemoryMappedFiles.MemoryMappedFile.CreateFromFile(file))
                using (System.IO.MemoryMappedFiles.MemoryMappedViewAccessor view = map.CreateViewAccessor())
                {
                    view.Write(Block, 17);
                    view.Flush();
                }
                File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
                break;
            case "cut":
                Tool.Run("truncate", "-s", "8192", file);
                break;
            case "grown":
                Tool.Run("truncate", "-s", "16384", file);
                break;
            case "timed":
                File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
                break;
            case "mode":
                Tool.Run("chmod", "600", file);
                break;
            case "owner":
                Root.IsNeededFor("give a file away");
                Tool.Run("chown", "1:1", file);
                break;
            case "attribute":
                Tool.Run("setfattr", "-n", "user.holotree", "-v", "1", file);
                break;
            case "renamed":
                File.Move(file, place["elsewhere"]);
                File.Move(place["elsewhere"], file);
                break;
            case "another name":
                Tool.Run("ln", file, place["name"]);
                break;
            default:
                File.Move(other, file, overwrite: true);
                break;
        }
    }
}
