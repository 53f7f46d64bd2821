using System.Globalization;
using System.Runtime.Versioning;
using Holotree.Library;
using Reflinks.Platform.Linux;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>
/// What is known of one space, in <c>states/NAME.state</c>. It is written before a space is begun, with the inode of the folder
/// it is built in, and again when it stands: so after a crash it is known what is whole and what has to go.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class SpaceState
{
    const string Suffix = ".state", MechanismKey = "mechanism.";

    readonly string path;
    readonly FactFile facts;

    SpaceState(string path, FactFile facts) => (this.path, this.facts) = (path, facts);

    /// <summary>Where the tree is built until it is complete; empty when nothing is being built.</summary>
    internal string Pending => facts["pending"] ?? string.Empty;

    internal string Space => facts["space"] ?? string.Empty;

    internal string Path => facts["path"] ?? string.Empty;

    /// <summary>Whether a complete tree was put at <see cref="Path"/> and stands there.</summary>
    internal bool Complete => facts["complete"] == "yes" && facts["inode"] == InodeOf(Path);

    internal static SpaceState? Read(Home home, string space)
    {
        string path = PathOf(home, space);
        return FactFile.Read(path) is { } facts ? new SpaceState(path, facts) : null;
    }

    internal static IEnumerable<SpaceState> All(Home home) =>
        Directory.Exists(home.StatesPath)
            ? Directory.EnumerateFiles(home.StatesPath, "*" + Suffix).Order(StringComparer.Ordinal)
                .Select(static path => FactFile.Read(path) is { } facts ? new SpaceState(path, facts) : null).OfType<SpaceState>()
            : [];

    internal static string PathOf(Home home, string space) => System.IO.Path.Join(home.StatesPath, space + Suffix);

    internal static string LockOf(Home home, string space) => System.IO.Path.Join(home.StatesPath, space + ".lock");

    /// <summary>Notes that a space is about to be built in a folder. What stood under the name before is remembered until it is replaced.</summary>
    internal static SpaceState Begin(Home home, string space, string path, string pending, SpaceState? before)
    {
        FactFile facts = before?.facts ?? new FactFile();
        facts["space"] = space;
        facts["pending"] = pending;
        facts["pendingInode"] = InodeOf(pending);
        if (before is not { Complete: true }) facts["path"] = path;
        var state = new SpaceState(PathOf(home, space), facts);
        facts.Write(state.path, durable: false);
        return state;
    }

    /// <summary>Notes that the space stands.</summary>
    internal void Finish(RestoreReport report, string catalogName, DateTimeOffset now)
    {
        var complete = new FactFile
        {
            ["space"] = report.Space,
            ["path"] = report.Path,
            ["inode"] = InodeOf(report.Path),
            ["catalog"] = report.Catalog,
            ["name"] = catalogName,
            ["complete"] = "yes",
        };
        complete.Set("files", report.Files);
        foreach ((string name, long count) in MechanismNames.Counts(report.Mechanisms)) complete.Set(MechanismKey + name, count);
        complete.Set("created", now);
        complete.Set("used", now);
        complete.Write(path, durable: false);
    }

    /// <summary>
    /// Puts right what a process left that died while it built: the half-made folder goes; where the folder had its final name
    /// already, it was complete, but nobody was told, so it goes as well.
    /// </summary>
    internal void Sweep(CancellationToken cancellation)
    {
        if (Pending.Length == 0) return;
        TreeRemover.Remove(Pending, cancellation);
        if (!Complete && InodeOf(Path) is { } inode && inode == facts["pendingInode"]) TreeRemover.Remove(Path, cancellation);
        facts["pending"] = null;
        facts["pendingInode"] = null;
        if (Complete) facts.Write(path, durable: false);
        else File.Delete(path);
    }

    internal void Forget() => File.Delete(path);

    internal SpaceInfo Describe() => new()
    {
        Space = Space,
        Path = Path,
        Catalog = facts["catalog"] ?? string.Empty,
        Name = facts["name"] ?? string.Empty,
        Files = facts.Number("files"),
        Mechanisms = facts.All.Where(static fact => fact.Key.StartsWith(MechanismKey, StringComparison.Ordinal))
            .ToDictionary(static fact => fact.Key[MechanismKey.Length..], fact => facts.Number(fact.Key)),
        Created = facts.Time("created") ?? DateTimeOffset.UnixEpoch,
        Used = facts.Time("used") ?? DateTimeOffset.UnixEpoch,
        Complete = Complete,
    };

    /// <summary>Device and inode of a folder, which stay while it is renamed; null where there is nothing.</summary>
    static unsafe string? InodeOf(string path)
    {
        if (path.Length == 0) return null;
        fixed (byte* name = LinuxFile.Terminated(path))
            return LinuxFile.StatAt(Interop.AT_FDCWD, name, Interop.AT_SYMLINK_NOFOLLOW, out Interop.Statx stat) == Errno.None
                ? string.Create(CultureInfo.InvariantCulture, $"{stat.stx_dev_major}:{stat.stx_dev_minor}:{stat.stx_ino}") : null;
    }
}
