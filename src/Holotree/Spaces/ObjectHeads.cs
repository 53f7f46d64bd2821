using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Relocation;
using Reflinks.Platform;

namespace Holotree.Spaces;

/// <summary>The beginnings of recorded files, for what a plan cannot decide from the catalog: how the first line of a script goes on.</summary>
internal sealed class ObjectHeads(Catalog catalog, Home home, ObjectHealer healer, bool verify) : IDisposable
{
    readonly byte[] buffer = new byte[InterpreterLines.HeadBytes];
    ObjectStore? store;

    /// <summary>The first <see cref="InterpreterLines.HeadBytes"/> bytes of a file, or all if it is shorter; until the next one is asked for.</summary>
    internal ReadOnlySpan<byte> Of(int file)
    {
        store ??= new ObjectStore(home);
        ref readonly ObjectEntry entry = ref catalog.Objects[catalog.Contents[file].Object];
        int descriptor = healer.Open(store, entry, verify, catalog.Facts, out _);
        Span<byte> head = buffer.AsSpan(0, (int)Math.Min(buffer.Length, entry.Size));
        Errno error = EditedFile.ReadFully(descriptor, head, 0);
        _ = Kernel.close(descriptor);
        return error == Errno.None ? head : throw NativeErrors.Failure(error, "read object", store.PathOf(entry));
    }

    public void Dispose() => store?.Dispose();
}
