using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holotree.Library;
using Holotree.Templates;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>
/// What is different in a space from the ready tree that it was made of, as the end of an index file: the beginning is that of the
/// ready tree, cloned, so that an index costs as much as there is to say and not as much as there are files.
/// </summary>
internal sealed class IndexAmendments
{
    /// <summary>One file, or the directory of index <c>~Index</c> where that is below 0. Blittable, 48 bytes (docs/format.md).</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    readonly record struct Entry(int Index, FileStamp Stamp, int MadeBy);

    const int HeaderBytes = 8 + 4 + 4 + 16;

    readonly Entry[] entries;
    readonly Moment settled;

    IndexAmendments(Entry[] entries, Moment settled) => (this.entries, this.settled) = (entries, settled);

    static ReadOnlySpan<byte> Magic => "HOLOAMND"u8;

    /// <summary>What was touched in a ready tree, by the indexes of the whole catalog.</summary>
    /// <param name="part">Which entries of the catalog the part's are.</param>
    /// <param name="amendment">What was touched of them.</param>
    /// <param name="made">How that looks now, and what made it.</param>
    /// <param name="root">How the root looks, which got another name.</param>
    internal static IndexAmendments Of(VariablePart part, TreeAmendment amendment, TreeTally made, FileStamp root)
    {
        var entries = new List<Entry> { new(~0, root, 0) };
        for (int i = 1; i < amendment.Directories.Length; i++)
        {
            if (amendment.Directories[i]) entries.Add(new Entry(~part.Directories[i], made.Stamps!.Directories[i], 0));
        }
        for (int i = 0; i < amendment.Files.Length; i++)
        {
            if (amendment.Files[i]) entries.Add(new Entry(part.Files[i], made.Stamps!.Files[i], (int)made.MadeBy[i]));
        }
        var looks = new TreeStamps([], [.. entries.Select(static entry => entry.Stamp)]);
        return new IndexAmendments([.. entries], SpaceIndex.Settle(looks, []).Settled);
    }

    /// <summary>
    /// Writes the index of a space: that of the ready tree, and this behind it. Where another process has just taken that one away,
    /// the space has none, and is looked at more closely one day.
    /// </summary>
    internal void Write(string readyIndex, string path)
    {
        ReadOnlySpan<byte> list = MemoryMarshal.AsBytes(entries.AsSpan());
        byte[] tail = new byte[HeaderBytes + list.Length + ClosingChecksum.Bytes];
        Magic.CopyTo(tail);
        BinaryPrimitives.WriteInt32LittleEndian(tail.AsSpan(8), entries.Length);
        MemoryMarshal.Write(tail.AsSpan(16), settled);
        list.CopyTo(tail.AsSpan(HeaderBytes));
        ClosingChecksum.Write(tail);

        int source = NativeFile.Open(readyIndex, Kernel.O_RDONLY | OpenFlags.O_NOFOLLOW, 0, out Errno error);
        if (error == Errno.ENOENT)
        {
            NativeFile.Delete(path);
            return;
        }
        if (source < 0) throw NativeErrors.Failure(error, "open", readyIndex);
        using PendingFile pending = DurableFile.Begin(path);
        error = NativeFile.Stat(source, out Kernel.Statx stat);
        if (error == Errno.None) error = new TransferLadder().Fill(Rungs.Reflink | Rungs.Copy, source, stat, pending.Descriptor, 0, CancellationToken.None).Failure;
        if (error == Errno.None) error = NativeFile.Write(pending.Descriptor, tail, (long)stat.stx_size);
        _ = Kernel.close(source);
        if (error != Errno.None) throw NativeErrors.Failure(error, "write", path);
        pending.Keep(overwrite: true);
    }

    /// <summary>Reads the end of an index file; null where it is not one.</summary>
    internal static IndexAmendments? Read(ReadOnlySpan<byte> tail)
    {
        if (tail.Length < HeaderBytes + ClosingChecksum.Bytes || !tail.StartsWith(Magic)) return null;
        ReadOnlySpan<byte> list = tail[HeaderBytes..^ClosingChecksum.Bytes];
        if (!ClosingChecksum.IsRight(tail)) return null;
        if (list.Length % Unsafe.SizeOf<Entry>() != 0 || list.Length / Unsafe.SizeOf<Entry>() != BinaryPrimitives.ReadInt32LittleEndian(tail[8..])) return null;
        return new IndexAmendments(MemoryMarshal.Cast<byte, Entry>(list).ToArray(), MemoryMarshal.Read<Moment>(tail[16..]));
    }

    /// <summary>The index of the space; null where it speaks of entries that there are not.</summary>
    internal SpaceIndex? Apply(SpaceIndex ready)
    {
        foreach (Entry entry in entries)
        {
            if (entry.Index >= 0 && entry.Index < ready.MadeBy.Length && entry.MadeBy is >= 0 and <= (int)Mechanism.Empty)
                (ready.Stamps.Files[entry.Index], ready.MadeBy[entry.Index]) = (entry.Stamp, (Mechanism)entry.MadeBy);
            else if (entry.Index < 0 && ~entry.Index < ready.Stamps.Directories.Length)
                ready.Stamps.Directories[~entry.Index] = entry.Stamp;
            else
                return null;
        }

        // What is as it was in the ready tree was settled before, and all the more now.
        return ready with { Settled = settled };
    }
}
