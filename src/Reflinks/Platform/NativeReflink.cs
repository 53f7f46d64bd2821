using Reflinks.Files;
using Reflinks.Trees;

namespace Reflinks.Platform;

/// <summary>The Linux side of <see cref="Reflink"/>: FICLONE, FICLONERANGE, FIDEDUPERANGE, copy_file_range, read and write.</summary>
internal static class NativeReflink
{
    /// <summary>One piece of a deduplication: what btrfs takes in one go, and a signal is answered between two.</summary>
    const long DeduplicationPieceBytes = 16 * 1024 * 1024;

    const uint PrivateMode = 0x180;     // rw-------

    /// <summary>A multiple of the block size of every filesystem that can clone.</summary>
    const long AnyBlockBytes = 1024 * 1024;

    internal static CopyOutcome ByPath(string source, string destination, CloneOptions options, Rungs rungs, CancellationToken cancellation)
    {
        // Not blocking: opening a FIFO for reading would wait for a writer.
        int from = NativeFile.Open(source, Kernel.O_RDONLY | Kernel.O_NONBLOCK, 0, out Errno error);
        if (from < 0) throw NativeErrors.Failure(error, "open", source);
        try
        {
            error = NativeFile.Stat(from, out Kernel.Statx stat);
            if (error != Errno.None) throw NativeErrors.Failure(error, "examine", source);
            RequireRegular(stat, source);

            string target = options.FollowDestinationLink ? FollowLinks(destination) : destination;
            if (!options.Overwrite && NativeFile.Exists(target)) throw NativeErrors.Taken(destination);

            // Private until it has its mode, unless no mode is wanted: then the umask decides as for any new file.
            uint mode = options.Preserve.HasFlag(Preserve.Mode) ? PrivateMode : 0x1B6u;
            using var pending = PendingFile.Create(target, mode);
            error = NativeFile.Stat(pending.Descriptor, out Kernel.Statx made);
            if (error != Errno.None) throw NativeErrors.Failure(error, "examine", target);

            Transfer transfer = Fill(rungs, from, stat, pending, made, mode, cancellation);
            if (transfer.Failed) throw FailureOf(transfer, source, destination);

            var lost = new List<NotPreserved>();
            PreserveMetadata(from, stat, pending.Descriptor, made, options.Preserve, destination, lost);
            pending.Keep(options.Overwrite);
            return Outcome(transfer, lost);
        }
        finally
        {
            _ = Kernel.close(from);
        }
    }

    /// <summary>The ladder for a file that is yet without its name: some systems clone, or copy, only by making a new one.</summary>
    static Transfer Fill(
        Rungs rungs, int source, in Kernel.Statx stat, PendingFile pending, in Kernel.Statx made, uint mode, CancellationToken cancellation)
    {
        var ladder = new TransferLadder();
        ulong device = NativeFile.Device(made);
        bool shares = rungs.HasFlag(Rungs.Reflink), hasBytes = stat.stx_size > 0;
        Errno unshared = Errno.None;
        if (Kernel.ClonesByName && shares && hasBytes)
        {
            unshared = pending.TryClone(ladder, source, stat, device, mode);
            if (unshared == Errno.None)
            {
                if (mode != PrivateMode) _ = NativeMetadata.SetMode(pending.Descriptor, made.stx_mode & 0x1FF);
                return new Transfer(Mechanism.Reflink, (long)stat.stx_size, Errno.None, Errno.None, Errno.None);
            }
        }
        if (!Kernel.CopiesByName || !hasBytes || !rungs.HasFlag(Rungs.Copy))
            return ladder.Fill(rungs, source, stat, pending.Descriptor, device, cancellation, refused: unshared);

        if (shares)
        {
            Transfer shared = ladder.Fill(Rungs.Reflink, source, stat, pending.Descriptor, device, cancellation, refused: unshared);
            if (!shared.Failed || NativeErrors.Classify(shared.Failure) == CloneFailure.Failed) return shared;
            unshared = shared.Failure;
        }
        long size = (long)stat.stx_size;
        Errno uncopied = pending.TryCopy(source, mode, out bool cloned, cancellation);
        if (uncopied == Errno.None)
        {
            Errno length = TransferLadder.CheckLength(source, pending.Descriptor, ref size);
            return new Transfer(cloned ? Mechanism.Reflink : Mechanism.KernelCopy, size, cloned ? Errno.None : unshared, Errno.None, length);
        }
        return NativeErrors.Classify(uncopied) == CloneFailure.Failed
            ? new Transfer(Mechanism.KernelCopy, 0, unshared, Errno.None, uncopied)
            : ladder.Fill(Rungs.Copy, source, stat, pending.Descriptor, device, cancellation) with { ReflinkError = unshared, KernelCopyError = uncopied };
    }

    internal static CopyOutcome ByHandle(int source, int target, bool mayCopy, CancellationToken cancellation)
    {
        Kernel.Statx from = Examine(source), to = Examine(target);
        RequireRegular(from, NativeFile.NameOf(source));
        RequireRegular(to, NativeFile.NameOf(target));
        long size = (long)from.stx_size;
        // Emptying the target for a copy would empty the source.
        if (IsSameFile(from, to)) return Outcome(new Transfer(Mechanism.Unchanged, size, Errno.None, Errno.None, Errno.None), []);
        if (mayCopy) RequireAccessForCopy(source, target);

        Transfer transfer;
        bool sizeless = size == 0;
        Errno refused = sizeless ? Errno.None : CloneOver(source, target, (long)to.stx_size, ref size);
        if (!sizeless && (refused == Errno.None || !mayCopy || NativeErrors.Classify(refused) == CloneFailure.Failed))
        {
            transfer = new Transfer(Mechanism.Reflink, size, refused, Errno.None, refused);
        }
        else if (!mayCopy)
        {
            transfer = new TransferLadder().Fill(Rungs.Reflink, source, from, target, NativeFile.Device(to), cancellation);
            if (!transfer.Failed) Empty(target);
        }
        else
        {
            Empty(target);
            transfer = new TransferLadder().Fill(
                sizeless ? Rungs.Reflink | Rungs.Copy : Rungs.Copy, source, from, target, NativeFile.Device(to), cancellation);
            if (!sizeless) transfer = transfer with { ReflinkError = refused };
        }
        if (transfer.Failed) throw FailureOf(transfer, NativeFile.NameOf(source), NativeFile.NameOf(target));
        return Outcome(transfer, []);
    }

    /// <summary>Clones over a file that may be longer, and cuts it to the source's length.</summary>
    static Errno CloneOver(int source, int target, long oldSize, ref long size)
    {
        bool longer = oldSize > size;
        Errno error = Kernel.Clone(source, target);
        if (error == Errno.EINVAL && longer)
        {
            // The last block of the source, where it is not full, is not put into the middle of a longer file; that is cut first.
            // Whether the two can share at all is tried behind its end before, so that nothing is lost where they cannot.
            long behind = (oldSize + AnyBlockBytes - 1) / AnyBlockBytes * AnyBlockBytes;
            error = Kernel.CloneRange(source, 0, target, behind, size);
            if (error == Errno.None) error = NativeFile.Truncate(target, size);
            if (error == Errno.None) error = Kernel.Clone(source, target);
        }
        else if (error == Errno.None && longer)
        {
            // FICLONE replaces only the range of the source: the tail of a longer target stays.
            error = NativeFile.Truncate(target, size);
        }
        return error != Errno.None ? error : TransferLadder.CheckLength(source, target, ref size);
    }

    internal static void CloneRange(int source, long sourceOffset, int target, long targetOffset, long length)
    {
        Errno error = Kernel.CloneRange(source, sourceOffset, target, targetOffset, length);
        if (error != Errno.None) throw NativeErrors.CloneFailed(error, NativeFile.NameOf(source), NativeFile.NameOf(target));
    }

    internal static CopyOutcome CloneOrCopyRange(
        int source, long sourceOffset, int target, long targetOffset, long length, CancellationToken cancellation)
    {
        Kernel.Statx sourceStat = Examine(source), targetStat = Examine(target);
        if (IsSameFile(sourceStat, targetStat) && Math.Abs(sourceOffset - targetOffset) < length)
            throw new ArgumentException($"The two ranges of '{NativeFile.NameOf(source)}' overlap.", nameof(targetOffset));
        if (sourceOffset + length > (long)sourceStat.stx_size)
        {
            throw new EndOfStreamException(
                $"The range of {length} bytes at {sourceOffset} ends behind the end of '{NativeFile.NameOf(source)}' ({sourceStat.stx_size} bytes).");
        }
        RequireAccessForCopy(source, target);

        Errno reflinkError = Kernel.CloneRange(source, sourceOffset, target, targetOffset, length);
        if (reflinkError == Errno.None) return Outcome(new Transfer(Mechanism.Reflink, length, Errno.None, Errno.None, Errno.None), []);
        if (NativeErrors.Classify(reflinkError) == CloneFailure.Failed)
            throw NativeErrors.CloneFailed(reflinkError, NativeFile.NameOf(source), NativeFile.NameOf(target));

        Errno kernelError = Errno.None;
        Errno failed = new TransferLadder().CopyRange(
            source, sourceOffset, target, targetOffset, length, NativeFile.Device(sourceStat), NativeFile.Device(targetStat),
            ref kernelError, cancellation);
        var transfer = new Transfer(
            kernelError == Errno.None ? Mechanism.KernelCopy : Mechanism.PlainCopy, length, reflinkError, kernelError, failed);
        if (transfer.Failed) throw FailureOf(transfer, NativeFile.NameOf(source), NativeFile.NameOf(target));
        return Outcome(transfer, []);
    }

    internal static DeduplicationOutcome Deduplicate(
        int source, long sourceOffset, int target, long targetOffset, long length, CancellationToken cancellation)
    {
        Kernel.Statx from = Examine(source), to = Examine(target);
        // Behind the last whole block the kernel neither compares nor shares, and yet counts it as done, unless both files end there.
        bool toTheEnd = sourceOffset + length == (long)from.stx_size && targetOffset + length == (long)to.stx_size;
        long whole = toTheEnd ? length : length - (length % Math.Max(from.stx_blksize, to.stx_blksize));
        long shared = 0;
        while (shared < whole)
        {
            cancellation.ThrowIfCancellationRequested();
            Errno error = Kernel.Deduplicate(
                source, sourceOffset + shared, target, targetOffset + shared, Math.Min(whole - shared, DeduplicationPieceBytes), out long piece);
            if (error != Errno.None) throw NativeErrors.CloneFailed(error, NativeFile.NameOf(source), NativeFile.NameOf(target));
            if (piece == 0) return new DeduplicationOutcome(false, shared);
            shared += piece;
        }
        return new DeduplicationOutcome(shared == length, shared);
    }

    /// <summary>Gives a file that was just made the metadata of another one.</summary>
    /// <exception cref="IOException">It could not be set, on a filesystem that takes it.</exception>
    internal static void PreserveMetadata(
        int source, in Kernel.Statx stat, int target, in Kernel.Statx made, Preserve preserve, string destination, List<NotPreserved> lost)
    {
        // An odd umask can take the owner's own access away, and with it the right to set attributes.
        if (preserve.HasFlag(Preserve.Mode) && (made.stx_mode & PrivateMode) != PrivateMode) _ = NativeMetadata.SetMode(target, (int)PrivateMode);
        if (preserve.HasFlag(Preserve.AccessControlLists)) NativeMetadata.DropAccessControlList(target);
        NativeMetadata.CopyAttributes(source, target, preserve,
            (name, error) => lost.Add(NativeErrors.Lost(string.Empty, destination, name, error)));
        Errno failed = Errno.None;
        if (preserve.HasFlag(Preserve.Mode))
        {
            int mode = NativeMetadata.ModeToKeep(stat, made, out bool lostSetId);
            if (lostSetId) lost.Add(new NotPreserved(destination, NativeMetadata.SetIdBits, NativeErrors.Describe(Errno.EPERM)));
            failed = NativeMetadata.SetMode(target, mode);
        }
        if (failed == Errno.None && preserve.HasFlag(Preserve.Times))
        {
            failed = NativeMetadata.SetTimes(target, stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec, stat.stx_atime);
            Kernel.Statx kept = default;
            if (failed == Errno.None) failed = NativeFile.Stat(target, out kept);
            Errno cut = new TimeKeeping().Check(kept, stat.stx_mtime.tv_sec, (int)stat.stx_mtime.tv_nsec);
            if (failed == Errno.None && cut != Errno.None) lost.Add(new NotPreserved(destination, TimeKeeping.Lost, NativeErrors.Describe(cut)));
        }
        if (failed != Errno.None) throw NativeErrors.Failure(failed, "set mode and times of", destination);
    }

    static Kernel.Statx Examine(int descriptor)
    {
        Errno error = NativeFile.Stat(descriptor, out Kernel.Statx stat);
        return error == Errno.None ? stat : throw NativeErrors.Failure(error, "examine", NativeFile.NameOf(descriptor));
    }

    /// <summary>Refuses what the calls would refuse with EXDEV or not at all: a copy of /dev/zero has no end.</summary>
    static void RequireRegular(in Kernel.Statx stat, string path)
    {
        if (NativeFile.IsDirectory(stat)) throw NativeErrors.Failure(Errno.EISDIR, "clone as a file", path);
        if (!NativeFile.IsRegular(stat)) throw NativeErrors.Failure(Errno.EINVAL, "clone (not a regular file)", path);
    }

    /// <summary>
    /// Refuses, before anything is lost, handles with which a copy must fail; and one for appending, with which it would succeed
    /// and put every byte at the end of the file, wherever it belongs (pwrite(2), BUGS).
    /// </summary>
    static void RequireAccessForCopy(int source, int target)
    {
        int from = Kernel.fcntl(source, Kernel.F_GETFL), to = Kernel.fcntl(target, Kernel.F_GETFL);
        if ((from & Kernel.O_ACCMODE) == Kernel.O_WRONLY || (from & Kernel.O_PATH) != 0)
            throw NativeErrors.Failure(Errno.EBADF, "read (not opened for reading)", NativeFile.NameOf(source));
        if ((to & Kernel.O_ACCMODE) == Kernel.O_RDONLY)
            throw NativeErrors.Failure(Errno.EBADF, "write (not opened for writing)", NativeFile.NameOf(target));
        if ((to & Kernel.O_APPEND) != 0)
            throw NativeErrors.Failure(Errno.EBADF, "write at an offset (opened for appending)", NativeFile.NameOf(target));
    }

    static bool IsSameFile(in Kernel.Statx one, in Kernel.Statx other) =>
        one.stx_ino == other.stx_ino && NativeFile.Device(one) == NativeFile.Device(other);

    static void Empty(int target)
    {
        Errno error = NativeFile.Truncate(target, 0);
        if (error != Errno.None) throw NativeErrors.Failure(error, "truncate", NativeFile.NameOf(target));
    }

    static Exception FailureOf(in Transfer transfer, string source, string destination) =>
        transfer.Mechanism == Mechanism.Reflink
            ? NativeErrors.CloneFailed(transfer.Failure, source, destination)
            : NativeErrors.Failure(transfer.Failure, $"copy '{source}' to", destination);

    static CopyOutcome Outcome(in Transfer transfer, IReadOnlyList<NotPreserved> lost)
    {
        var left = new List<Fallback>(2);
        if (transfer.ReflinkError != Errno.None)
            left.Add(new Fallback(Mechanism.Reflink, Mechanism.KernelCopy, NativeErrors.Describe(transfer.ReflinkError)));
        if (transfer.KernelCopyError != Errno.None)
            left.Add(new Fallback(Mechanism.KernelCopy, Mechanism.PlainCopy, NativeErrors.Describe(transfer.KernelCopyError)));
        return new CopyOutcome(transfer.Mechanism, transfer.Length, left, lost);
    }

    /// <summary>The path at the end of a chain of links, whether anything is there or not.</summary>
    internal static string FollowLinks(string path)
    {
        const int most = 40;        // path_resolution(7)
        string at = path;
        for (int links = 0; links < most; links++)
        {
            Errno error = NativeFile.ReadLink(at, out string target);
            if (error is Errno.EINVAL or Errno.ENOENT) return at;
            if (error != Errno.None) throw NativeErrors.Failure(error, "follow link", path);
            at = Path.IsPathRooted(target) ? target : Path.Join(at[..^Path.GetFileName(at).Length], target);
        }
        throw NativeErrors.Failure(Errno.ELOOP, "follow link", path);
    }
}
