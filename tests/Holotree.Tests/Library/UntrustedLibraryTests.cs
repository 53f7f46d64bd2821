using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Tests.Staging;
using Reflinks.Platform;

namespace Holotree.Tests.Library;

/// <summary>In a library that others than its owner and root can get at, a seal says nothing.</summary>
[SupportedOSPlatform("linux")]
public sealed class UntrustedLibraryTests : IDisposable
{
    const int Somebody = 61001;

    readonly Site site = new("xfs");
    readonly ObjectEntry entry;
    readonly string path;

    public UntrustedLibraryTests()
    {
        site.Folder.Write("source/file", "content");
        entry = Assert.Single(site.Catalogs.Load(site.Record().Catalog).Objects);
        path = Assert.Single(site.Objects());
    }

    public void Dispose() => site.Dispose();

    [Theory]
    [InlineData("chmod 755", true)]
    [InlineData("chmod 701", true)]
    [InlineData("chown 61001", true)]
    [InlineData("chmod 700", false)]
    public void Object_is_hashed_whatever_its_seal_says_where_the_library_is_not_private(string change, bool isFound)
    {
        Directory.Move(site.Source, site.Folder["away"]);
        Harm.FlipBit(path);
        Assert.True(Harm.IsSealed(path));
        string[] words = change.Split(' ');
        Tool.Run(words[0], words[1], site.Home.LibraryPath);
        var home = new Home(site.Home.Path);
        var spaces = new Holotree.Spaces.SpaceStore(home);

        if (!isFound) spaces.Restore("space", "env", new Holotree.Spaces.RestoreOptions { LockTimeout = Site.Patience });
        else Assert.Equal("object-damaged", Assert.Throws<HolotreeException>(() => spaces.Restore("space", "env", new Holotree.Spaces.RestoreOptions { LockTimeout = Site.Patience })).Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Object_of_another_user_is_used_by_way_of_a_copy_that_nobody_else_can_write_to(bool isForeign)
    {
        Tool.Run("chmod", "755", site.Home.LibraryPath);
        if (isForeign) Tool.Run("chown", $"{Somebody}", path);
        using var store = new ObjectStore(new Home(site.Home.Path));
        ulong inode = store.Examine(entry, knowsSize: true, CancellationToken.None).Inode;

        int descriptor = store.Open(entry, verify: false, out Kernel.Statx stat);

        Assert.Equal(Errno.None, NativeFile.Stat(descriptor, out Kernel.Statx used));
        Assert.Equal(isForeign, used.stx_ino != inode);
        Assert.Equal(used.stx_ino, stat.stx_ino);
        if (isForeign) Assert.Equal((0u, 0x180, 0u), (used.stx_uid, used.stx_mode & 0xFFF, used.stx_nlink));
        _ = Kernel.close(descriptor);
        Assert.Empty(Directory.EnumerateFileSystemEntries(site.Home.IncomingPath));
    }
}
