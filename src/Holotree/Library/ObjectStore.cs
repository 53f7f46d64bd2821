using System.Buffers;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Library;

/// <summary>
/// The objects of a library, by digest: <c>objects/sha256/ab/…</c>, and <c>objects/sparse-sha256/ab/…</c> for those with large
/// holes. An object is written once under another name, synced,
/// sealed and renamed; after that nothing ever writes to it. The seal (mode without write bits and a fixed modification time)
/// tells with one fstat whether somebody did.
/// </summary>
internal sealed unsafe class ObjectStore : IDisposable
{
    /// <summary>The modification time of every sealed object, 2001-09-09T01:46:40Z: a time nobody's edit will have.</summary>
    internal const long SealSeconds = 1_000_000_000;

    const string NoFile = "it is no file";

    readonly Home home;
    readonly Quarantine quarantine;

    /// <summary>
    /// Whether nobody else can have put anything here, so that a seal says what it says. Otherwise every object is read before it is used,
    /// and one of another user, who may write to it at any time, is copied before.
    /// </summary>
    readonly bool trusts;
    readonly DirectoryCursor root;

    /// <summary>Descriptors of the folders that objects lie in, opened when first needed; -1 for those that are not.</summary>
    readonly int[] folders = new int[ObjectEntry.Folders];

    HardLinker? linker;
    ForeignContent? foreign;

    internal ObjectStore(Home home)
    {
        this.home = home;
        trusts = home.Access.IsPrivate;
        quarantine = new Quarantine(home);
        Array.Fill(folders, -1);
        root = new DirectoryCursor(home.ObjectsPath, readable: false);
    }

    internal int Root => root.Descriptor;

    /// <summary>Whether the store has an object whose size and seal are right.</summary>
    internal bool Has(in ObjectEntry entry)
    {
        if (!trusts) return Examine(entry, knowsSize: true, CancellationToken.None).Condition is ObjectCondition.Whole or ObjectCondition.Unsealed;
        byte* name = stackalloc byte[ObjectEntry.NameBytes];
        entry.WriteName(new Span<byte>(name, ObjectEntry.NameBytes));
        return NativeFile.StatAt(Root, name, Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx stat) == Errno.None && IsSealed(entry, stat);
    }

    /// <summary>Opens an object for use: its seal is whole, or its content was hashed and is right.</summary>
    /// <exception cref="HolotreeException">The object is missing, or damaged and now set aside.</exception>
    internal int Open(in ObjectEntry entry, bool verify, out Kernel.Statx stat)
    {
        while (true)
        {
            int descriptor = TryOpen(entry, out stat, out Errno error);
            if (error == Errno.ENOENT) throw Missing(entry);
            if (error != Errno.None) throw NativeErrors.Failure(error, "open object", PathOf(entry));
            try
            {
                ulong inode = stat.stx_ino;
                bool isFile = descriptor >= 0 && NativeFile.IsRegular(stat), isForeign = !trusts && !LibraryAccess.IsOwn(stat);
                string wrong = !isFile ? NoFile
                    : trusts && !verify && IsSealed(entry, stat) ? string.Empty
                    : isForeign && !(foreign ??= new ForeignContent(home)).TryTake(entry.Size, ref descriptor, ref stat) ? "it has another length, or changed while it was read"
                    : WrongContent(entry, descriptor, stat, CancellationToken.None);
                if (wrong.Length == 0)
                {
                    // Who may not set the seal again leaves it to somebody who may.
                    if (!isForeign && !IsSealed(entry, stat)) _ = Seal(entry, descriptor, umask: 0xFFF);
                    int found = descriptor;
                    descriptor = -1;
                    return found;
                }
                if (isFile && IsOfAnotherLength(entry, descriptor, stat)) throw Mislisted(entry, stat);
                if (quarantine.Take(Root, entry, inode, out string? aside)) throw Damaged(entry, wrong, aside);
            }
            finally
            {
                if (descriptor >= 0) _ = Kernel.close(descriptor);
            }
        }
    }

    /// <summary>Whether an object is whole and only not as long as somebody says: then that one lies, and the object stays where it is.</summary>
    bool IsOfAnotherLength(in ObjectEntry entry, int descriptor, in Kernel.Statx stat, CancellationToken cancellation = default) =>
        (long)stat.stx_size != entry.Size && Matches(entry, descriptor, PathOf(entry), cancellation);

    HolotreeException Mislisted(in ObjectEntry entry, in Kernel.Statx stat) =>
        new(HolotreeFailure.Damaged, "object-mislisted", $"A catalog gives the object '{PathOf(entry)}' {entry.Size} bytes; it has {stat.stx_size}, and is whole.")
        {
            Path = PathOf(entry),
            Hint = "Remove the catalog and record the environment again.",
        };

    /// <summary>Looks at an object and hashes it, whatever its seal says. Changes nothing.</summary>
    /// <param name="entry">Which.</param>
    /// <param name="knowsSize">Whether the entry's size is to be held against it.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="IOException">The system cannot look just now; that says nothing about the object.</exception>
    internal ObjectFinding Examine(in ObjectEntry entry, bool knowsSize, CancellationToken cancellation)
    {
        int descriptor = TryOpen(entry, out Kernel.Statx stat, out Errno error);
        try
        {
            if (error == Errno.ENOENT) return new ObjectFinding(ObjectCondition.Missing, "it is missing", 0, 0);
            if (NativeErrors.IsOfSystem(error)) throw NativeErrors.Failure(error, "open object", PathOf(entry));
            if (error != Errno.None) return Wrong($"it cannot be opened: {NativeErrors.Describe(error)}", stat);
            if (descriptor < 0 || !NativeFile.IsRegular(stat)) return Wrong(NoFile, stat);
            ObjectEntry expected = knowsSize ? entry : entry with { Size = (long)stat.stx_size };
            string wrong = WrongContent(expected, descriptor, stat, cancellation);
            if (wrong.Length > 0 && IsOfAnotherLength(expected, descriptor, stat, cancellation))
                return new ObjectFinding(ObjectCondition.Damaged, $"it is whole, and a catalog gives it {expected.Size} bytes and not {stat.stx_size}", 0, (long)stat.stx_size);
            return wrong.Length > 0 ? Wrong(wrong, stat)
                : new ObjectFinding(IsSealed(expected, stat) ? ObjectCondition.Whole : ObjectCondition.Unsealed, string.Empty, stat.stx_ino, (long)stat.stx_size);
        }
        catch (IOException unreadable) when (!NativeErrors.IsOfSystem(unreadable))
        {
            return Wrong(unreadable.Message, stat);
        }
        finally
        {
            if (descriptor >= 0) _ = Kernel.close(descriptor);
        }
    }

    /// <summary>Seals an object again whose content was found to be right.</summary>
    internal Errno SealAgain(in ObjectEntry entry)
    {
        int descriptor = TryOpen(entry, out Kernel.Statx stat, out Errno error);
        if (descriptor < 0) return error == Errno.None ? Errno.EINVAL : error;
        error = NativeFile.IsRegular(stat) ? Seal(entry, descriptor, umask: 0xFFF) : Errno.EINVAL;
        _ = Kernel.close(descriptor);
        return error;
    }

    /// <summary>Sets an object aside in which damage was found. False where it could not be, or another one has its name by now.</summary>
    internal bool SetAside(in ObjectEntry entry, ulong inode) => quarantine.Take(Root, entry, inode, out string? aside) && aside is not null;

    /// <summary>Puts a whole, sealed file in the place of an object that is damaged or missing, and makes the name durable.</summary>
    internal void Replace(in ObjectEntry entry, ulong inode, string whole)
    {
        string folder = Path.GetDirectoryName(PathOf(entry))!;
        Directory.CreateDirectory(folder);
        quarantine.Replace(Root, entry, PathOf(entry), inode, whole);
        DurableFile.SyncFolder(folder);
    }

    /// <summary>Takes an object away that nothing refers to. Whatever shares its blocks or its inode keeps them.</summary>
    /// <param name="entry">Which.</param>
    /// <param name="before">It stays where it was stored later than this: an object's ctime is that of its seal or of its last further name.</param>
    /// <param name="dryRun">Whether it stays in any case.</param>
    /// <param name="length">Its length.</param>
    /// <param name="isForeign">Whether it stays because it belongs to another user.</param>
    /// <returns>Whether it was there, old enough, and is gone.</returns>
    internal bool Remove(in ObjectEntry entry, DateTimeOffset before, bool dryRun, out long length, out bool isForeign)
    {
        byte* name = stackalloc byte[ObjectEntry.NameBytes];
        entry.WriteName(new Span<byte>(name, ObjectEntry.NameBytes));
        (length, isForeign) = (0, false);
        Errno error = NativeFile.StatAt(Root, name, Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx stat);
        if (error == Errno.ENOENT || DateTimeOffset.FromUnixTimeSeconds(stat.stx_ctime.tv_sec) > before) return false;
        if (error == Errno.None && !dryRun && Kernel.unlinkat(Root, name, 0) != 0) error = NativeErrors.Last;
        isForeign = error is Errno.EPERM or Errno.EACCES && !LibraryAccess.IsOwn(stat);
        if (isForeign) return false;
        if (error != Errno.None) throw NativeErrors.Failure(error, "delete object", PathOf(entry));
        length = (long)stat.stx_size;
        return true;
    }

    /// <summary>Opens what has an object's name. No descriptor and no error: a link or socket, which cannot be opened.</summary>
    internal int TryOpen(in ObjectEntry entry, out Kernel.Statx stat, out Errno error)
    {
        const int flags = Kernel.O_RDONLY | Kernel.O_NONBLOCK;
        byte* name = stackalloc byte[ObjectEntry.NameBytes];
        int folder = FolderOf(entry, name, out byte* last);
        int descriptor = NativeFile.OpenAt(folder, last, flags | OpenFlags.O_NOFOLLOW, 0, out error);
        if (error == Errno.ENOENT && last != name) descriptor = NativeFile.OpenAt(Root, name, flags | OpenFlags.O_NOFOLLOW, 0, out error);
        bool unopenable = error is Errno.ELOOP or Errno.ENXIO;
        stat = default;
        if (descriptor >= 0) error = NativeFile.Stat(descriptor, out stat);
        else if (unopenable) error = NativeFile.StatAt(Root, name, Kernel.AT_SYMLINK_NOFOLLOW, out stat);
        if (error == Errno.None || descriptor < 0) return descriptor;
        _ = Kernel.close(descriptor);
        return -1;
    }

    static ObjectFinding Wrong(string reason, in Kernel.Statx stat) => new(ObjectCondition.Damaged, reason, stat.stx_ino, (long)stat.stx_size);

    /// <summary>Makes a further name of an object. The object is looked at first, as nothing may link to what is damaged.</summary>
    /// <param name="entry">Which.</param>
    /// <param name="verify">Whether it is hashed, whatever its seal says.</param>
    /// <param name="directory">The open directory of the name.</param>
    /// <param name="target">The name.</param>
    /// <param name="stamp">
    /// What that look showed; default where the linked inode may be another one. Only its ctime changes by the link, and that of a hard
    /// link tells nothing.
    /// </param>
    internal Errno Link(in ObjectEntry entry, bool verify, int directory, byte* target, out FileStamp stamp)
    {
        stamp = default;
        if (!trusts) return Errno.EPERM;        // its name may be another file's in the moment between the look and the link
        byte* name = stackalloc byte[ObjectEntry.NameBytes];
        int folder = FolderOf(entry, name, out byte* last);
        Errno error = NativeFile.StatAt(folder, last, Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx stat);
        if (error == Errno.ENOENT && last != name)
        {
            folder = Root;
            last = name;
            error = NativeFile.StatAt(folder, last, Kernel.AT_SYMLINK_NOFOLLOW, out stat);
        }
        if (error == Errno.ENOENT) throw Missing(entry);
        if (error != Errno.None) throw NativeErrors.Failure(error, "examine object", PathOf(entry));
        if (verify || !IsSealed(entry, stat)) _ = Kernel.close(Open(entry, verify, out stat));
        linker ??= new HardLinker(home.ObjectsPath);
        stamp = linker.KeepsInode && IsSealed(entry, stat) ? FileStamp.Of(stat) : default;
        return linker.Link(folder, last, directory, target);
    }

    /// <summary>Makes a further name of an object that <see cref="Link"/> has just found to be right.</summary>
    /// <returns>ENOENT where it is gone since.</returns>
    internal Errno LinkAgain(in ObjectEntry entry, int directory, byte* target)
    {
        byte* name = stackalloc byte[ObjectEntry.NameBytes];
        int folder = FolderOf(entry, name, out byte* last);
        return linker!.Link(folder, last, directory, target);
    }

    /// <summary>
    /// The folder of an object, held open, and its name there: each name of a path is looked up anew, and a restore opens tens of
    /// thousands. Where the folder cannot be opened, as too many files are open, the root and the whole path. A folder that was
    /// removed and made again meanwhile has no names any more: who misses one there looks for it by the whole path.
    /// </summary>
    /// <param name="entry">Which object.</param>
    /// <param name="name">Room for its path, which is written there.</param>
    /// <param name="last">Where in it the name begins.</param>
    int FolderOf(in ObjectEntry entry, byte* name, out byte* last)
    {
        entry.WriteName(new Span<byte>(name, ObjectEntry.NameBytes));
        last = name + entry.FolderLength + 1;
        ref int folder = ref folders[entry.Folder];
        if (folder >= 0) return folder;

        name[entry.FolderLength] = 0;
        int opened = NativeFile.OpenAt(Root, name, Kernel.O_PATH | OpenFlags.O_DIRECTORY, 0, out _);
        name[entry.FolderLength] = (byte)'/';
        if (opened < 0)
        {
            last = name;
            return Root;
        }
        int before = Interlocked.CompareExchange(ref folder, opened, -1);
        if (before < 0) return opened;
        _ = Kernel.close(opened);
        return before;
    }

    /// <summary>Whether a file is another name of an object.</summary>
    internal bool IsNameOf(in ObjectEntry entry, in Kernel.Statx file)
    {
        byte* name = stackalloc byte[ObjectEntry.NameBytes];
        entry.WriteName(new Span<byte>(name, ObjectEntry.NameBytes));
        return NativeFile.StatAt(Root, name, Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx stat) == Errno.None
            && stat.stx_ino == file.stx_ino && NativeFile.Device(stat) == NativeFile.Device(file);
    }

    internal static bool IsSealTime(in Kernel.StatxTimestamp time) => time.tv_sec == SealSeconds && time.tv_nsec == 0;

    internal static bool IsSealed(in ObjectEntry entry, in Kernel.Statx stat) =>
        (long)stat.stx_size == entry.Size
        && stat.stx_mode == (Kernel.S_IFREG | entry.Mode)
        && IsSealTime(stat.stx_mtime);

    /// <summary>Gives a new object its mode and time. <paramref name="umask"/> are the bits that its creation left out.</summary>
    internal static Errno Seal(in ObjectEntry entry, int descriptor, int umask)
    {
        Errno error = (entry.Mode & umask) != 0 ? NativeMetadata.SetMode(descriptor, entry.Mode) : Errno.None;
        return error == Errno.None ? NativeMetadata.SetTimes(descriptor, SealSeconds, 0) : error;
    }

    /// <summary>What is wrong with an object's content; empty where nothing is.</summary>
    string WrongContent(in ObjectEntry entry, int descriptor, in Kernel.Statx stat, CancellationToken cancellation) =>
        (long)stat.stx_size != entry.Size ? $"it has {stat.stx_size} bytes and not {entry.Size}"
        : !Matches(entry, descriptor, PathOf(entry), cancellation) ? "its content does not have its digest"
        : string.Empty;

    HolotreeException Damaged(in ObjectEntry entry, string why, string? aside) =>
        new(HolotreeFailure.Damaged, "object-damaged",
            $"The object '{PathOf(entry)}' is damaged: {why}.{(aside is null ? string.Empty : $" It was set aside as '{aside}'.")}")
        {
            Path = PathOf(entry),
            Hint = "Record the environment again: the object is stored anew.",
        };

    /// <summary>Whether an open file has the content of an object. Without a path a failure tells the one that the file has.</summary>
    internal static bool Matches(in ObjectEntry entry, int descriptor, string? path, CancellationToken cancellation = default) =>
        Hash(entry, descriptor, path, cancellation) == entry.Digest;

    /// <summary>Hashes an open file as the object it is said to be: the one way to check content against its name.</summary>
    internal static Digest Hash(in ObjectEntry entry, int descriptor, string? path, CancellationToken cancellation = default)
    {
        // Not the length that it should have: a cut one must not pass because only zeros are missing.
        Errno error = NativeFile.Stat(descriptor, out Kernel.Statx stat);
        if (error != Errno.None) throw NativeErrors.Failure(error, "examine object", path ?? NativeFile.NameOf(descriptor));

        long size = (long)stat.stx_size;
        using var hash = new ContentHash();
        hash.Begin(entry.IsSparse);
        var ranges = new ContentRanges(descriptor, entry.IsSparse, size);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PlainCopy.BufferBytes);
        try
        {
            while (ranges.Next(out long start, out long end))
            {
                hash.SkipTo(start);
                for (int read = 1; start < end && read > 0; start += read)
                {
                    cancellation.ThrowIfCancellationRequested();
                    error = NativeFile.Read(descriptor, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - start)), start, out read);
                    if (error != Errno.None) throw NativeErrors.Failure(error, "read object", path ?? NativeFile.NameOf(descriptor));
                    hash.Append(buffer.AsSpan(0, read));
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        hash.SkipTo(size);
        return hash.Finish();
    }

    internal string PathOf(in ObjectEntry entry)
    {
        string name = entry.ToString();
        return Path.Join(home.ObjectsPath, entry.Algorithm, name[..2], name);
    }

    HolotreeException Missing(in ObjectEntry entry) =>
        new(HolotreeFailure.Damaged, "object-missing", $"The library has no object '{entry}'.")
        {
            Path = PathOf(entry),
            Hint = "Record the environment again: the object is stored anew.",
        };

    public void Dispose()
    {
        foreach (int folder in folders)
        {
            if (folder >= 0) _ = Kernel.close(folder);
        }
        root.Dispose();
    }
}
