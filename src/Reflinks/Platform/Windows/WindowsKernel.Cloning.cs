using System.Collections.Concurrent;

namespace Reflinks.Platform.Windows;

/// <summary>Sharing blocks, on ReFS: block cloning, which Windows has for ranges only.</summary>
internal static unsafe partial class WindowsKernel
{
    /// <summary>
    /// A source that changed less than this long ago is written to the disk first, in ticks: what was not there yet was cloned as zeros by ReFS before it was
    /// mended. The system writes by itself what is older.
    /// </summary>
    const long Fresh = 60 * TimeSpan.TicksPerSecond;

    /// <summary>What volumes say that they can, in the flags FILE_SUPPORTS_….</summary>
    static readonly ConcurrentDictionary<ulong, uint> Abilities = new();

    /// <summary>Volumes that do not say so and have refused once, with the reason.</summary>
    static readonly ConcurrentDictionary<ulong, Errno> Refusing = new();

    /// <summary>One of the two files.</summary>
    readonly record struct Party(nint Handle, ulong Volume, long Size, bool Sparse, long Changed);

    internal static Errno Clone(int source, int target)
    {
        Errno error = Meet(source, target, out Party from, out Party to);
        // Nothing to share, and nothing learnt.
        return error != Errno.None || from.Size == 0 ? error : Share(from, 0, to, 0, from.Size);
    }

    internal static Errno CloneRange(int source, long sourceOffset, int target, long targetOffset, long length)
    {
        Errno error = Meet(source, target, out Party from, out Party to);
        return error != Errno.None ? error : Share(from, sourceOffset, to, targetOffset, length);
    }

    static Errno Meet(int source, int target, out Party from, out Party to)
    {
        to = default;
        Errno error = Look(source, out from);
        if (error == Errno.None) error = Look(target, out to);
        if (error == Errno.None && from.Volume != to.Volume) error = Failed(Errno.EXDEV);
        return error != Errno.None ? error : Refusing.GetValueOrDefault(from.Volume);
    }

    static Errno Look(int descriptor, out Party party)
    {
        party = default;
        uint status = Query(descriptor, WindowsInterop.FileBasicInformation, out WindowsInterop.BasicInformation basic);
        if (WindowsErrors.IsError(status)) return Failed(status);
        status = Query(descriptor, WindowsInterop.FileStandardInformation, out WindowsInterop.StandardInformation standard);
        if (WindowsErrors.IsError(status)) return Failed(status);
        status = Identify(descriptor, out ulong volume, out _);
        if (WindowsErrors.IsError(status)) return Failed(status);
        party = new Party(descriptor, volume, standard.EndOfFile, (basic.FileAttributes & WindowsInterop.FILE_ATTRIBUTE_SPARSE_FILE) != 0, basic.ChangeTime);
        return Errno.None;
    }

    /// <summary>Shares a range. What fails half-way leaves the target with the length it had.</summary>
    static Errno Share(in Party from, long sourceOffset, in Party to, long targetOffset, long length)
    {
        uint cluster = ClusterSizes.TryGetValue(to.Volume, out uint known) ? known : ClusterSizes.GetOrAdd(to.Volume, ClusterSizeOf(to.Handle));
        if (!ClonePlan.TryMake((sourceOffset, from.Size), (targetOffset, to.Size), length, cluster, out ClonePlan plan)) return Failed(Errno.EINVAL);
        Errno error = FlushFresh(from);
        if (error != Errno.None) return error;

        // Not sparse, it would get clusters of its own for its length, just to lose them; and of a sparse file only a sparse one can share.
        bool sparse = !to.Sparse && (from.Sparse || plan.TargetSize - to.Size >= LeastHole) && SetSparse(to.Handle, true);
        IntegrityOf(from, to, out WindowsInterop.IntegritySetting? given, out WindowsInterop.IntegritySetting had);
        if (given is { } integrity) SetIntegrity(to.Handle, integrity);
        uint status = plan.TargetSize == to.Size ? 0 : Set(to.Handle, WindowsInterop.FileEndOfFileInformation, plan.TargetSize);
        if (status == WindowsErrors.STATUS_ACCESS_DENIED) error = Failed(Errno.EBADF);
        else if (WindowsErrors.IsError(status)) error = Failed(status);

        if (error == Errno.None) error = Duplicate(from, to, plan);
        if (error != Errno.None)
        {
            if (plan.TargetSize != to.Size) _ = Set(to.Handle, WindowsInterop.FileEndOfFileInformation, to.Size);
            if (given is not null) SetIntegrity(to.Handle, had);
        }
        // Behind its old end there may be a hole now, which would be filled.
        if (sparse && (error != Errno.None || (!from.Sparse && targetOffset <= to.Size))) _ = SetSparse(to.Handle, false);
        return error;
    }

    /// <summary>Makes the calls, one for each piece, until one of them fails.</summary>
    static Errno Duplicate(in Party from, in Party to, in ClonePlan plan)
    {
        foreach (ClonePiece piece in plan.Pieces())
        {
            var asked = new WindowsInterop.DuplicateExtentsData
            {
                FileHandle = from.Handle,
                SourceFileOffset = piece.SourceOffset,
                TargetFileOffset = piece.TargetOffset,
                ByteCount = piece.Bytes,
            };
            uint status = Control(to.Handle, WindowsInterop.FSCTL_DUPLICATE_EXTENTS_TO_FILE, &asked, sizeof(WindowsInterop.DuplicateExtentsData), null, 0, out _);
            if (WindowsErrors.IsError(status)) return Refusal(status, to);
        }
        return Errno.None;
    }

    /// <summary>What a refusal means: that of a volume that can share at all is about these two files, and says nothing about the next.</summary>
    static Errno Refusal(uint status, in Party party)
    {
        Errno error = Failed(status);
        if (error != Errno.EOPNOTSUPP) return error;
        if ((AbilitiesOf(party.Volume, party.Handle) & WindowsInterop.FILE_SUPPORTS_BLOCK_REFCOUNTING) != 0)
            return status == WindowsErrors.STATUS_NOT_SUPPORTED ? Errno.EINVAL : error;
        Refusing[party.Volume] = error;
        return error;
    }

    static uint AbilitiesOf(ulong volume, nint handle)
    {
        if (Abilities.TryGetValue(volume, out uint known)) return known;
        // With room for the filesystem's name, which follows: less than that is refused.
        const int room = 128;
        byte* bytes = stackalloc byte[room];
        WindowsInterop.IoStatusBlock result;
        uint status = WindowsInterop.NtQueryVolumeInformationFile(handle, &result, bytes, room, WindowsInterop.FileFsAttributeInformation);
        return WindowsErrors.IsError(status) ? 0 : Abilities.GetOrAdd(volume, ((WindowsInterop.VolumeAttributeInformation*)bytes)->FileSystemAttributes);
    }

    /// <summary>Writes a source to the disk that was written to a moment ago. Who may not write to it cannot, and it is left to the system.</summary>
    static Errno FlushFresh(in Party source)
    {
        long now;
        WindowsInterop.GetSystemTimePreciseAsFileTime(&now);
        if (now - source.Changed >= Fresh) return Errno.None;
        uint status = Flush(source.Handle, 0);
        if (status == WindowsErrors.STATUS_ACCESS_DENIED)
        {
            // Whoever has it open and lets nobody write, as the loader with a program that runs, will not be waited for.
            status = Open(new WindowsPlace(source.Handle, string.Empty), WindowsInterop.FILE_WRITE_DATA, 0, WindowsInterop.FILE_OPEN,
                WindowsInterop.FILE_OPEN_REPARSE_POINT, out nint able, patient: false);
            if (WindowsErrors.IsError(status)) return Errno.None;
            status = Flush(able, 0);
            _ = WindowsInterop.NtClose(able);
        }
        return WindowsErrors.IsError(status) && status is not (WindowsErrors.STATUS_ACCESS_DENIED or WindowsErrors.STATUS_MEDIA_WRITE_PROTECTED)
            ? Failed(status) : Errno.None;
    }

    static bool SetSparse(nint handle, bool sparse)
    {
        var setting = new WindowsInterop.SparseSetting { SetSparse = (byte)(sparse ? 1 : 0) };
        return !WindowsErrors.IsError(Control(handle, WindowsInterop.FSCTL_SET_SPARSE, &setting, sizeof(WindowsInterop.SparseSetting), null, 0, out _));
    }

    /// <summary>What an empty target is to be given, so that both files keep checksums of their data in the same way or not at all; nothing where they do.</summary>
    static void IntegrityOf(in Party from, in Party to, out WindowsInterop.IntegritySetting? given, out WindowsInterop.IntegritySetting had)
    {
        (given, had) = (null, default);
        if (to.Size != 0 || !TryIntegrity(from.Handle, out WindowsInterop.IntegritySetting wanted) || !TryIntegrity(to.Handle, out had)) return;
        if (wanted.ChecksumAlgorithm != had.ChecksumAlgorithm || wanted.Flags != had.Flags) given = wanted;
    }

    static bool TryIntegrity(nint handle, out WindowsInterop.IntegritySetting setting)
    {
        WindowsInterop.IntegrityInformation known;
        uint status = Control(handle, WindowsInterop.FSCTL_GET_INTEGRITY_INFORMATION, null, 0, &known, sizeof(WindowsInterop.IntegrityInformation), out int written);
        setting = new WindowsInterop.IntegritySetting { ChecksumAlgorithm = known.ChecksumAlgorithm, Flags = known.Flags };
        return !WindowsErrors.IsError(status) && written >= sizeof(WindowsInterop.IntegritySetting);
    }

    /// <summary>Some volumes refuse that, as Dev Drives do, and clone nevertheless; the others say so then.</summary>
    static void SetIntegrity(nint handle, WindowsInterop.IntegritySetting setting) =>
        _ = Control(handle, WindowsInterop.FSCTL_SET_INTEGRITY_INFORMATION, &setting, sizeof(WindowsInterop.IntegritySetting), null, 0, out _);

    static Errno Failed(uint status)
    {
        _ = WindowsErrors.Fail(status);
        return NativeErrors.Last;
    }

    static Errno Failed(Errno error)
    {
        _ = WindowsErrors.Fail(error);
        return error;
    }

    /// <summary>Windows does not compare and share in one step, and what is compared before may be changed until it is shared.</summary>
    internal static Errno Deduplicate(int source, long sourceOffset, int target, long targetOffset, long length, out long shared)
    {
        shared = 0;
        return Errno.EOPNOTSUPP;
    }
}
