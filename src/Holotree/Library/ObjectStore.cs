using System.Runtime.Versioning;
using System.Security.Cryptography;
using Reflinks.Files;
using Reflinks.Platform.Linux;

namespace Holotree.Library;

/// <summary>
/// The objects of a library, by digest: <c>objects/sha256/ab/…</c>. An object is written once under another name, synced,
/// sealed and renamed; after that nothing ever writes to it. The seal (mode without write bits and a fixed modification time)
/// tells with one fstat whether somebody did.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class ObjectStore : IDisposable
{
    /// <summary>The modification time of every sealed object, 2001-09-09T01:46:40Z: a time nobody's edit will have.</summary>
    internal const long SealSeconds = 1_000_000_000;

    readonly Home home;
    readonly DirectoryCursor root;

    internal ObjectStore(Home home)
    {
        this.home = home;
        root = new DirectoryCursor(AlgorithmPath(home), readable: false);
    }

    /// <summary>The folder of the objects named by SHA-256. Another algorithm would get a folder of its own.</summary>
    internal static string AlgorithmPath(Home home) => Path.Join(home.ObjectsPath, "sha256");

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
        int descriptor = LinuxFile.OpenAt(Root, name, Interop.O_RDONLY | OpenFlags.O_NOFOLLOW, 0, out Errno error);
        if (descriptor < 0) throw error == Errno.ENOENT ? Missing(entry) : LinuxErrors.Failure(error, "open object", PathOf(entry));
        try
        {
            error = LinuxFile.Stat(descriptor, out stat);
            if (error != Errno.None) throw LinuxErrors.Failure(error, "examine object", PathOf(entry));
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
        if (Hash(descriptor, PathOf(entry)) == entry.Digest)
        {
            // Who may not set the seal again leaves it to somebody who may.
            if (LinuxMetadata.SetMode(descriptor, entry.Mode) == Errno.None) _ = LinuxMetadata.SetTimes(descriptor, SealSeconds, 0);
            return;
        }

        Directory.CreateDirectory(home.QuarantinePath);
        string aside = Path.Join(home.QuarantinePath, $"{entry}-{Guid.NewGuid():n}");
        Errno error;
        fixed (byte* to = LinuxFile.Terminated(aside))
            error = Interop.renameat2(Root, name, Interop.AT_FDCWD, to, 0) == 0 ? Errno.None : LinuxErrors.Last;
        throw new HolotreeException(HolotreeFailure.Damaged, "object-damaged",
            error == Errno.None
                ? $"The object '{PathOf(entry)}' is damaged: its content does not have its digest. It was set aside as '{aside}'."
                : $"The object '{PathOf(entry)}' is damaged: its content does not have its digest.")
        {
            Path = PathOf(entry),
            Hint = "Record the environment again: the object is stored anew.",
        };
    }

    /// <summary>Hashes an open object.</summary>
    internal static Digest Hash(int descriptor, string path)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[TransferLadder.BufferBytes];
        for (long offset = 0; ;)
        {
            Errno error = LinuxFile.Read(descriptor, buffer, offset, out int read);
            if (error != Errno.None) throw LinuxErrors.Failure(error, "read object", path);
            if (read == 0) break;
            hash.AppendData(buffer, 0, read);
            offset += read;
        }
        return Digest.FromBytes(hash.GetCurrentHash());
    }

    internal string PathOf(in ObjectEntry entry)
    {
        string name = entry.ToString();
        return Path.Join(AlgorithmPath(home), name[..2], name);
    }

    HolotreeException Missing(in ObjectEntry entry) =>
        new(HolotreeFailure.Damaged, "object-missing", $"The library has no object '{entry}', which the catalog needs.")
        {
            Path = PathOf(entry),
            Hint = "Record the environment again: the object is stored anew.",
        };

    public void Dispose() => root.Dispose();
}
