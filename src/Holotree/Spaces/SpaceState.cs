using System.Globalization;
using System.Runtime.Versioning;
using Holotree.Library;
using Reflinks.Platform.Linux;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>
/// What is known of one space, in <c>states/NAME.state</c>. It is written before a space is begun, with the identity of the folder
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

    /// <summary>The space's name: that of the file, also where a power cut left nothing in it.</summary>
    internal string Space => System.IO.Path.GetFileNameWithoutExtension(path);

    internal string Path => facts["path"] ?? string.Empty;

    /// <summary>Whether a complete tree was put at <see cref="Path"/> and stands there.</summary>
    internal bool Complete => facts["complete"] == "yes" && facts["identity"] is { } identity && identity == IdentityOf(Path);

    /// <summary>Whether the space lasts only as long as somebody holds its lock.</summary>
    internal bool Ephemeral => facts["ephemeral"] == "yes";

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
    internal static SpaceState Begin(Home home, string space, string path, string pending, SpaceState? before, bool ephemeral = false)
    {
        FactFile facts = before is { Complete: true } ? before.facts : new FactFile { ["path"] = path, ["ephemeral"] = ephemeral ? "yes" : null };
        facts["pending"] = pending;
        facts["pendingIdentity"] = IdentityOf(pending);
        var state = new SpaceState(PathOf(home, space), facts);
        facts.Write(state.path, durable: false);
        return state;
    }

    /// <summary>Notes that the space stands.</summary>
    /// <param name="replaced">Where the tree lies that stood there before, to be swept; null where there was none.</param>
    internal SpaceState Finish(RestoreReport report, string catalogName, DateTimeOffset now, string? replaced)
    {
        var complete = new FactFile
        {
            ["path"] = report.Path,
            ["identity"] = IdentityOf(report.Path),
            ["pending"] = replaced,
            ["catalog"] = report.Catalog,
            ["name"] = catalogName,
            ["complete"] = "yes",
            ["ephemeral"] = facts["ephemeral"],
        };
        complete.Set("files", report.Files);
        complete.Set("relocated", report.Relocated.Files);
        complete.Set("relocations", report.Relocated.Places);
        foreach ((string name, long count) in MechanismNames.Counts(report.Mechanisms)) complete.Set(MechanismKey + name, count);
        complete.Set("created", now);
        complete.Set("used", now);
        complete.Write(path, durable: false);
        return new SpaceState(path, complete);
    }

    /// <summary>
    /// Puts right what a process left that died while it built: the half-made folder goes; where the folder had its final name
    /// already, it was complete, but nobody was told, so it goes as well.
    /// </summary>
    internal void Sweep(CancellationToken cancellation)
    {
        if (Pending.Length == 0) return;
        TreeRemover.Remove(Pending, cancellation);
        if (!Complete && IdentityOf(Path) is { } identity && identity == facts["pendingIdentity"]) TreeRemover.Remove(Path, cancellation);
        facts["pending"] = null;
        facts["pendingIdentity"] = null;
        if (Complete) facts.Write(path, durable: false);
        else File.Delete(path);
    }

    /// <summary>Notes when the space was last worked in; to be called with its lock held, shared or alone.</summary>
    internal void NoteUse(DateTimeOffset now)
    {
        try
        {
            facts.Set("used", now);
            facts.Write(path, durable: false);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // A full or read-only disk is no reason not to work in the space.
        }
    }

    internal void Forget() => File.Delete(path);

    internal SpaceInfo Describe() => new()
    {
        Space = Space,
        Path = Path,
        Catalog = facts["catalog"] ?? string.Empty,
        Name = facts["name"] ?? string.Empty,
        Files = facts.Number("files"),
        RelocatedFiles = facts.Number("relocated"),
        Relocations = facts.Number("relocations"),
        Ephemeral = Ephemeral,
        Mechanisms = facts.All.Where(static fact => fact.Key.StartsWith(MechanismKey, StringComparison.Ordinal))
            .ToDictionary(static fact => fact.Key[MechanismKey.Length..], fact => facts.Number(fact.Key)),
        Created = facts.Time("created") ?? DateTimeOffset.UnixEpoch,
        Used = facts.Time("used") ?? DateTimeOffset.UnixEpoch,
        Complete = Complete,
    };

    /// <summary>
    /// Inode and time of birth of a folder, which stay while it is renamed; null where there is nothing. The inode alone is given
    /// again to the next folder (ext4 does so at once), and the number of a device is another one after a reboot.
    /// </summary>
    static unsafe string? IdentityOf(string path)
    {
        if (path.Length == 0) return null;
        Interop.Statx stat;
        fixed (byte* name = LinuxFile.Terminated(path))
        {
            if (Interop.statx(Interop.AT_FDCWD, name, Interop.AT_SYMLINK_NOFOLLOW, Interop.STATX_BASIC_STATS | Interop.STATX_BTIME, &stat) != 0) return null;
        }
        return (stat.stx_mask & Interop.STATX_BTIME) != 0
            ? string.Create(CultureInfo.InvariantCulture, $"{stat.stx_ino} {stat.stx_btime.tv_sec}.{stat.stx_btime.tv_nsec:D9}")
            : string.Create(CultureInfo.InvariantCulture, $"{stat.stx_ino}");
    }
}
