using System.Text;
using Holotree.Catalogs;
using Holotree.Library;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>Files of one tree that have the content of objects, if nobody has changed them: the recorded tree itself or a space.</summary>
/// <param name="catalog">What the tree was made of.</param>
/// <param name="root">Where it stands, or stood.</param>
internal sealed unsafe class WholeCopies(Catalog catalog, string root) : IDisposable
{
    /// <summary>What is done with a candidate; true where it was the right one.</summary>
    internal delegate bool Attempt(in ObjectEntry entry, int descriptor, string path);

    DirectoryCursor? cursor;

    /// <summary>Where trees of a catalog may stand: where it was recorded, and in its spaces.</summary>
    internal static IEnumerable<string> PlacesOf(Home home, string id, Catalog catalog) =>
        [Encoding.UTF8.GetString(catalog.Facts.Prefix), .. SpaceState.All(home).Where(static state => state.Complete).Select(static state => state.Describe())
            .Where(space => space.Catalog == id).Select(static space => space.Path)];

    /// <summary>Offers every file whose content is wanted, until it is not wanted any more.</summary>
    internal void Offer(IReadOnlyDictionary<ObjectEntry, ulong> wanted, Attempt attempt, CancellationToken cancellation)
    {
        bool[] sought = Array.ConvertAll(catalog.Objects, wanted.ContainsKey);
        if (!sought.Contains(true)) return;
        for (int i = 0; i < catalog.Contents.Length; i++)
        {
            int index = catalog.Contents[i].Object;
            if (index < 0 || !sought[index]) continue;
            cancellation.ThrowIfCancellationRequested();
            int descriptor = Open(catalog.Listing.Files[i]);
            if (descriptor < 0) continue;
            string path = Path.Join(root, catalog.Listing.DisplayPath(catalog.Listing.Files[i]));
            try
            {
                sought[index] = !attempt(catalog.Objects[index], descriptor, path);
            }
            finally
            {
                _ = Kernel.close(descriptor);
            }
        }
    }

    /// <summary>Opens a file of the tree; -1 where it is not there any more or cannot be read.</summary>
    int Open(in FileEntry entry)
    {
        try
        {
            cursor ??= new DirectoryCursor(root, readable: false);
            int directory = cursor.MoveTo(entry.Directory, catalog.Listing.Directories, catalog.Listing.Names);
            return NativeFile.OpenAt(directory, catalog.Listing.NamePointer(entry.NameOffset),
                Kernel.O_RDONLY | Kernel.O_NONBLOCK | OpenFlags.O_NOFOLLOW, 0, out _);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return -1;
        }
    }

    public void Dispose() => cursor?.Dispose();
}
