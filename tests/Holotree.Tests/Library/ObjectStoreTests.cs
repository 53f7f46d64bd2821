using System.Globalization;
using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Recording;
using Holotree.Tests.Staging;
using Reflinks.Platform;

namespace Holotree.Tests.Library;

/// <summary>A store holds the folders of its objects open; what happens to them meanwhile is seen all the same.</summary>
[SupportedOSPlatform("linux")]
public sealed class ObjectStoreTests
{
    [Fact]
    public void Object_is_found_in_a_folder_that_was_made_again()
    {
        using var site = new Site("xfs");
        using ObjectStore store = Stored(site, out ObjectEntry entry);
        Close(store.Open(entry, verify: false, out _));
        string path = store.PathOf(entry), folder = Path.GetDirectoryName(path)!;

        File.Move(path, site.Folder["aside"]);
        Directory.Delete(folder);
        Directory.CreateDirectory(folder);
        File.Move(site.Folder["aside"], path);

        Close(store.Open(entry, verify: true, out _));
    }

    [Fact]
    public void Object_whose_folder_was_removed_is_missing()
    {
        using var site = new Site("xfs");
        using ObjectStore store = Stored(site, out ObjectEntry entry);
        Close(store.Open(entry, verify: false, out _));

        Directory.Delete(Path.GetDirectoryName(store.PathOf(entry))!, recursive: true);

        Assert.Equal("object-missing", Assert.Throws<HolotreeException>(() => store.Open(entry, verify: false, out _)).Code);
    }

    [Fact]
    public void Store_opens_each_folder_once_and_closes_all()
    {
        using var site = new Site("xfs");
        using (ObjectStore store = Stored(site, out ObjectEntry entry))
        {
            Close(store.Open(entry, verify: false, out _));
            Close(store.Open(entry, verify: false, out _));
            Assert.Equal(1, OpenIn(site.Home.ObjectsPath + "/sha256"));
        }
        Assert.Equal(0, OpenIn(site.Home.ObjectsPath));
    }

    static ObjectStore Stored(Site site, out ObjectEntry entry)
    {
        site.Folder.Write("source/file", "content");
        RecordReport report = site.Record();
        entry = new CatalogStore(site.Home).Load(report.Catalog).Objects[0];
        return new ObjectStore(site.Home);
    }

    static void Close(int descriptor) => _ = Kernel.close(descriptor);

    /// <summary>How many descriptors of this process lead to a path or below it.</summary>
    static int OpenIn(string path) => Directory.EnumerateFileSystemEntries("/proc/self/fd")
        .Select(static entry => Kernel.PathBehind(int.Parse(Path.GetFileName(entry), CultureInfo.InvariantCulture)))
        .Count(place => place?.StartsWith(path, StringComparison.Ordinal) == true);
}
