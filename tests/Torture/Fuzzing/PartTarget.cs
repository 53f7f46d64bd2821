using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Spaces;
using Holotree.Templates;
using Reflinks.Files;
using TestKit;
using Xunit;

namespace Torture.Fuzzing;

/// <summary>The parts of ready trees that differ from space to space. Of those that are taken for right some become a space, beside things that must stay as they are.</summary>
[SupportedOSPlatform("linux")]
internal sealed class PartTarget(FuzzSite site) : FuzzTarget
{
    readonly IReadOnlyList<byte[]> seeds = site.Files(".part");

    internal override string Name => "part";

    internal override IReadOnlyList<byte[]> Seeds => seeds;

    internal override int Executions => 2000;

    /// <summary>The catalog in it has a checksum of its own.</summary>
    internal override Func<byte[], byte[]> Reseal => static file =>
    {
        int at = file.AsSpan().IndexOf("HOLOTREE"u8);
        if (at >= 0 && file.Length - at >= 88)
        {
            byte[] catalog = file[at..^32];
            BitConverter.GetBytes((long)catalog.Length).CopyTo(catalog, 16);
            FuzzSite.Sealed(catalog).CopyTo(file, at);
        }
        return FuzzSite.Sealed(file);
    };

    internal override bool Execute(byte[] input)
    {
        try
        {
            return VariablePart.Parse(input, "fuzzed") is { } part && part.Files.Length + part.Directories.Length > 0;
        }
        catch (HolotreeException refused) when (refused.Failure is HolotreeFailure.Damaged or HolotreeFailure.Unsupported)
        {
            return false;
        }
    }

    internal override bool Use(byte[] input, Random random)
    {
        if (random.Next(16) != 0) return false;
        new StandbySpaces(site.Home).Fill(1, new RestoreOptions());
        foreach (string path in Directory.EnumerateFiles(Path.Join(site.Home.StandbyPath, site.Ids[1]), "*.facts"))
        {
            // Who forges the part forges the facts that say which one it is.
            FactFile facts = FactFile.Parse(File.ReadAllBytes(path));
            facts["part"] = Convert.ToHexStringLower(input.AsSpan(^32..));
            File.WriteAllBytes(Path.ChangeExtension(path, ".part"), input);
            facts.Write(path, durable: false);
        }
        using var around = new TemporaryFolder(Path.GetDirectoryName(site.Home.Path)!);
        around.Write("beside", "beside");
        around.Write("folder/inner", "inner");
        TreeSnapshot before = TreeSnapshot.Take(around.Path);
        bool isClaimed = false;
        try
        {
            isClaimed = site.Spaces.Restore("fuzzed", site.Ids[1], new RestoreOptions { Destination = around["folder/space"] }).Waited;
            site.Spaces.Delete("fuzzed", TimeSpan.FromSeconds(5));
        }
        catch (Exception refused) when (refused is HolotreeException or CloneException or IOException or UnauthorizedAccessException)
        {
            Assert.False(Directory.Exists(around["folder/space"]), $"A half-made space is left: {refused}");
        }
        Assert.True(site.Spaces.Sweep(Timeout.InfiniteTimeSpan), "Something of the space cannot be deleted.");
        TreeComparison.AssertEqual(before, around.Path, new TreeComparisonOptions { Parts = TreeParts.Content | TreeParts.Mode | TreeParts.LinkTargets });
        return isClaimed;
    }
}
