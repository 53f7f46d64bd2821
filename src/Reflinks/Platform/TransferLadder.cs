using System.Collections.Concurrent;
using Reflinks.Files;

namespace Reflinks.Platform;

/// <summary>What became of the bytes of one file: the rung that held, and the errno with which each higher one was left.</summary>
internal readonly record struct Transfer(Mechanism Mechanism, long Length, Errno ReflinkError, Errno KernelCopyError, Errno Failure)
{
    internal bool Failed => Failure != Errno.None;
}

/// <summary>Ways to give a file its bytes.</summary>
[Flags]
internal enum Rungs
{
    Reflink = 1,
    HardLink = 2,
    Copy = 4,
}

/// <summary>Who makes sure that a clone has the length of its source.</summary>
internal enum LengthCheck
{
    /// <summary>The ladder looks at it.</summary>
    Look,

    /// <summary>The caller looks at it, as he has to anyway (<see cref="TransferLadder.Compare"/>).</summary>
    Callers,

    /// <summary>The kernel, which is told the length (<see cref="Kernel.AnswersForClones"/>).</summary>
    Kernels,
}

/// <summary>
/// The ladder for the bytes of one file: reflink, kernel copy, plain copy. What a pair of filesystems turned out not to be
/// able to do is remembered for that pair, not for the process; after a first success on a pair a refusal counts for the
/// one file only. Safe for many threads at once.
/// </summary>
internal sealed class TransferLadder
{
    /// <summary>What the kernel is asked to copy in one go; a cancellation is answered between two.</summary>
    const long KernelPieceBytes = 64 * 1024 * 1024;

    const int PrivateMode = 0x180;      // rw-------

    /// <summary>What it is called when copy_file_range returns 0 before the end: a virtual file, or one that was cut (copy_file_range(2), BUGS).</summary>
    const Errno EndedEarly = Errno.EINVAL;

    readonly ConcurrentDictionary<(ulong Source, ulong Target), Pair> pairs = new();

    /// <summary>Why the kernel's copy is left out from the start; none unless given.</summary>
    internal Errno KernelCopyAbsent { get; init; }

    sealed class Pair
    {
        internal volatile Errno ReflinkAbsent;
        internal volatile bool ReflinkWorked;
        internal volatile Errno KernelCopyAbsent;
        internal volatile bool KernelCopyWorked;
    }

    Pair PairOf(ulong source, ulong target) =>
        pairs.GetOrAdd((source, target), static (_, absent) => new Pair { KernelCopyAbsent = absent }, KernelCopyAbsent);

    /// <summary>Fills the empty file <paramref name="target"/> with the bytes of <paramref name="source"/>.</summary>
    /// <param name="rungs">Which ways may be tried; at least one.</param>
    /// <param name="source">A readable descriptor of a regular file.</param>
    /// <param name="stat">What <paramref name="source"/> was found to be when it was opened.</param>
    /// <param name="target">A writable descriptor of an empty file.</param>
    /// <param name="targetDevice">The device of <paramref name="target"/>.</param>
    /// <param name="cancellation">Looked at between the pieces of a copy.</param>
    /// <param name="check">Who makes sure of a clone's length.</param>
    /// <param name="refused">Why <see cref="TryCloneUnder"/> has made no clone, where it was tried.</param>
    internal Transfer Fill(
        Rungs rungs, int source, in Kernel.Statx stat, int target, ulong targetDevice, CancellationToken cancellation,
        LengthCheck check = LengthCheck.Look, Errno refused = Errno.None)
    {
        Errno reflinkError = Errno.None, kernelError = Errno.None;
        long size = (long)stat.stx_size;
        if (size == 0) return FillFromSizeless(rungs, source, target, cancellation);

        Pair pair = PairOf(NativeFile.Device(stat), targetDevice);
        if (rungs.HasFlag(Rungs.Reflink))
        {
            reflinkError = refused != Errno.None ? refused : pair.ReflinkAbsent;
            if (reflinkError == Errno.None)
            {
                reflinkError = check switch
                {
                    LengthCheck.Callers => Kernel.Clone(source, target),
                    LengthCheck.Kernels => CloneExactly(source, target, ref size),
                    _ => CloneWhole(source, target, ref size),
                };
                if (reflinkError == Errno.None)
                {
                    pair.ReflinkWorked = true;
                    return new Transfer(Mechanism.Reflink, size, Errno.None, Errno.None, Errno.None);
                }
                if (!pair.ReflinkWorked && NativeErrors.IsAbsent(reflinkError)) pair.ReflinkAbsent = reflinkError;
            }
            if (!rungs.HasFlag(Rungs.Copy) || NativeErrors.Classify(reflinkError) == CloneFailure.Failed)
                return new Transfer(Mechanism.Reflink, 0, reflinkError, Errno.None, reflinkError);
        }

        if (Kernel.CopiesWholeFiles && pair.KernelCopyAbsent == Errno.None)
        {
            kernelError = Kernel.CopyWhole(source, target);
            if (kernelError == Errno.None || NativeErrors.Classify(kernelError) == CloneFailure.Failed)
                return new Transfer(Mechanism.KernelCopy, size, reflinkError, Errno.None, kernelError);
            if (Kernel.ftruncate(target, 0) != 0) return new Transfer(Mechanism.KernelCopy, 0, reflinkError, kernelError, NativeErrors.Last);
        }
        bool sparse = (long)stat.stx_blocks * 512 < size;
        using UncachedCopy large = UncachedCopy.Begin(source, target, size);
        Errno failed = sparse
            ? CopySegments(source, target, size, pair, ref kernelError, cancellation)
            : CopyRange(source, 0, target, 0, size, pair, ref kernelError, fresh: true, cancellation);
        if (failed == Errno.None && sparse) failed = NativeFile.Truncate(target, size);
        if (failed == Errno.None && !sparse && kernelError == Errno.None) failed = MakeUpForShortCopy(source, target, size, ref kernelError, cancellation);
        return new Transfer(kernelError == Errno.None ? Mechanism.KernelCopy : Mechanism.PlainCopy, size, reflinkError, kernelError, failed);
    }

    /// <summary>
    /// Makes a file by cloning another one under a name, where that is how this system clones. The clone is open for writing, private to its
    /// owner and has no attributes, as if it had been made and filled.
    /// </summary>
    /// <param name="source">A readable descriptor of a regular file.</param>
    /// <param name="stat">What it was found to be when it was opened.</param>
    /// <param name="directory">Where it is made.</param>
    /// <param name="name">Under a name that nothing has.</param>
    /// <param name="targetDevice">The device of that folder.</param>
    /// <param name="target">A writable descriptor of the clone; -1 where none was made.</param>
    /// <param name="refused">Why none was made; none where it was not tried, because there is nothing to share.</param>
    internal unsafe bool TryCloneUnder(int source, in Kernel.Statx stat, int directory, byte* name, ulong targetDevice, out int target, out Errno refused)
    {
        target = -1;
        refused = Errno.None;
        if (stat.stx_size == 0) return false;
        Pair pair = PairOf(NativeFile.Device(stat), targetDevice);
        refused = pair.ReflinkAbsent;
        if (refused == Errno.None) refused = Kernel.CloneInto(source, directory, name);
        if (refused != Errno.None)
        {
            if (!pair.ReflinkWorked && NativeErrors.IsAbsent(refused)) pair.ReflinkAbsent = refused;
            return false;
        }
        pair.ReflinkWorked = true;
        refused = Kernel.SetModeAt(directory, name, PrivateMode);
        if (refused == Errno.None) target = NativeFile.OpenAt(directory, name, Kernel.O_RDWR | OpenFlags.O_NOFOLLOW, 0, out refused);
        if (target >= 0) NativeMetadata.RemoveAttributes(target);
        else _ = Kernel.unlinkat(directory, name, 0);
        return target >= 0;
    }

    /// <summary>Copies one range, by the kernel where it can.</summary>
    /// <returns>The failure that remains; <paramref name="kernelError"/> says why the kernel's copy was left, if it was.</returns>
    internal Errno CopyRange(
        int source, long offset, int target, long targetOffset, long length, ulong sourceDevice, ulong targetDevice,
        ref Errno kernelError, CancellationToken cancellation) =>
        CopyRange(source, offset, target, targetOffset, length,
            PairOf(sourceDevice, targetDevice), ref kernelError, fresh: false, cancellation);

    static Errno CloneWhole(int source, int target, ref long size)
    {
        Errno error = Kernel.Clone(source, target);
        if (error == Errno.None) error = CheckLength(source, target, ref size);
        if (error != NativeErrors.ShortClone) return error;

        error = NativeFile.Truncate(target, 0);
        return error != Errno.None ? error : NativeErrors.ShortClone;
    }

    /// <summary>Clones as many bytes as the source had when it was opened. The kernel refuses what comes out shorter, with EINVAL.</summary>
    static Errno CloneExactly(int source, int target, ref long size)
    {
        Errno error = Kernel.CloneRange(source, 0, target, 0, size);
        if (error != Errno.EINVAL) return error;

        // Short; or the source has another length by now, which only a look can tell.
        error = NativeFile.Truncate(target, 0);
        return error == Errno.None ? CloneWhole(source, target, ref size) : error;
    }

    /// <summary>Compares a clone just made with its source, of <paramref name="size"/> bytes when it was opened.</summary>
    internal static Errno CheckLength(int source, int target, ref long size)
    {
        Errno error = NativeFile.Stat(target, out Kernel.Statx made);
        return error != Errno.None ? error : Compare(source, made, ref size);
    }

    /// <summary>Compares the looks of a clone with its source, of <paramref name="size"/> bytes when it was opened.</summary>
    internal static Errno Compare(int source, in Kernel.Statx made, ref long size)
    {
        if ((long)made.stx_size == size) return Errno.None;

        // Another length than the source had: right if the source has it too by now, a short clone otherwise.
        Errno error = NativeFile.Stat(source, out Kernel.Statx now);
        if (error != Errno.None) return error;
        if (made.stx_size != now.stx_size) return NativeErrors.ShortClone;
        size = (long)now.stx_size;
        return Errno.None;
    }

    /// <summary>A file that says it is empty may still have bytes to read (proc(5)), so it is read to its end.</summary>
    Transfer FillFromSizeless(Rungs rungs, int source, int target, CancellationToken cancellation)
    {
        Span<byte> first = stackalloc byte[1];
        Errno failed = NativeFile.Read(source, first, 0, out int read);
        if (failed != Errno.None) return new Transfer(Mechanism.PlainCopy, 0, Errno.None, Errno.None, failed);
        if (read == 0) return new Transfer(Mechanism.Empty, 0, Errno.None, Errno.None, Errno.None);

        Errno reflinkError = Errno.None;
        if (rungs.HasFlag(Rungs.Reflink))
        {
            long size = 0;
            reflinkError = CloneWhole(source, target, ref size);
            if (reflinkError == Errno.None) return new Transfer(Mechanism.Reflink, size, Errno.None, Errno.None, Errno.None);
            if (!rungs.HasFlag(Rungs.Copy) || NativeErrors.Classify(reflinkError) == CloneFailure.Failed)
                return new Transfer(Mechanism.Reflink, 0, reflinkError, Errno.None, reflinkError);
        }

        long copied = 0, written = 0;
        Errno kernelError = KernelCopyAbsent;
        if (kernelError == Errno.None) kernelError = NativeFile.KernelCopy(source, target, ref copied, ref written, KernelPieceBytes);
        if (kernelError == Errno.None) kernelError = EndedEarly;
        else if (NativeErrors.Classify(kernelError) == CloneFailure.Failed)
            return new Transfer(Mechanism.KernelCopy, 0, reflinkError, Errno.None, kernelError);
        failed = PlainCopy.Range(source, ref copied, target, written, long.MaxValue - copied, cancellation);
        if (failed == NativeErrors.SourceShrank) failed = Errno.None;
        return new Transfer(Mechanism.PlainCopy, copied, reflinkError, kernelError, failed);
    }

    /// <summary>Copies the data of a sparse file and leaves its holes, by lseek(2) with SEEK_DATA and SEEK_HOLE, where they are holes.</summary>
    static Errno CopySegments(
        int source, int target, long size, Pair pair, ref Errno kernelError, CancellationToken cancellation)
    {
        // The descriptor may be a caller's, and its position shows.
        long caller = Kernel.lseek(source, 0, Kernel.SEEK_CUR);
        try
        {
            bool isBelieved = Kernel.TellsHoles(source), isTrue = true, hasData = true;
            Errno failed = Errno.None;
            for (long position = 0; hasData && failed == Errno.None;)
            {
                hasData = NativeFile.NextData(source, position, size, out long data, out long end);
                if (!isBelieved)
                {
                    failed = PlainCopy.UntrueHole(source, target, position, hasData ? data : size, ref isTrue, cancellation);
                    if (!isTrue && kernelError == Errno.None) kernelError = NativeErrors.UntrueHole;
                }
                if (hasData && failed == Errno.None)
                    failed = CopyRange(source, data, target, data, end - data, pair, ref kernelError, fresh: false, cancellation);
                position = end;
            }
            return failed == Errno.None ? HasLength(source, size) : failed;
        }
        finally
        {
            _ = Kernel.lseek(source, caller, Kernel.SEEK_SET);
        }
    }

    /// <summary>The end of a file looks like a hole: where it comes too early, the file was cut meanwhile.</summary>
    static Errno HasLength(int source, long size)
    {
        Errno error = NativeFile.Stat(source, out Kernel.Statx now);
        return error == Errno.None && (long)now.stx_size < size ? NativeErrors.SourceShrank : error;
    }

    /// <param name="fresh">Whether the target is empty and is to become all of the source.</param>
    static Errno CopyRange(
        int source, long offset, int target, long targetOffset, long length, Pair pair,
        ref Errno kernelError, bool fresh, CancellationToken cancellation)
    {
        long start = offset, end = offset + length;
        if (kernelError == Errno.None) kernelError = pair.KernelCopyAbsent;
        if (kernelError == Errno.None)
        {
            long before;
            do
            {
                cancellation.ThrowIfCancellationRequested();
                before = offset;
                kernelError = NativeFile.KernelCopy(source, target, ref offset, ref targetOffset, Math.Min(end - offset, KernelPieceBytes));
            }
            while (kernelError == Errno.None && offset < end && offset > before);
            if (kernelError == Errno.None && offset == end)
            {
                pair.KernelCopyWorked = true;
                return Errno.None;
            }

            if (kernelError == Errno.None) kernelError = EndedEarly;
            else if (NativeErrors.Classify(kernelError) == CloneFailure.Failed) return kernelError;
            else if (!pair.KernelCopyWorked && NativeErrors.IsAbsent(kernelError)) pair.KernelCopyAbsent = kernelError;
        }
        Errno failed = fresh && offset == start && length >= PlainCopy.ReservedBytes ? Kernel.Reserve(target, length) : Errno.None;
        return failed == Errno.None ? PlainCopy.Range(source, ref offset, target, targetOffset, end - offset, cancellation) : failed;
    }

    /// <summary>A kernel's copy that was said to be done and is shorter than its source is made again, plainly: it has happened (copy_file_range(2), BUGS).</summary>
    static Errno MakeUpForShortCopy(int source, int target, long size, ref Errno kernelError, CancellationToken cancellation)
    {
        Errno error = NativeFile.Stat(target, out Kernel.Statx made);
        if (error != Errno.None || (long)made.stx_size >= size) return error;
        kernelError = EndedEarly;
        long offset = 0;
        return PlainCopy.Range(source, ref offset, target, 0, size, cancellation);
    }
}
