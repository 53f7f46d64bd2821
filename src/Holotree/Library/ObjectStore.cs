using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Platform.Linux;

namespace Holotree.Library;

/// <summary>
/// The objects of a library, by digest: <c>objects/sha256/ab/…</c>, and <c>objects/sparse-sha256/ab/…</c> for those with large
/// holes. An object is written once under another name, synced,
/// sealed and renamed; after that nothing ever writes to it. The seal (mode without write bits and a fixed modification time)
/// tells with one fstat whether somebody did.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class ObjectStore : IDisposable
{
    /// <summary>The modification time of every sealed object, 2001-09-09T01:46:40Z: a time nobody's edit will have.</summary>
    internal const long SealSeconds = 1_000_000_000;

    const string NoFile = "it is no file";

    readonly Home home;
    readonly DirectoryCursor root;

    internal ObjectStore(Home home)
    {
        this.home = home;
        root = new DirectoryCursor(home.ObjectsPath, readable: false);
    }

    internal int Root => root.Descriptor;

    /// <summary>Whether the store has an object whose size and seal are right.</summary>
    internal bool Has(in ObjectEntry entry)
    {
        byte* name = stackalloc byte[ObjectEntry.NameBytes];
        entry.WriteName(new Span<byte>(name, ObjectEntry.NameBytes));
        return LinuxFile.StatAt(Root, name, Interop.AT_SYMLINK_NOFOLLOW, out Interop.Statx stat) == Errno.None && IsSealed(entry, stat);
    }

    /// <summary>Opens an object for use: its seal is whole, or its content was hashed and is right.</summary>
    /// <exception cref="HolotreeException">The object is missing, or damaged and now set aside.</exception>
    internal int Open(in ObjectEntry entry, bool verify, out Interop.Statx stat)
    {
        byte* name = stackalloc byte[ObjectEntry.NameBytes];
        entry.WriteName(new Span<byte>(name, ObjectEntry.NameBytes));
        int descriptor = LinuxFile.OpenAt(Root, name, Interop.O_RDONLY | Interop.O_NONBLOCK | OpenFlags.O_NOFOLLOW, 0, out Errno error);
        if (descriptor < 0)
        {
            throw error switch
            {
                Errno.ENOENT => Missing(entry),
                Errno.ELOOP or Errno.ENXIO => SetAside(entry, name, NoFile),        // a link; a socket
                _ => LinuxErrors.Failure(error, "open object", PathOf(entry)),
            };
        }
        try
        {
            error = LinuxFile.Stat(descriptor, out stat);
            if (error != Errno.None) throw LinuxErrors.Failure(error, "examine object", PathOf(entry));
            if (!LinuxFile.IsRegular(stat)) throw SetAside(entry, name, NoFile);
            if (verify || !IsSealed(entry, stat)) Verify(entry, descriptor, name);
            return descriptor;
        }
        catch
        {
            _ = Interop.close(descriptor);
            throw;
        }
    }

    /// <summary>Makes a further name of an object. The object is looked at first, as nothing may link to what is damaged.</summary>
    internal Errno Link(in ObjectEntry entry, bool verify, int directory, byte* target)
    {
        byte* name = stackalloc byte[ObjectEntry.NameBytes];
        entry.WriteName(new Span<byte>(name, ObjectEntry.NameBytes));
        Errno error = LinuxFile.StatAt(Root, name, Interop.AT_SYMLINK_NOFOLLOW, out Interop.Statx stat);
        if (error == Errno.ENOENT) throw Missing(entry);
        if (error != Errno.None) throw LinuxErrors.Failure(error, "examine object", PathOf(entry));
        if (verify || !IsSealed(entry, stat)) _ = Interop.close(Open(entry, verify, out _));
        return Interop.linkat(Root, name, directory, target, 0) == 0 ? Errno.None : LinuxErrors.Last;
    }

    internal static bool IsSealed(in ObjectEntry entry, in Interop.Statx stat) =>
        (long)stat.stx_size == entry.Size
        && stat.stx_mode == (Interop.S_IFREG | entry.Mode)
        && stat.stx_mtime.tv_sec == SealSeconds && stat.stx_mtime.tv_nsec == 0;

    /// <summary>Gives a new object its mode and time. <paramref name="umask"/> are the bits that its creation left out.</summary>
    internal static Errno Seal(in ObjectEntry entry, int descriptor, int umask)
    {
        Errno error = (entry.Mode & umask) != 0 ? LinuxMetadata.SetMode(descriptor, entry.Mode) : Errno.None;
        return error == Errno.None ? LinuxMetadata.SetTimes(descriptor, SealSeconds, 0) : error;
    }

    /// <summary>Hashes an object whose seal is broken, or all where that is asked for. Right content is sealed again, wrong content set aside.</summary>
    void Verify(in ObjectEntry entry, int descriptor, byte* name)
    {
        if (Hash(entry, descriptor, PathOf(entry)) == entry.Digest)
        {
            // Who may not set the seal again leaves it to somebody who may.
            if (LinuxMetadata.SetMode(descriptor, entry.Mode) == Errno.None) _ = LinuxMetadata.SetTimes(descriptor, SealSeconds, 0);
            return;
        }

        throw SetAside(entry, name, "its content does not have its digest");
    }

    /// <summary>Moves what is no object out of the way, where the next recording puts a right one.</summary>
    HolotreeException SetAside(in ObjectEntry entry, byte* name, string why)
    {
        Directory.CreateDirectory(home.QuarantinePath);
        string aside = Path.Join(home.QuarantinePath, $"{entry}-{Guid.NewGuid():n}");
        Errno error;
        fixed (byte* to = LinuxFile.Terminated(aside))
            error = Interop.renameat2(Root, name, Interop.AT_FDCWD, to, 0) == 0 ? Errno.None : LinuxErrors.Last;
        return new HolotreeException(HolotreeFailure.Damaged, "object-damaged",
            $"The object '{PathOf(entry)}' is damaged: {why}.{(error == Errno.None ? $" It was set aside as '{aside}'." : string.Empty)}")
        {
            Path = PathOf(entry),
            Hint = "Record the environment again: the object is stored anew.",
        };
    }

    /// <summary>Hashes an open file as the object it is said to be: the one way to check content against its name.</summary>
    internal static Digest Hash(in ObjectEntry entry, int descriptor, string path)
    {
        // Not the length that it should have: a cut one must not pass because only zeros are missing.
        Errno error = LinuxFile.Stat(descriptor, out Interop.Statx stat);
        if (error != Errno.None) throw LinuxErrors.Failure(error, "examine object", path);

        long size = (long)stat.stx_size;
        using var hash = new ContentHash();
        hash.Begin(entry.IsSparse);
        var ranges = new ContentRanges(descriptor, entry.IsSparse, size);
        byte[] buffer = new byte[TransferLadder.BufferBytes];
        while (ranges.Next(out long start, out long end))
        {
            hash.SkipTo(start);
            for (int read = 1; start < end && read > 0; start += read)
            {
                error = LinuxFile.Read(descriptor, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - start)), start, out read);
                if (error != Errno.None) throw LinuxErrors.Failure(error, "read object", path);
                hash.Append(buffer.AsSpan(0, read));
            }
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
        new(HolotreeFailure.Damaged, "object-missing", $"The library has no object '{entry}', which the catalog needs.")
        {
            Path = PathOf(entry),
            Hint = "Record the environment again: the object is stored anew.",
        };

    public void Dispose() => root.Dispose();
}
