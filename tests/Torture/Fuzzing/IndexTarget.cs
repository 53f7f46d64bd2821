using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Spaces;
using Reflinks.Trees;

namespace Torture.Fuzzing;

/// <summary>Indexes of spaces, with and without amendments.</summary>
[SupportedOSPlatform("linux")]
internal sealed class IndexTarget : FuzzTarget
{
    readonly List<(string Id, Catalog Catalog, byte[] Bytes)> spaces = [];

    internal IndexTarget(FuzzSite site)
    {
        foreach (SpaceInfo space in site.Spaces.List())
            spaces.Add((space.Catalog, site.Catalogs.Load(space.Catalog), File.ReadAllBytes(SpaceIndex.PathOf(site.Home, space.Space))));
    }

    internal override string Name => "index";

    internal override IReadOnlyList<byte[]> Seeds => [.. spaces.Select(static space => space.Bytes)];

    internal override IReadOnlyList<byte[]> Words => ["HOLOAMND"u8.ToArray(), "HOLOINDX"u8.ToArray()];

    internal override int Executions => 2000;

    /// <summary>Amendments have a checksum of their own behind that of the index.</summary>
    internal override Func<byte[], byte[]> Reseal => static file =>
    {
        int at = file.AsSpan().IndexOf("HOLOAMND"u8);
        if (at < 32) return FuzzSite.Sealed(file);
        FuzzSite.Sealed(file[..at]).CopyTo(file, 0);
        FuzzSite.Sealed(file[at..]).CopyTo(file, at);
        return file;
    };

    internal override bool Execute(byte[] input)
    {
        bool taken = false;
        foreach ((string id, Catalog catalog, _) in spaces)
        {
            if (SpaceIndex.Parse(input, id, catalog) is not { } index) continue;
            taken = true;
            FileStamp now = default;
            for (int i = 0; i < catalog.Listing.Files.Length; i++) _ = index.Vouches(i, now);
            for (int i = 0; i < catalog.Listing.Directories.Length; i++) _ = index.VouchesForDirectory(i, index.Stamps.Directories[i]);
        }
        return taken;
    }
}
