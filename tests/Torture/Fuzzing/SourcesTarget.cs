using System.Runtime.Versioning;
using System.Text;
using Holotree.Catalogs;
using Holotree.Recording;

namespace Torture.Fuzzing;

/// <summary>What a recording knew of its source's files.</summary>
[SupportedOSPlatform("linux")]
internal sealed class SourcesTarget(FuzzSite site) : FuzzTarget
{
    const string Tree = "some";

    readonly IReadOnlyList<byte[]> seeds = site.Files(".sources");
    readonly string path = site.Catalogs.SourcesOf(site.Catalogs.Find(Tree).Id);

    internal override string Name => "sources";

    internal override IReadOnlyList<byte[]> Seeds => seeds;

    internal override Func<byte[], byte[]> Reseal => FuzzSite.Sealed;

    /// <summary>It reads the labels and the catalog.</summary>
    internal override int BytesBesides => 2 << 20;

    internal override bool Execute(byte[] input)
    {
        File.WriteAllBytes(path, input);
        if (SourceIndex.Load(site.Catalogs, Tree, Encoding.UTF8.GetBytes(site[Tree])) is not { } index) return false;
        Catalog catalog = index.Catalog;
        for (int i = 0; i < catalog.Listing.Files.Length; i++) _ = index.Vouches(i, default);
        return true;
    }
}
