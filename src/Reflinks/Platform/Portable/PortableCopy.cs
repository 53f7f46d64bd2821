using Microsoft.Win32.SafeHandles;
using Reflinks.Files;

namespace Reflinks.Platform.Portable;

/// <summary>Copies of single files by what the framework has on every system, for those that have no backend here: nothing is shared, and that is said.</summary>
internal static class PortableCopy
{
    static readonly NativeError NoSuchCall = NativeErrors.Describe(Errno.ENOSYS);

    /// <summary>Makes a file beside its final name and renames it, as the backends do.</summary>
    internal static CopyOutcome ByPath(string source, string destination, CloneOptions options, bool mayReflink, bool mayCopy, CancellationToken cancellation)
    {
        using SafeFileHandle from = File.OpenHandle(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (!mayCopy && RandomAccess.GetLength(from) > 0) throw new CloneException(CloneFailure.UnsupportedBySystem, NoSuchCall, source, destination);
        string target = options.FollowDestinationLink ? Followed(destination) : destination;
        if (!options.Overwrite && (File.Exists(target) || Directory.Exists(target) || new FileInfo(target).LinkTarget is not null)) throw NativeErrors.Taken(destination);

        string pending = Path.Join(Path.GetDirectoryName(Path.GetFullPath(target)), $".reflink-{NativeFile.FreshName()}.tmp");
        try
        {
            long length;
            using (SafeFileHandle made = File.OpenHandle(pending, FileMode.CreateNew, FileAccess.Write)) length = Copy(from, 0, made, 0, long.MaxValue, cancellation);
            List<NotPreserved> lost = Keep(source, pending, destination, options.Preserve);
            File.Move(pending, target, options.Overwrite);
            return Outcome(length, mayReflink, lost);
        }
        finally
        {
            File.Delete(pending);
        }
    }

    internal static CopyOutcome ByHandle(SafeFileHandle source, SafeFileHandle destination, bool mayCopy, CancellationToken cancellation)
    {
        long length = RandomAccess.GetLength(source);
        if (!mayCopy && length > 0) throw new CloneException(CloneFailure.UnsupportedBySystem, NoSuchCall, "source", "destination");
        RandomAccess.SetLength(destination, 0);
        return Outcome(mayCopy ? Copy(source, 0, destination, 0, long.MaxValue, cancellation) : 0, mayReflink: true, []);
    }

    internal static CopyOutcome Range(
        SafeFileHandle source, long sourceOffset, SafeFileHandle destination, long destinationOffset, long length, CancellationToken cancellation)
    {
        if (RandomAccess.GetLength(source) - sourceOffset < length)
            throw new EndOfStreamException($"The range of {length} bytes at {sourceOffset} ends behind the end of its file ({RandomAccess.GetLength(source)} bytes).");
        return Outcome(Copy(source, sourceOffset, destination, destinationOffset, length, cancellation), mayReflink: true, []);
    }

    /// <summary>Sharing a range, or comparing two of them, where neither can be.</summary>
    internal static CloneException Refused() => new(CloneFailure.UnsupportedBySystem, NoSuchCall, "source", "destination");

    static long Copy(SafeFileHandle source, long from, SafeFileHandle target, long to, long length, CancellationToken cancellation)
    {
        byte[] buffer = new byte[PlainCopy.BufferBytes];
        long copied = 0;
        while (copied < length)
        {
            cancellation.ThrowIfCancellationRequested();
            int read = RandomAccess.Read(source, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - copied)), from + copied);
            if (read == 0) break;
            RandomAccess.Write(target, buffer.AsSpan(0, read), to + copied);
            copied += read;
        }
        return copied < length && length != long.MaxValue ? throw new IOException(NativeErrors.Describe(NativeErrors.SourceShrank).Message) : copied;
    }

    static List<NotPreserved> Keep(string source, string made, string shownAs, Preserve preserve)
    {
        // What attributes and ACLs there are cannot be asked in the same way everywhere, so none is known to be kept.
        List<NotPreserved> lost = (preserve & (Preserve.ExtendedAttributes | Preserve.AccessControlLists)) == 0 ? []
            : [new NotPreserved(shownAs, "extended attributes and ACLs, if there are any", NoSuchCall)];
        if (preserve.HasFlag(Preserve.Mode) && !OperatingSystem.IsWindows())
        {
            const UnixFileMode SetId = UnixFileMode.SetUser | UnixFileMode.SetGroup;
            UnixFileMode mode = File.GetUnixFileMode(source);
            if ((mode & SetId) != 0) lost.Add(new NotPreserved(shownAs, NativeMetadata.SetIdBits, NativeErrors.Describe(Errno.EPERM)));
            File.SetUnixFileMode(made, mode & ~SetId);
        }
        if (preserve.HasFlag(Preserve.Times))
        {
            File.SetLastAccessTimeUtc(made, File.GetLastAccessTimeUtc(source));
            File.SetLastWriteTimeUtc(made, File.GetLastWriteTimeUtc(source));
        }
        return lost;
    }

    static string Followed(string path) =>
        new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;

    static CopyOutcome Outcome(long length, bool mayReflink, IReadOnlyList<NotPreserved> lost) => new(
        length == 0 ? Mechanism.Empty : Mechanism.PlainCopy, length,
        length > 0 && mayReflink ? [new Fallback(Mechanism.Reflink, Mechanism.PlainCopy, NoSuchCall)] : [], lost);
}
