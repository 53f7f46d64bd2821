using System.Globalization;
using Holotree.Library;
using Reflinks.Files;
using Reflinks.Platform;

namespace Holotree.Recording;

/// <summary>
/// The new objects of one worker of one recording: made and sealed in a folder of their own, where nobody looks for objects,
/// and given their names only after they are on disk.
/// </summary>
internal sealed unsafe class IncomingObjects : IDisposable
{
    readonly DirectoryCursor folder;
    readonly TransferLadder ladder;
    readonly ulong device;
    readonly int umask;
    readonly List<int> made = [];

    readonly ObjectTable objects;

    internal IncomingObjects(string sessionPath, int worker, ObjectTable objects, TransferLadder ladder, int umask)
    {
        string path = Path.Join(sessionPath, worker.ToString(CultureInfo.InvariantCulture));
        Directory.CreateDirectory(path);
        folder = new DirectoryCursor(path, readable: true);
        (this.objects, this.ladder, this.umask) = (objects, ladder, umask);
        Errno error = NativeFile.Stat(folder.Root, out Kernel.Statx stat);
        if (error != Errno.None) throw NativeErrors.Failure(error, "examine", path);
        device = NativeFile.Device(stat);
    }

    /// <summary>Makes an object of an open file: a clone where the filesystem can, a copy elsewhere.</summary>
    internal Transfer Make(int index, int source, in Kernel.Statx stat, CancellationToken cancellation)
    {
        ObjectEntry entry = objects[index];
        Span<byte> name = stackalloc byte[12];
        NameOf(made.Count, name);
        fixed (byte* path = name)
        {
            int target = -1;
            Errno refused = Errno.None, error = Errno.None;
            bool cloned = Kernel.ClonesByName && ladder.TryCloneUnder(source, stat, folder.Root, path, device, out target, out refused);
            if (!cloned)
            {
                target = NativeFile.OpenAt(folder.Root, path, Kernel.O_WRONLY | Kernel.O_CREAT | Kernel.O_EXCL | OpenFlags.O_NOFOLLOW, (uint)entry.Mode, out error);
            }
            if (target < 0) throw NativeErrors.Failure(error, "create object in", folder.ToString());
            try
            {
                Transfer transfer = cloned
                    ? new Transfer(Mechanism.Reflink, (long)stat.stx_size, Errno.None, Errno.None, Errno.None)
                    : ladder.Fill(Rungs.Reflink | Rungs.Copy, source, stat, target, device, cancellation, refused: refused);
                error = transfer.Failed ? transfer.Failure : ObjectStore.Seal(entry, target, cloned ? 0xFFF : umask);
                if (error != Errno.None) throw NativeErrors.Failure(error, $"store '{NativeFile.NameOf(source)}' in", folder.ToString());
                made.Add(index);
                return transfer;
            }
            finally
            {
                _ = Kernel.close(target);
            }
        }
    }

    /// <summary>Whether the object made last has the bytes that it was to have.</summary>
    internal bool IsRight()
    {
        Span<byte> name = stackalloc byte[12];
        NameOf(made.Count - 1, name);
        fixed (byte* path = name)
        {
            int descriptor = NativeFile.OpenAt(folder.Root, path, Kernel.O_RDONLY | OpenFlags.O_NOFOLLOW, 0, out Errno error);
            if (descriptor < 0) throw NativeErrors.Failure(error, "open object in", folder.ToString());
            try
            {
                ObjectEntry entry = objects[made[^1]];
                return ObjectStore.Hash(entry, descriptor, folder.ToString()) == entry.Digest;
            }
            finally
            {
                _ = Kernel.close(descriptor);
            }
        }
    }

    /// <summary>Gives all objects their names. They must be on disk by now.</summary>
    internal void Publish(ObjectStore store)
    {
        Span<byte> from = stackalloc byte[12], to = stackalloc byte[ObjectEntry.NameBytes];
        for (int i = 0; i < made.Count; i++)
        {
            NameOf(i, from);
            ObjectEntry entry = objects[made[i]];
            entry.WriteName(to);
            if (entry.IsSparse) Directory.CreateDirectory(Path.GetDirectoryName(store.PathOf(entry))!);
            fixed (byte* oldName = from, newName = to)
            {
                if (Kernel.renameat2(folder.Root, oldName, store.Root, newName, 0) == 0) continue;
                Errno error = NativeErrors.Last;

                // Another user's stands there, who was quicker: nobody else can replace it, and it will do where it is whole.
                if (error is not (Errno.EPERM or Errno.EACCES) || !store.Has(entry)) throw NativeErrors.Failure(error, "publish object", store.PathOf(entry));
            }
        }
    }

    static void NameOf(int index, Span<byte> name)
    {
        index.TryFormat(name, out int length, provider: CultureInfo.InvariantCulture);
        name[length] = 0;
    }

    public void Dispose() => folder.Dispose();
}
