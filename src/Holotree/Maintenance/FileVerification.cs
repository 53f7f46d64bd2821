using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Relocation;
using Holotree.Spaces;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Maintenance;

/// <summary>What became of an entry of a space.</summary>
internal enum Verdict
{
    AsRestored,

    /// <summary>Openly: its length, time, mode, kind or target is another one.</summary>
    Changed,

    Removed,

    /// <summary>It cannot be read, or what it was made of is damaged.</summary>
    Unverified,

    /// <summary>It has the length and the time that it was given, and other content.</summary>
    Damaged,
}

/// <summary>Holds the entries of a space against what a restore makes of the catalog; for one worker.</summary>
/// <param name="plan">What a restore makes.</param>
/// <param name="store">Where the content comes from.</param>
/// <param name="broken">Objects that are known to be damaged or missing. All others are known to be right.</param>
/// <param name="expected">Makes the content of files that are not as recorded.</param>
/// <param name="byContentAlone">Whether nobody may have changed anything, so that every file is read, however it looks.</param>
internal sealed unsafe class FileVerification(
    RestorePlan plan, ObjectStore store, IReadOnlyCollection<ObjectEntry> broken, ExpectedContent expected, bool byContentAlone = false)
{
    /// <summary>Programs that put a time back often know it as a floating-point number, or in ticks: not to the last nanosecond.</summary>
    const int TimeSlackNanoseconds = 1000;

    Catalog Catalog => plan.Catalog;

    /// <summary>Looks at a file in its open directory, and reads it if it looks untouched.</summary>
    internal Verdict Look(int file, int directory, CancellationToken cancellation)
    {
        ref readonly FileEntry entry = ref Catalog.Listing.Files[file];
        byte* name = Catalog.Listing.NamePointer(entry.NameOffset);
        if (Absent(NativeFile.StatAt(directory, name, Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx stat)) is { } absent) return absent;
        if (!NativeFile.IsRegular(stat) || (!byContentAlone && !LooksUntouched(file, entry, stat))) return Verdict.Changed;
        if (entry.Size == 0) return byContentAlone && stat.stx_size > 0 ? Verdict.Damaged : ModeVerdict(file, entry, stat);

        ObjectEntry from = Catalog.Objects[Catalog.Contents[file].Object];
        bool isBroken = broken.Contains(from), isSame = stat.stx_nlink > 1 && store.IsNameOf(from, stat);
        if (isSame) return isBroken ? Verdict.Damaged : Verdict.AsRestored;
        if (isBroken && plan.ChangeOf(file) != ContentChange.None) return Verdict.Unverified;

        int descriptor = NativeFile.OpenAt(directory, name, Kernel.O_RDONLY | Kernel.O_NONBLOCK | OpenFlags.O_NOFOLLOW, 0, out Errno error);
        if (descriptor < 0) return Absent(error) ?? Verdict.Unverified;
        try
        {
            if (NativeFile.Stat(descriptor, out Kernel.Statx before) != Errno.None) return Verdict.Unverified;
            if (expected.IsIn(file, descriptor, isBroken, cancellation)) return ModeVerdict(file, entry, stat);

            // What somebody is writing to right now shows in its times.
            return NativeFile.Stat(descriptor, out Kernel.Statx after) == Errno.None && FileStamp.Of(before) == FileStamp.Of(after) ? Verdict.Damaged : Verdict.Changed;
        }
        catch (IOException unreadable) when (NativeErrors.Of(unreadable) == Errno.EIO)
        {
            return Verdict.Damaged;     // its object could be read a moment ago
        }
        finally
        {
            _ = Kernel.close(descriptor);
        }
    }

    /// <summary>Looks at a symbolic link in its open directory.</summary>
    internal Verdict LookAtLink(int link, int directory, ObjectContent content)
    {
        const int room = 4096;      // PATH_MAX, linux/limits.h: no link is longer
        ref readonly SymlinkEntry entry = ref Catalog.Listing.Symlinks[link];
        byte* name = Catalog.Listing.NamePointer(entry.NameOffset);
        if (Absent(NativeFile.StatAt(directory, name, Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx stat)) is { } absent) return absent;
        byte* target = stackalloc byte[room];
        nint length = Kernel.readlinkat(directory, name, target, room);
        var wanted = System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated(content.LinkTarget(link));
        if (length >= 0 && new ReadOnlySpan<byte>(target, (int)length).SequenceEqual(wanted)) return Verdict.AsRestored;
        return length >= 0 && IsTime(stat, entry.ModifiedSeconds, entry.ModifiedNanoseconds) ? Verdict.Damaged : Verdict.Changed;
    }

    /// <summary>Whether length and time are those that a restore gave it. Relocated text and bytecode may have any length: their bytes decide.</summary>
    bool LooksUntouched(int file, in FileEntry entry, in Kernel.Statx stat) =>
        (plan.KindOf(file) is RelocationKind.Text or RelocationKind.Launcher or RelocationKind.Bytecode || (long)stat.stx_size == entry.Size)
        && (IsLinked(file, stat) || IsTime(stat, entry.ModifiedSeconds, entry.ModifiedNanoseconds));

    static bool IsTime(in Kernel.Statx stat, long seconds, int nanoseconds) =>
        stat.stx_mtime.tv_sec == seconds && Math.Abs(stat.stx_mtime.tv_nsec - nanoseconds) < TimeSlackNanoseconds;

    /// <summary>Whether it has the time of an object, as a hard link of one has.</summary>
    bool IsLinked(int file, in Kernel.Statx stat) => ObjectStore.IsSealTime(stat.stx_mtime) && plan.MayLink(file);

    Verdict ModeVerdict(int file, in FileEntry entry, in Kernel.Statx stat)
    {
        if (byContentAlone) return Verdict.AsRestored;      // not every filesystem holds every mode
        int mode = IsLinked(file, stat) ? Catalog.Objects[Catalog.Contents[file].Object].Mode : entry.Mode & RestorePlan.FileModeMask;
        return (stat.stx_mode & 0xFFF) == mode || (stat.stx_mode & 0xFFF) == (entry.Mode & RestorePlan.FileModeMask) ? Verdict.AsRestored : Verdict.Changed;
    }

    static Verdict? Absent(Errno error) => error switch
    {
        Errno.None => null,
        Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP => Verdict.Removed,
        _ => Verdict.Unverified,
    };
}
