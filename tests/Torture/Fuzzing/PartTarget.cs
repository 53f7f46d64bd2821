using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Templates;

namespace Torture.Fuzzing;

/// <summary>The parts of ready trees that differ from space to space.</summary>
[SupportedOSPlatform("linux")]
internal sealed class PartTarget(FuzzSite site) : FuzzTarget
{
    readonly IReadOnlyList<byte[]> seeds = site.Files(".part");

    internal override string Name => "part";

    internal override IReadOnlyList<byte[]> Seeds => seeds;

    internal override int Executions => 4000;

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
}
