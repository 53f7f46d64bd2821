using System.Runtime.Versioning;
using System.Security.Cryptography;
using Holotree.Library;
using Holotree.Relocation;
using Reflinks.Platform.Linux;

namespace Holotree.Recording;

/// <summary>Reads files once each, for digest, places of the prefix and whether they are text.</summary>
/// <param name="prefix">The path to look for.</param>
/// <param name="hashing">Whether the digest is wanted; it costs more than all the rest.</param>
[SupportedOSPlatform("linux")]
internal sealed class ContentReader(byte[] prefix, bool hashing) : IDisposable
{
    const int BufferBytes = 1024 * 1024;

    readonly byte[] buffer = new byte[BufferBytes];
    readonly IncrementalHash? hash = hashing ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
    readonly PrefixFinder finder = new(prefix);
    readonly byte[] digest = new byte[Digest.Bytes];

    /// <summary>The digest of the file read last.</summary>
    internal Digest Digest => Digest.FromBytes(digest);

    /// <summary>Where the file read last holds the prefix.</summary>
    internal IReadOnlyList<long> Offsets => finder.Offsets(IsBinary);

    /// <summary>Whether the file read last has a NUL byte.</summary>
    internal bool IsBinary { get; private set; }

    /// <summary>Reads a file to its end. Returns its length.</summary>
    internal Errno Read(int descriptor, out long length, CancellationToken cancellation)
    {
        finder.Reset();
        IsBinary = false;
        length = 0;
        int carried = 0;
        while (true)
        {
            Errno error = LinuxFile.Read(descriptor, buffer.AsSpan(carried), length, out int read);
            if (error != Errno.None) return error;

            ReadOnlySpan<byte> fresh = buffer.AsSpan(carried, read);
            IsBinary = IsBinary || fresh.Contains((byte)0);
            int keep = finder.Search(buffer.AsSpan(0, carried + read), length - carried, last: read == 0);
            if (read == 0)
            {
                hash?.GetHashAndReset(digest);
                return Errno.None;
            }
            hash?.AppendData(fresh);
            length += read;
            buffer.AsSpan(carried + read - keep, keep).CopyTo(buffer);
            carried = keep;
            cancellation.ThrowIfCancellationRequested();
        }
    }

    public void Dispose() => hash?.Dispose();
}
