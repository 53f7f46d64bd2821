using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Tests.Staging;
using Reflinks.Platform;

namespace Holotree.Tests.Library;

/// <summary>Several processes may meet the same damaged object: only what was judged is set aside, and nobody is in between.</summary>
[SupportedOSPlatform("linux")]
public sealed class QuarantineTests : IDisposable
{
    readonly Site site = new("xfs");
    readonly ObjectStore store;
    readonly ObjectEntry entry;
    readonly ulong judged;

    public QuarantineTests()
    {
        site.Folder.Write("source/file", "content");
        Catalog catalog = site.Catalogs.Load(site.Record().Catalog);
        entry = Assert.Single(catalog.Objects);
        store = new ObjectStore(site.Home);
        judged = store.Examine(entry, knowsSize: true, CancellationToken.None).Inode;
    }

    string ObjectPath => store.PathOf(entry);

    public void Dispose()
    {
        store.Dispose();
        site.Dispose();
    }

    /// <summary>As another process does it that met the same damage.</summary>
    string Heal()
    {
        string whole = SealedCopy();
        File.Move(whole, ObjectPath, overwrite: true);
        return File.ReadAllText(ObjectPath);
    }

    string SealedCopy()
    {
        string made = Path.Join(site.Home.IncomingPath, "made");
        File.WriteAllText(made, "content");
        int descriptor = NativeFile.Open(made, Kernel.O_RDWR, 0, out _);
        Assert.Equal(Errno.None, ObjectStore.Seal(entry, descriptor, umask: 0xFFF));
        _ = Kernel.close(descriptor);
        return made;
    }

    string[] Aside() => Directory.Exists(site.Home.QuarantinePath) ? Directory.GetFiles(site.Home.QuarantinePath) : [];

    [Fact]
    public void What_another_process_has_healed_is_not_set_aside()
    {
        Heal();

        Assert.False(store.SetAside(entry, judged));

        Assert.True(File.Exists(ObjectPath));
        Assert.Empty(Aside());
    }

    [Fact]
    public void What_another_process_has_healed_is_not_replaced()
    {
        Heal();
        ulong healed = store.Examine(entry, knowsSize: true, CancellationToken.None).Inode;
        string mine = SealedCopy();

        store.Replace(entry, judged, mine);

        Assert.Equal(healed, store.Examine(entry, knowsSize: true, CancellationToken.None).Inode);
        Assert.False(File.Exists(mine));
        Assert.Empty(Aside());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nobody_sets_aside_or_replaces_while_another_does(bool replaces)
    {
        string mine = SealedCopy();
        var worker = new Thread(() =>
        {
            if (replaces) store.Replace(entry, judged, mine);
            else store.SetAside(entry, judged);
        });
        using (FileLock.Take(site.Home.RepairLockPath, exclusive: true, Site.Patience, "repair", CancellationToken.None))
        {
            worker.Start();
            Assert.False(worker.Join(300));
            Assert.Equal(judged, store.Examine(entry, knowsSize: true, CancellationToken.None).Inode);
            Assert.Empty(Aside());
        }
        Assert.True(worker.Join(Site.Patience));
        Assert.Single(Aside());
        Assert.Equal(replaces, File.Exists(ObjectPath));
    }
}
