using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Platform.MacOS;

namespace Reflinks.Trees;

/// <summary>Makes one file after the other for one worker: link, or create, fill, attributes, mode, times.</summary>
internal sealed unsafe class FileWriter(
    TreeListing listing, TreeContent content, TreeWriteOptions options, WriteSituation situation, TreeTally tally, CancellationToken cancellation)
{
    internal const int OwnerReadWrite = 0x180;

    int current;

    /// <summary>No file that is finished from here on was changed before.</summary>
    Moment sure;

    Action<string, Errno>? lost;

    /// <summary>Makes a file in the open directory. On failure nothing is promised: the whole tree is thrown away.</summary>
    internal void Make(int file, int directory)
    {
        ref readonly FileEntry entry = ref listing.Files[file];
        byte* name = listing.NamePointer(entry.NameOffset);
        ContentChange change = content.ChangeOf(file);
        bool mayLink = options.Rungs.HasFlag(Rungs.HardLink) && change == ContentChange.None && entry.Size > 0 && content.MayLink(file);
        bool mayReflink = options.Rungs.HasFlag(Rungs.Reflink);
        if (mayLink && (!mayReflink || situation.ReflinkAbsent != Errno.None))
        {
            if (TryLink(file, entry, directory, name, situation.ReflinkAbsent)) return;
            mayLink = false;
        }

        int source = content.Open(file, out Kernel.Statx stat);
        int target = -1;
        try
        {
            Errno refused = Errno.None;
            bool cloned = Kernel.ClonesByName && mayReflink && change != ContentChange.Rewrite && source >= 0
                && TryCloneUnder(source, stat, directory, name, entry, out target, out refused);
            if (!cloned) target = Create(entry, directory, name);
            Transfer transfer;
            if (cloned)
            {
                transfer = new Transfer(Mechanism.Reflink, (long)stat.stx_size, Errno.None, Errno.None, Errno.None);
            }
            else if (change == ContentChange.Rewrite)
            {
                transfer = Written(content.Rewrite(file, source, target));
            }
            else if (source < 0)
            {
                transfer = Written(0);
            }
            else
            {
                // Where the kernel does not answer for a clone's length, the one look at the finished file tells it, unless something is written into it before.
                LengthCheck check = situation.AnswersForClones ? LengthCheck.Kernels : change == ContentChange.Patch ? LengthCheck.Look : LengthCheck.Callers;
                Rungs rungs = options.Rungs & (mayLink ? Rungs.Reflink : Rungs.Reflink | Rungs.Copy);
                transfer = situation.Ladder.Fill(
                    rungs, source, stat, target, situation.TargetDevice, cancellation, check, refused);
                if (!Settle(ref transfer, file, entry, source, stat, ref target, directory, name, mayLink)) return;
            }
            if (change == ContentChange.Patch) content.Patch(file, source, target);
            if (change != ContentChange.None) NoteProgram(file, source);
            Finish(file, entry, source, stat, target);
            if (transfer.Mechanism != Mechanism.Reflink || change != ContentChange.None || !TryExpect(file, entry, transfer.Length))
            {
                Kernel.Statx made = Look(entry, target);
                Errno wrong = transfer.Mechanism == Mechanism.Reflink && change != ContentChange.Patch ? CheckLength(source, made, ref transfer) : Errno.None;
                if (wrong != Errno.None)
                {
                    transfer = TryAgain(wrong, source, stat, target, mayLink);
                    if (!Settle(ref transfer, file, entry, source, stat, ref target, directory, name, mayLink)) return;
                    Finish(file, entry, source, stat, target);
                    made = Look(entry, target);
                }
                Note(file, entry, made);
            }
            Count(file, entry, transfer);
        }
        finally
        {
            if (source >= 0) _ = Kernel.close(source);
            if (target >= 0) _ = Kernel.close(target);
        }
    }

    /// <summary>Changes the bytes of a file that stands, in place, where its content is to change. Returns whether it was touched.</summary>
    internal bool Change(int file, int directory)
    {
        ContentChange change = content.ChangeOf(file);
        if (change == ContentChange.None) return false;
        ref readonly FileEntry entry = ref listing.Files[file];
        int source = content.Open(file, out Kernel.Statx stat);
        int target = -1;
        try
        {
            target = OpenToChange(entry, directory);
            if (change == ContentChange.Patch)
            {
                content.Patch(file, source, target);
            }
            else
            {
                Errno error = NativeFile.Truncate(target, 0);
                if (error != Errno.None) throw NativeErrors.Failure(error, "write", PathOf(entry));
                Count(file, entry, Written(content.Rewrite(file, source, target)));
            }
            NoteProgram(file, source);
            Finish(file, entry, source, stat, target);
            Note(file, entry, Look(entry, target));
            return true;
        }
        finally
        {
            if (source >= 0) _ = Kernel.close(source);
            if (target >= 0) _ = Kernel.close(target);
        }
    }

    /// <summary>Sets attributes, mode and times of a file that was finished, and that somebody has changed since.</summary>
    internal void FinishAgain(int file, int directory)
    {
        ref readonly FileEntry entry = ref listing.Files[file];
        int source = content.Open(file, out Kernel.Statx stat);
        int target = -1;
        try
        {
            target = OpenToChange(entry, directory);
            Finish(file, entry, source, stat, target);
            Note(file, entry, Look(entry, target));
        }
        finally
        {
            if (source >= 0) _ = Kernel.close(source);
            if (target >= 0) _ = Kernel.close(target);
        }
    }

    /// <summary>Remembers a changed file that is a program, where those have to be signed.</summary>
    void NoteProgram(int file, int source)
    {
        if (options.Signer is null || source < 0) return;
        Errno error = MachO.Is(source, out bool isProgram);
        if (error != Errno.None) throw NativeErrors.Failure(error, "read", content.PathOf(file));
        if (isProgram) tally.ChangedPrograms.Add(file);
    }

    int OpenToChange(in FileEntry entry, int directory)
    {
        byte* name = listing.NamePointer(entry.NameOffset);
        int flags = Kernel.O_WRONLY | OpenFlags.O_NOFOLLOW;
        int target = NativeFile.OpenAt(directory, name, flags, 0, out Errno error);

        // A file that is read-only to its owner gets its mode back when it is finished.
        if (target < 0 && error == Errno.EACCES && Kernel.SetModeAt(directory, name, (entry.Mode & 0x1FF) | OwnerReadWrite) == Errno.None)
            target = NativeFile.OpenAt(directory, name, flags, 0, out error);
        return target >= 0 ? target : throw NativeErrors.Failure(error, "open", PathOf(entry));
    }

    /// <summary>Goes on where the bytes did not arrive. Returns false where the file became a hard link instead, which has nothing to be finished.</summary>
    bool Settle(
        ref Transfer transfer, int file, in FileEntry entry, int source, in Kernel.Statx stat, ref int target, int directory, byte* name, bool mayLink)
    {
        if (transfer.Failed && mayLink && NativeErrors.Classify(transfer.ReflinkError) != CloneFailure.Failed)
        {
            if (!situation.ReflinkWorked && NativeErrors.IsAbsent(transfer.ReflinkError)) situation.ReflinkAbsent = transfer.ReflinkError;
            _ = Kernel.close(target);
            target = -1;
            if (Kernel.unlinkat(directory, name, 0) != 0) throw NativeErrors.Failure(NativeErrors.Last, "replace", PathOf(entry));
            if (TryLink(file, entry, directory, name, transfer.ReflinkError)) return false;

            target = Create(entry, directory, name);
            transfer = Copy(source, stat, target) with { ReflinkError = transfer.ReflinkError };
        }
        if (transfer.Failed)
        {
            throw transfer.Mechanism == Mechanism.Reflink
                ? NativeErrors.CloneFailed(transfer.Failure, content.PathOf(file), PathOf(entry))
                : NativeErrors.Failure(transfer.Failure, $"copy '{content.PathOf(file)}' to", PathOf(entry));
        }
        return true;
    }

    static Transfer Written(long bytes) => new(bytes == 0 ? Mechanism.Empty : Mechanism.PlainCopy, bytes, Errno.None, Errno.None, Errno.None);

    Transfer Copy(int source, in Kernel.Statx stat, int target) =>
        situation.Ladder.Fill(Rungs.Copy, source, stat, target, situation.TargetDevice, cancellation);

    /// <summary>Compares a finished clone with its source.</summary>
    static Errno CheckLength(int source, in Kernel.Statx made, ref Transfer transfer)
    {
        long size = transfer.Length;
        Errno error = TransferLadder.Compare(source, made, ref size);
        transfer = transfer with { Length = size };
        return error;
    }

    /// <summary>What comes after a clone that was found to be wrong when all was done: the next way, where one is left that needs no other file.</summary>
    Transfer TryAgain(Errno wrong, int source, in Kernel.Statx stat, int target, bool mayLink)
    {
        var refused = new Transfer(Mechanism.Reflink, 0, wrong, Errno.None, wrong);
        if (mayLink || !options.Rungs.HasFlag(Rungs.Copy) || NativeErrors.Classify(wrong) == CloneFailure.Failed) return refused;
        Errno error = NativeFile.Truncate(target, 0);
        return error == Errno.None ? Copy(source, stat, target) with { ReflinkError = wrong } : refused with { Failure = error };
    }

    bool TryLink(int file, in FileEntry entry, int directory, byte* name, Errno reflinkError)
    {
        // Asked anew for each file: another mount may begin anywhere in a tree, and the call costs nothing beside a copy.
        Errno error = content.Link(file, directory, name, out FileStamp stamp);
        if (error is Errno.None or NativeErrors.CopiedUp)
        {
            if (situation.Stamps is { } stamps) stamps.Files[file] = stamp == default ? Look(entry, directory, name) : stamp;
            if (reflinkError != Errno.None) Left(entry, Mechanism.Reflink, Mechanism.HardLink, reflinkError);
            if (error == NativeErrors.CopiedUp) Left(entry, Mechanism.HardLink, Mechanism.KernelCopy, error);

            // Where the kernel copied it for the link it is counted as that, and is another name of the source's inode all the same.
            tally.Count(error == Errno.None ? Mechanism.HardLink : Mechanism.KernelCopy, entry.Size);
            situation.MadeBy[file] = Mechanism.HardLink;
            return true;
        }

        switch (error)
        {
            case Errno.EXDEV or Errno.EOPNOTSUPP or Errno.ENOSYS:   // another filesystem or mount; one without hard links
            case Errno.EMLINK:                                      // this inode has as many names as it can have
            case Errno.EPERM or Errno.EACCES:                       // fs.protected_hardlinks, FUSE, immutable source
            case NativeErrors.LinkedProgram:
                break;
            default:
                throw NativeErrors.Failure(error, "link", PathOf(entry));
        }
        Left(entry, Mechanism.HardLink, Mechanism.KernelCopy, error);
        return false;
    }

    FileStamp Look(in FileEntry entry, int directory, byte* name)
    {
        Errno error = NativeFile.StatAt(directory, name, Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx stat);
        return error == Errno.None ? FileStamp.Of(stat) : throw NativeErrors.Failure(error, "examine", PathOf(entry));
    }

    /// <summary>Makes the file as a clone where that is how it is done, with the mode that <see cref="Create"/> would have given it.</summary>
    bool TryCloneUnder(int source, in Kernel.Statx stat, int directory, byte* name, in FileEntry entry, out int target, out Errno refused)
    {
        if (!situation.Ladder.TryCloneUnder(source, stat, directory, name, situation.TargetDevice, out target, out refused)) return false;
        Errno error = NativeMetadata.SetMode(target, (int)NewMode(entry) & ~situation.Umask);
        return error == Errno.None ? true : throw NativeErrors.Failure(error, "set mode of", PathOf(entry));
    }

    /// <summary>Setting an attribute of the namespace user needs write permission, from the owner as well (xattr(7)).</summary>
    uint NewMode(in FileEntry entry) => options.Preserve.HasFlag(Preserve.Mode) ? (entry.Mode & 0x1FFu) | OwnerReadWrite : 0x1B6u;

    int Create(in FileEntry entry, int directory, byte* name)
    {
        uint mode = NewMode(entry);
        int target = NativeFile.OpenAt(
            directory, name, Kernel.O_WRONLY | Kernel.O_CREAT | Kernel.O_EXCL | OpenFlags.O_NOFOLLOW, mode, out Errno error);
        if (target < 0) throw NativeErrors.Failure(error, "create", PathOf(entry));
        if (options.Preserve.HasFlag(Preserve.Mode) && (situation.Umask & OwnerReadWrite) != 0) _ = NativeMetadata.SetMode(target, OwnerReadWrite);
        return target;
    }

    /// <summary>Attributes, mode and times.</summary>
    void Finish(int file, in FileEntry entry, int source, in Kernel.Statx stat, int target)
    {
        current = file;
        bool attributes = content.SetAttributes(file, source, target, lost ??= NotPreserved);
        Errno error = Errno.None;
        int mode = entry.Mode & options.FileModeMask;
        if (options.Preserve.HasFlag(Preserve.Mode) && (attributes || (mode & (situation.Umask | 0xE00)) != 0 || (mode & OwnerReadWrite) != OwnerReadWrite))
            error = NativeMetadata.SetMode(target, mode);
        if (error == Errno.None && options.Preserve.HasFlag(Preserve.Times))
        {
            error = NativeMetadata.SetTimes(target, entry.ModifiedSeconds, (uint)entry.ModifiedNanoseconds,
                options.KeepAccessTimes && source >= 0 ? stat.stx_atime : null);
        }
        if (error != Errno.None) throw NativeErrors.Failure(error, "set mode and times of", PathOf(entry));
    }

    /// <summary>The one look at a finished file, which tells its length, its time and its stamp.</summary>
    Kernel.Statx Look(in FileEntry entry, int target)
    {
        Errno error = NativeFile.Stat(target, out Kernel.Statx made);
        return error == Errno.None ? made : throw NativeErrors.Failure(error, "examine", PathOf(entry));
    }

    /// <summary>
    /// Takes down how a finished clone has to look, without looking: its length is the kernel's word, its time is none that could have been cut,
    /// and what was done to it last was done just now. Returns false where it has to be looked at.
    /// </summary>
    bool TryExpect(int file, in FileEntry entry, long length)
    {
        if (!situation.AnswersForClones) return false;
        bool times = options.Preserve.HasFlag(Preserve.Times);
        if (times && situation.Times.IsInDoubt(entry.ModifiedSeconds, entry.ModifiedNanoseconds)) return false;
        if (situation.Stamps is not { } stamps) return true;
        if (!times) return false;

        Moment now = Moment.AfterChanges();
        if (now.Seconds - sure.Seconds is < 0 or >= FileStamp.ExpectedWithin)
        {
            // Once in a while, so that it is known from when on to expect the next ones.
            sure = Moment.OfChanges();
            return false;
        }
        stamps.Files[file] = FileStamp.Expected(length, entry.ModifiedSeconds, (uint)entry.ModifiedNanoseconds, now);
        return true;
    }

    /// <summary>Takes down how a finished file looks.</summary>
    void Note(int file, in FileEntry entry, in Kernel.Statx made)
    {
        if (situation.Stamps is { } stamps) stamps.Files[file] = FileStamp.Of(made);
        if (!options.Preserve.HasFlag(Preserve.Times) || !situation.Times.IsInDoubt(entry.ModifiedSeconds, entry.ModifiedNanoseconds)) return;
        Errno cut = situation.Times.Check(made, entry.ModifiedSeconds, entry.ModifiedNanoseconds);
        if (cut != Errno.None) NotPreserved(TimeKeeping.Lost, cut);
    }

    void Count(int file, in FileEntry entry, in Transfer transfer)
    {
        if (transfer.ReflinkError != Errno.None) Left(entry, Mechanism.Reflink, Mechanism.KernelCopy, transfer.ReflinkError);
        if (transfer.KernelCopyError != Errno.None) Left(entry, Mechanism.KernelCopy, Mechanism.PlainCopy, transfer.KernelCopyError);
        if (transfer.Mechanism == Mechanism.Reflink && !situation.ReflinkWorked) situation.ReflinkWorked = true;
        tally.Count(transfer.Mechanism, transfer.Length);
        situation.MadeBy[file] = transfer.Mechanism;
    }

    string PathOf(in FileEntry entry) => Path.Join(options.Destination, listing.DisplayPath(entry));

    void Left(in FileEntry entry, Mechanism from, Mechanism to, Errno error) =>
        tally.Left(from, to, error, listing, entry);

    void NotPreserved(string what, Errno error) =>
        tally.NotPreserved.Add(NativeErrors.Lost(options.Destination, listing.DisplayPath(listing.Files[current]), what, error));
}
