using System.Runtime.Versioning;
using Holotree.Library;
using Reflinks.Trees;

namespace Holotree.Recording;

/// <summary>What one read of a file found.</summary>
[SupportedOSPlatform("linux")]
internal sealed record RecordedFile
{
    /// <summary>How the file looked then.</summary>
    internal required FileStamp State { get; init; }

    /// <summary>Its content; of no meaning for a file of no bytes.</summary>
    internal required ObjectEntry Object { get; init; }

    /// <summary>Where it holds the prefix.</summary>
    internal required long[] Offsets { get; init; }

    /// <summary>Whether a NUL byte occurs in it.</summary>
    internal required bool IsBinary { get; init; }

    /// <summary>Its extended attributes; null where it has none.</summary>
    internal required IReadOnlyList<(byte[] Name, byte[] Value)>? Attributes { get; init; }
}
