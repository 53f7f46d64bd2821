using System.Reflection;
using FsCheck;
using FsCheck.Fluent;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Platform.Windows;
using Reflinks.Volumes;
using Windows.Tests.Simulation;

namespace Windows.Tests;

/// <summary>Block cloning on the simulation of a volume that has it (simulation.c): no ReFS was seen by these tests.</summary>
public sealed unsafe class CloneSimulationTests : IDisposable
{
    const int Cluster = 4096;
    const long Gigabyte = 1024 * 1024 * 1024;
    const ushort Crc64 = 2;                         // CHECKSUM_TYPE_CRC64, winioctl.h

    readonly Place place = Simulated.Volume();

    public void Dispose() => place.Dispose();

    public static IEnumerable<TheoryDataRow<int, int>> Lengths =>
        from cluster in new[] { 4096, 65_536 }
        from length in new[] { 1, 4095, 4096, 4097, 65_535, 65_536, 65_537, 1_000_000 }
        select new TheoryDataRow<int, int>(cluster, length);

    [Theory]
    [MemberData(nameof(Lengths))]
    public void A_file_is_cloned_whatever_its_length(int cluster, int length)
    {
        using Place volume = Simulated.Volume(cluster);
        byte[] content = Random(length);
        int source = Filled(volume, "source", content), target = volume.Create("target");
        int before = Simulated.Need().Clones;

        Assert.Equal(Errno.None, WindowsKernel.Clone(source, target));
        Assert.True(Simulated.Need().Clones > before, "Nothing was cloned.");
        Assert.True(content.AsSpan().SequenceEqual(Content(target)), "The clone differs.");
        Assert.False(IsSparse(target), "The clone of a dense file is sparse.");
        Place.Close(source);
        Place.Close(target);
    }

    [Fact]
    public void An_empty_file_has_nothing_to_share()
    {
        int source = place.Create("source"), target = place.Create("target");
        Assert.Equal(Errno.None, WindowsKernel.Clone(source, target));
        Assert.Equal(0ul, Place.Stat(target).stx_size);
        Place.Close(source);
        Place.Close(target);
    }

    [Fact]
    public void Ranges_change_a_file_as_they_would_change_an_array()
    {
        const int size = 50_000;
        Gen<int> start = Gen.OneOf(Gen.Choose(0, size - 1), Gen.Choose(0, size / Cluster).Select(count => count * Cluster));
        var ranges = from source in start
                     from target in start
                     from length in Gen.OneOf(Gen.Choose(1, size), Gen.Choose(1, 5).Select(count => count * Cluster), Gen.Constant(size - source))
                     select (Source: source, Target: target, Length: length);
        byte[] content = Random(size), other = Random(size);
        int from = Filled(place, "source", content);
        bool cloned = false;

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200).WithQuietOnSuccess(true), Prop.ForAll(ranges.ToArbitrary(), range =>
        {
            int to = Filled(place, "target", other);
            byte[] expected = [.. other];
            Errno error = WindowsKernel.CloneRange(from, range.Source, to, range.Target, range.Length);
            if (error == Errno.None)
            {
                cloned = true;
                if (range.Target + range.Length > expected.Length) Array.Resize(ref expected, range.Target + range.Length);
                Array.Copy(content, range.Source, expected, range.Target, range.Length);
            }
            byte[] found = Content(to);
            Place.Close(to);
            place.Unlink("target");
            return error is Errno.None or Errno.EINVAL && expected.AsSpan().SequenceEqual(found);
        }));
        Assert.True(cloned, "No range was cloned.");
        Place.Close(from);
    }

    [Fact]
    public void What_is_larger_than_one_call_takes_is_cloned_in_pieces_and_a_failure_half_way_leaves_the_length_that_was()
    {
        ref Simulated.Counters counters = ref Simulated.Need();
        int source = place.Create("source"), target = place.Create("target");
        long length = (2 * Gigabyte) + Cluster + 10;
        Assert.Equal(0, WindowsKernel.ftruncate(source, length));
        Place.Put(source, "the end", length - 7);

        (counters.FailAfter, counters.FailWith) = (1, unchecked((int)0xC000007F));      // STATUS_DISK_FULL
        Assert.Equal(Errno.ENOSPC, WindowsKernel.Clone(source, target));
        Assert.Equal((0ul, false), (Place.Stat(target).stx_size, IsSparse(target)));

        counters.FailAfter = -1;
        int before = counters.Clones;
        Assert.Equal(Errno.None, WindowsKernel.Clone(source, target));
        Assert.Equal((2, 2 * Gigabyte), (counters.Clones - before, counters.Largest));
        Assert.Equal((ulong)length, Place.Stat(target).stx_size);
        Assert.Equal("the end", Place.Get(target, length - 7, 100));
        Assert.True(IsSparse(target), "Of a sparse file only a sparse one can share.");
        Place.Close(source);
        Place.Close(target);
    }

    [Fact]
    public void Where_a_block_has_as_many_references_as_it_may_have_the_file_is_copied_and_counted()
    {
        const int most = 8175;
        int source = Filled(place, "source", Random(Cluster)), many = place.Create("many");
        Assert.Equal(Errno.None, WindowsKernel.CloneRange(source, 0, many, 0, Cluster));
        for (long have = 1; have < most - 1; have += Math.Min(have, most - 1 - have))
            Assert.Equal(Errno.None, WindowsKernel.CloneRange(many, 0, many, have * Cluster, Math.Min(have, most - 1 - have) * Cluster));

        int target = place.Create("target");
        Assert.Equal(Errno.EMLINK, WindowsKernel.Clone(source, target));
        Assert.Equal(0ul, Place.Stat(target).stx_size);
        foreach (int open in (int[])[source, many, target]) Place.Close(open);

        CopyOutcome outcome = Reflink.CloneOrCopy(Path.Combine(place.Path, "source"), Path.Combine(place.Path, "copy"));
        Assert.Equal(Mechanism.KernelCopy, outcome.Mechanism);
        Assert.Equal(Errno.EMLINK, outcome.Fallbacks[0].Error.Errno);
        CloneException refused = Assert.Throws<CloneException>(() => Reflink.Clone(Path.Combine(place.Path, "source"), Path.Combine(place.Path, "strict")));
        Assert.Equal((CloneFailure.UnsupportedByFile, "ERROR_BLOCK_TOO_MANY_REFERENCES"), (refused.Failure, refused.Error.Name));
        Assert.False(place.Exists("strict"));
    }

    [Fact]
    public void Another_volume_is_told_and_the_target_left_alone()
    {
        using Place other = Simulated.Volume();
        int source = Filled(place, "source", Random(10_000)), target = Filled(other, "target", [1, 2, 3]);
        Assert.Equal(Errno.EXDEV, WindowsKernel.Clone(source, target));
        Assert.Equal([1, 2, 3], Content(target));
        Place.Close(source);
        Place.Close(target);
    }

    [Fact]
    public void A_volume_that_cannot_is_remembered_and_the_next_file_left_alone()
    {
        using Place dense = Simulated.DenseVolume();
        int source = Filled(dense, "source", Random(10_000)), target = dense.Create("target");
        Assert.Equal(Errno.EOPNOTSUPP, WindowsKernel.Clone(source, target));
        Assert.Equal(Errno.EOPNOTSUPP, WindowsKernel.Clone(source, target));
        Assert.Equal(0ul, Place.Stat(target).stx_size);
        Place.Close(source);
        Place.Close(target);
        CopyOutcome outcome = Reflink.CloneOrCopy(Path.Combine(dense.Path, "source"), Path.Combine(dense.Path, "copy"));
        Assert.Equal((Mechanism.KernelCopy, 10_000L), (outcome.Mechanism, outcome.LengthBytes));
    }

    [Theory]
    [InlineData(0xC0000010, nameof(Errno.EOPNOTSUPP))]      // STATUS_INVALID_DEVICE_REQUEST
    [InlineData(0xC00000BB, nameof(Errno.EINVAL))]          // STATUS_NOT_SUPPORTED, by a volume that says it can
    [InlineData(0xC000000D, nameof(Errno.EINVAL))]          // STATUS_INVALID_PARAMETER
    [InlineData(0xC00000D4, nameof(Errno.EXDEV))]           // STATUS_NOT_SAME_DEVICE
    [InlineData(0xC0000022, nameof(Errno.EACCES))]          // STATUS_ACCESS_DENIED
    [InlineData(0xC000009A, nameof(Errno.ENOMEM))]          // STATUS_INSUFFICIENT_RESOURCES
    [InlineData(0xC000007F, nameof(Errno.ENOSPC))]          // STATUS_DISK_FULL
    [InlineData(0xC00000A2, nameof(Errno.EROFS))]           // STATUS_MEDIA_WRITE_PROTECTED
    public void Refusals_are_told_apart_and_leave_the_target_as_it_was(uint status, string error)
    {
        ref Simulated.Counters counters = ref Simulated.Need();
        int source = Filled(place, "source", Random(100_000)), target = Filled(place, "target", [1, 2, 3]);
        (counters.FailAfter, counters.FailWith) = (0, (int)status);
        Errno found = WindowsKernel.Clone(source, target);
        counters.FailAfter = -1;

        Assert.Equal(error, found.ToString());
        Assert.Equal([1, 2, 3], Content(target));
        Assert.False(IsSparse(target));
        // A volume that has said that it can is asked again, whatever it said of one file.
        Assert.Equal(Errno.None, WindowsKernel.Clone(source, target));
        Place.Close(source);
        Place.Close(target);
    }

    [Fact]
    public void A_sparse_file_makes_a_sparse_one()
    {
        int source = place.Create("source"), target = place.Create("target");
        Place.Must(WindowsKernel.ftruncate(source, 500_000), "grow");
        Place.Put(source, "data", 300_000);
        Assert.True(IsSparse(source));

        Assert.Equal(Errno.None, WindowsKernel.Clone(source, target));
        Assert.True(IsSparse(target));
        Assert.True(Content(source).AsSpan().SequenceEqual(Content(target)));
        Place.Close(source);
        Place.Close(target);
    }

    [Fact]
    public void The_target_keeps_checksums_as_the_source_does()
    {
        int source = Filled(place, "source", Random(10_000)), target = place.Create("target");
        Assert.Equal(0u, Control(source, WindowsInterop.FSCTL_SET_INTEGRITY_INFORMATION, new WindowsInterop.IntegritySetting { ChecksumAlgorithm = Crc64 }));
        Assert.Equal(Errno.None, WindowsKernel.Clone(source, target));
        Assert.Equal(Crc64, Integrity(target));

        int back = place.Create("back");
        Assert.Equal(0u, Control(back, WindowsInterop.FSCTL_SET_INTEGRITY_INFORMATION, new WindowsInterop.IntegritySetting { ChecksumAlgorithm = Crc64 }));
        int plain = Filled(place, "plain", Random(10_000));
        Assert.Equal(Errno.None, WindowsKernel.Clone(plain, back));
        Assert.Equal(0, Integrity(back));

        // A file with data is not given other checksums by a clone of a range; it is not cloned.
        int filled = Filled(place, "filled", Random(10_000));
        Assert.Equal(Errno.EINVAL, WindowsKernel.CloneRange(source, 0, filled, 0, Cluster));
        Assert.Equal(0, Integrity(filled));
        foreach (int open in (int[])[source, target, back, plain, filled]) Place.Close(open);
    }

    [Fact]
    public void A_source_that_was_just_written_is_on_the_disk_before_it_is_cloned()
    {
        place.Write("source", "just written");
        int source = place.Open("source", Kernel.O_RDONLY), target = place.Create("target"), before = Simulated.Need().Flushes;
        Assert.Equal(Errno.None, WindowsKernel.Clone(source, target));
        Assert.Equal(1, Simulated.Need().Flushes - before);
        Place.Close(source);
        Place.Close(target);
    }

    [Fact]
    public void A_volume_that_can_is_found_by_trying_and_files_are_cloned_by_path_and_by_handle()
    {
        VolumeCapabilities found = VolumeProbe.Probe(place.Path);
        Assert.True(found is { Reflink: true, RangeClone: true }, string.Join(", ", found.Refusals));

        byte[] content = Random(300_001);
        File.WriteAllBytes(Path.Combine(place.Path, "source"), content);
        CopyOutcome outcome = Reflink.Clone(Path.Combine(place.Path, "source"), Path.Combine(place.Path, "target"));
        Assert.Equal((Mechanism.Reflink, content.LongLength), (outcome.Mechanism, outcome.LengthBytes));
        Assert.True(content.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(place.Path, "target"))));

        File.WriteAllBytes(Path.Combine(place.Path, "longer"), Random(1_000_003));
        using (var source = File.OpenHandle(Path.Combine(place.Path, "source")))
        using (var longer = File.OpenHandle(Path.Combine(place.Path, "longer"), FileMode.Open, FileAccess.ReadWrite))
            Assert.Equal(Mechanism.Reflink, Reflink.Clone(source, longer).Mechanism);
        Assert.True(content.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(place.Path, "longer"))));
    }

    [Fact]
    public void The_simulation_refuses_what_the_documents_say_is_refused()
    {
        int source = Filled(place, "source", Random(3 * Cluster)), target = Filled(place, "target", Random(3 * Cluster));
        uint Ask(int from, long sourceOffset, long targetOffset, long bytes) => Control(target, WindowsInterop.FSCTL_DUPLICATE_EXTENTS_TO_FILE,
            new WindowsInterop.DuplicateExtentsData { FileHandle = from, SourceFileOffset = sourceOffset, TargetFileOffset = targetOffset, ByteCount = bytes });

        Assert.Equal(WindowsErrors.STATUS_INVALID_PARAMETER, Ask(source, 1, 0, Cluster));
        Assert.Equal(WindowsErrors.STATUS_INVALID_PARAMETER, Ask(source, 0, 1, Cluster));
        Assert.Equal(WindowsErrors.STATUS_INVALID_PARAMETER, Ask(source, 0, 0, Cluster - 1));
        Assert.Equal(WindowsErrors.STATUS_INVALID_PARAMETER, Ask(source, 0, 0, 4 * Gigabyte));
        Assert.Equal(WindowsErrors.STATUS_NOT_SUPPORTED, Ask(source, 0, Cluster, 3 * Cluster));
        Assert.Equal(WindowsErrors.STATUS_NOT_SUPPORTED, Ask(source, Cluster, 0, 3 * Cluster));
        Assert.Equal(WindowsErrors.STATUS_NOT_SUPPORTED, Ask(target, 0, Cluster, 2 * Cluster));
        Assert.Equal(0u, Ask(target, 0, 2 * Cluster, Cluster));
        Place.Close(source);
        Place.Close(target);
    }

    [Fact]
    public void The_simulation_has_every_call_of_ntdll_that_the_library_makes()
    {
        string[] made = [.. typeof(WindowsInterop).GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            .Select(method => method.Name).Where(name => name.StartsWith("Nt", StringComparison.Ordinal) || name.StartsWith("Rtl", StringComparison.Ordinal))];
        string[] missing = [.. made.Where(name => !Simulated.Has(name))];
        Assert.NotEmpty(made);
        Assert.True(missing.Length == 0, $"simulation.def lacks {string.Join(", ", missing)}.");
    }

    static uint Control<T>(int handle, uint code, T input) where T : unmanaged
    {
        WindowsInterop.IoStatusBlock result;
        return WindowsInterop.NtFsControlFile(handle, 0, null, null, &result, code, &input, (uint)sizeof(T), null, 0);
    }

    static ushort Integrity(int handle)
    {
        WindowsInterop.IoStatusBlock result;
        WindowsInterop.IntegrityInformation known;
        Assert.Equal(0u, WindowsInterop.NtFsControlFile(
            handle, 0, null, null, &result, WindowsInterop.FSCTL_GET_INTEGRITY_INFORMATION, null, 0, &known, (uint)sizeof(WindowsInterop.IntegrityInformation)));
        return known.ChecksumAlgorithm;
    }

    static bool IsSparse(int handle)
    {
        WindowsInterop.IoStatusBlock result;
        WindowsInterop.BasicInformation basic;
        Assert.Equal(0u, WindowsInterop.NtQueryInformationFile(
            handle, &result, &basic, (uint)sizeof(WindowsInterop.BasicInformation), WindowsInterop.FileBasicInformation));
        return (basic.FileAttributes & WindowsInterop.FILE_ATTRIBUTE_SPARSE_FILE) != 0;
    }

    static uint noise = 1;

    /// <summary>Other bytes each time.</summary>
    static byte[] Random(int length)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            noise = (noise * 1_664_525) + 1_013_904_223;
            bytes[i] = (byte)(noise >> 24);
        }
        return bytes;
    }

    static int Filled(Place volume, string name, byte[] content)
    {
        int file = volume.Create(name);
        fixed (byte* start = content) Assert.Equal(content.Length, WindowsKernel.pwrite(file, start, (nuint)content.Length, 0));
        return file;
    }

    static byte[] Content(int file)
    {
        byte[] bytes = new byte[Place.Stat(file).stx_size];
        fixed (byte* start = bytes) Assert.Equal(bytes.Length, WindowsKernel.pread(file, start, (nuint)bytes.Length, 0));
        return bytes;
    }
}
