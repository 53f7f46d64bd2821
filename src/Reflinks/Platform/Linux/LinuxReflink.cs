using System.Runtime.Versioning;
using Reflinks.Files;

namespace Reflinks.Platform.Linux;

/// <summary>The Linux side of <see cref="Reflink"/>: FICLONE, FICLONERANGE, FIDEDUPERANGE, copy_file_range, read and write.</summary>
[SupportedOSPlatform("linux")]
internal static class LinuxReflink
{
    /// <summary>One piece of a deduplication: what btrfs takes in one go, and a signal is answered between two.</summary>
    const long DeduplicationPieceBytes = 16 * 1024 * 1024;

    internal static CopyOutcome ByPath(string source, string destination, CloneOptions options, Rungs rungs, CancellationToken cancellation)
    {
        // Not blocking: opening a FIFO for reading would wait for a writer.
        int from = LinuxFile.Open(source, Interop.O_RDONLY | Interop.O_NONBLOCK, 0, out Errno error);
        if (from < 0) throw LinuxErrors.Failure(error, "open", source);
        try
        {
            error = LinuxFile.Stat(from, out Interop.Statx stat);
            if (error != Errno.None) throw LinuxErrors.Failure(error, "examine", source);
            if (LinuxFile.IsDirectory(stat)) throw LinuxErrors.Failure(Errno.EISDIR, "clone as a file", source);
            if (!LinuxFile.IsRegular(stat)) throw LinuxErrors.Failure(Errno.EINVAL, "clone (not a regular file)", source);

            string target = options.FollowDestinationLink ? FollowLinks(destination) : destination;
            if (!options.Overwrite && Exists(target))
                throw LinuxErrors.Describe(Errno.EEXIST).Attach(new IOException(
                    $"Cannot create '{destination}': {LinuxErrors.Describe(Errno.EEXIST)}. Ask for overwriting to replace it.", (int)Errno.EEXIST), destination);

            // Private until it has its mode, unless no mode is wanted: then the umask decides as for any new file.
            using var pending = PendingFile.Create(target, options.Preserve.HasFlag(Preserve.Mode) ? 0x180u : 0x1B6u);
            error = LinuxFile.Stat(pending.Descriptor, out Interop.Statx made);
            if (error != Errno.None) throw LinuxErrors.Failure(error, "examine", target);

            byte[]? buffer = null;
            Transfer transfer = new TransferLadder()
                .Fill(rungs, from, stat, pending.Descriptor, LinuxFile.Device(made), ref buffer, cancellation);
            if (transfer.Failed) throw FailureOf(transfer, source, destination);

            var lost = new List<NotPreserved>();
            PreserveMetadata(from, stat, pending.Descriptor, options.Preserve, destination, lost);
            pending.Keep(options.Overwrite);
            return Outcome(transfer, lost);
        }
        finally
        {
            _ = Interop.close(from);
        }
    }

    internal static CopyOutcome ByHandle(int source, int target, bool mayCopy, CancellationToken cancellation)
    {
        Errno error = LinuxFile.Stat(source, out Interop.Statx from);
        if (error != Errno.None) throw LinuxErrors.Failure(error, "examine", LinuxFile.NameOf(source));
        error = LinuxFile.Stat(target, out Interop.Statx to);
        if (error != Errno.None) throw LinuxErrors.Failure(error, "examine", LinuxFile.NameOf(target));

        long size = (long)from.stx_size;
        error = size == 0 ? Errno.None : LinuxFile.Clone(source, target);
        Transfer transfer;
        if (error == Errno.None && size > 0)
        {
            // FICLONE leaves the tail of a longer target (ioctl_ficlone(2) replaces only the range of the source).
            if ((long)to.stx_size > size) error = LinuxFile.Truncate(target, size);
            transfer = new Transfer(Mechanism.Reflink, size, Errno.None, Errno.None, error);
        }
        else if (error != Errno.None && (!mayCopy || LinuxErrors.Classify(error) == CloneFailure.Failed))
        {
            transfer = new Transfer(Mechanism.Reflink, 0, error, Errno.None, error);
        }
        else
        {
            Errno refused = error;
            error = LinuxFile.Truncate(target, 0);
            if (error != Errno.None) throw LinuxErrors.Failure(error, "truncate", LinuxFile.NameOf(target));
            byte[]? buffer = null;
            transfer = new TransferLadder()
                .Fill(mayCopy ? Rungs.Copy : Rungs.Reflink, source, from, target, LinuxFile.Device(to), ref buffer, cancellation) with { ReflinkError = refused };
        }
        if (transfer.Failed) throw FailureOf(transfer, LinuxFile.NameOf(source), LinuxFile.NameOf(target));
        return Outcome(transfer, []);
    }

    internal static void CloneRange(int source, long sourceOffset, int target, long targetOffset, long length)
    {
        Errno error = LinuxFile.CloneRange(source, sourceOffset, target, targetOffset, length);
        if (error != Errno.None) throw LinuxErrors.CloneFailed(error, LinuxFile.NameOf(source), LinuxFile.NameOf(target));
    }

    internal static CopyOutcome CloneOrCopyRange(
        int source, long sourceOffset, int target, long targetOffset, long length, CancellationToken cancellation)
    {
        string from = LinuxFile.NameOf(source), to = LinuxFile.NameOf(target);
        Errno error = LinuxFile.Stat(source, out Interop.Statx sourceStat);
        if (error != Errno.None) throw LinuxErrors.Failure(error, "examine", from);
        error = LinuxFile.Stat(target, out Interop.Statx targetStat);
        if (error != Errno.None) throw LinuxErrors.Failure(error, "examine", to);

        bool sameFile = sourceStat.stx_ino == targetStat.stx_ino && LinuxFile.Device(sourceStat) == LinuxFile.Device(targetStat);
        if (sameFile && Math.Abs(sourceOffset - targetOffset) < length)
            throw new ArgumentException($"The two ranges of '{from}' overlap.", nameof(targetOffset));
        if (sourceOffset + length > (long)sourceStat.stx_size)
            throw new EndOfStreamException($"The range of {length} bytes at {sourceOffset} ends behind the end of '{from}' ({sourceStat.stx_size} bytes).");

        Errno reflinkError = LinuxFile.CloneRange(source, sourceOffset, target, targetOffset, length);
        if (reflinkError == Errno.None) return Outcome(new Transfer(Mechanism.Reflink, length, Errno.None, Errno.None, Errno.None), []);
        if (LinuxErrors.Classify(reflinkError) == CloneFailure.Failed) throw LinuxErrors.CloneFailed(reflinkError, from, to);

        byte[]? buffer = null;
        Errno kernelError = Errno.None;
        Errno failed = new TransferLadder().CopyRange(
            source, sourceOffset, target, targetOffset, length, LinuxFile.Device(sourceStat), LinuxFile.Device(targetStat),
            ref kernelError, ref buffer, cancellation);
        var transfer = new Transfer(
            kernelError == Errno.None ? Mechanism.KernelCopy : Mechanism.PlainCopy, length, reflinkError, kernelError, failed);
        if (transfer.Failed) throw FailureOf(transfer, from, to);
        return Outcome(transfer, []);
    }

    internal static unsafe DeduplicationOutcome Deduplicate(
        int source, long sourceOffset, int target, long targetOffset, long length, CancellationToken cancellation)
    {
        long shared = 0;
        while (shared < length)
        {
            cancellation.ThrowIfCancellationRequested();
            var request = new Interop.FileDedupeRange
            {
                src_offset = (ulong)(sourceOffset + shared),
                src_length = (ulong)Math.Min(length - shared, DeduplicationPieceBytes),
                dest_count = 1,
                dest_fd = target,
                dest_offset = (ulong)(targetOffset + shared),
            };
            Errno error = Interop.ioctl(source, Interop.FIDEDUPERANGE, &request) == 0 ? Errno.None : LinuxErrors.Last;
            if (error == Errno.EINTR) continue;
            if (error == Errno.None && request.status < 0) error = (Errno)(-request.status);
            if (error != Errno.None) throw LinuxErrors.CloneFailed(error, LinuxFile.NameOf(source), LinuxFile.NameOf(target));

            if (request.status == Interop.FILE_DEDUPE_RANGE_DIFFERS || request.bytes_deduped == 0)
                return new DeduplicationOutcome(false, shared);
            shared += (long)request.bytes_deduped;
        }
        return new DeduplicationOutcome(true, shared);
    }

    static void PreserveMetadata(
        int source, in Interop.Statx stat, int target, Preserve preserve, string destination, List<NotPreserved> lost)
    {
        LinuxMetadata.CopyAttributes(source, target, preserve,
            (name, error) => lost.Add(new NotPreserved(destination, name, LinuxErrors.Describe(error))));
        Errno failed = Errno.None;
        if (preserve.HasFlag(Preserve.Mode))
        {
            int mode = LinuxMetadata.ModeToKeep(stat, out bool lostSetId);
            if (lostSetId) lost.Add(new NotPreserved(destination, LinuxMetadata.SetIdBits, LinuxErrors.Describe(Errno.EPERM)));
            failed = LinuxMetadata.SetMode(target, mode);
        }
        if (failed == Errno.None && preserve.HasFlag(Preserve.Times))
            failed = LinuxMetadata.SetTimes(target, stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec, stat.stx_atime);
        if (failed != Errno.None) throw LinuxErrors.Failure(failed, "set mode and times of", destination);
    }

    static Exception FailureOf(in Transfer transfer, string source, string destination) =>
        transfer.Mechanism == Mechanism.Reflink
            ? LinuxErrors.CloneFailed(transfer.Failure, source, destination)
            : LinuxErrors.Failure(transfer.Failure, $"copy '{source}' to", destination);

    static CopyOutcome Outcome(in Transfer transfer, IReadOnlyList<NotPreserved> lost)
    {
        var left = new List<Fallback>(2);
        if (transfer.ReflinkError != Errno.None)
            left.Add(new Fallback(Mechanism.Reflink, Mechanism.KernelCopy, LinuxErrors.Describe(transfer.ReflinkError)));
        if (transfer.KernelCopyError != Errno.None)
            left.Add(new Fallback(Mechanism.KernelCopy, Mechanism.PlainCopy, LinuxErrors.Describe(transfer.KernelCopyError)));
        return new CopyOutcome(transfer.Mechanism, transfer.Length, left, lost);
    }

    static bool Exists(string path)
    {
        // A dangling link exists too, which File.Exists denies.
        var file = new FileInfo(path);
        return file.Exists || file.LinkTarget is not null || Directory.Exists(path);
    }

    static string FollowLinks(string path) =>
        new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
}
