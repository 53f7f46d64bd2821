using Reflinks.Files;

namespace Reflinks.Volumes;

/// <summary>What a place, or a pair of places, turned out to be able to do when it was tried.</summary>
public sealed record VolumeCapabilities
{
    /// <summary>The folder that was asked about; of a pair, the one that files are made in.</summary>
    public required string Path { get; init; }

    /// <summary>The filesystem's name, for people.</summary>
    public required string FileSystem { get; init; }

    /// <summary>How far it was verified what this version does on such a filesystem. It changes nothing: what works is found by trying.</summary>
    public SupportEvidence Evidence => FileSystemKind.EvidenceFor(FileSystem);

    /// <summary>Where that filesystem is mounted; empty where the system does not say.</summary>
    public required string MountPoint { get; init; }

    /// <summary>What the volume says of itself, where the system can ask it (macOS: VOL_CAP_INT_CLONE, getattrlist(2)); null elsewhere. A hint: <see cref="Reflink"/> is what was found by trying.</summary>
    public bool? SaysItClones { get; init; }

    /// <summary>A whole file can share its blocks with another.</summary>
    public bool Reflink { get; init; }

    /// <summary>A range of a file can.</summary>
    public bool RangeClone { get; init; }

    /// <summary>A folder made as a subvolume can be snapshotted by this user (btrfs); of a pair, from the one to the other.</summary>
    public bool Snapshot { get; init; }

    /// <summary>The filesystem keeps account of what each subvolume holds (btrfs quota groups), which makes deleting snapshots slower.</summary>
    public bool QuotaGroups { get; init; }

    /// <summary>A file can have a further name.</summary>
    public bool HardLink { get; init; }

    /// <summary>The kernel copies files without moving their bytes through the process.</summary>
    public bool KernelCopy { get; init; }

    /// <summary>Files can have extended attributes of the namespace <c>user</c>.</summary>
    public bool ExtendedAttributes { get; init; }

    /// <summary>Why each of these cannot be done, in the system's words, by its name here.</summary>
    public IReadOnlyDictionary<string, NativeError> Refusals { get; init; } = new Dictionary<string, NativeError>();
}
