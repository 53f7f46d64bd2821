using System.Globalization;
using Holotree.Library;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>
/// What is known of one space, in <c>states/NAME.state</c>. It is written before a space is begun, with the identity of the folder
/// it is built in, and again when it stands: so after a crash it is known what is whole and what has to go.
/// </summary>
internal sealed class SpaceState
{
    const string Suffix = ".state", MechanismKey = "mechanism.", Touched = "touched", Boot = "boot", Synced = "synced";

    readonly string path;
    readonly FactFile facts;

    SpaceState(string path, FactFile facts) => (this.path, this.facts) = (path, facts);

    /// <summary>Where the tree is built until it is complete; empty when nothing is being built.</summary>
    internal string Pending => PathIn("pending");

    /// <summary>The space's name: that of the file, also where a power cut left nothing in it.</summary>
    internal string Space => System.IO.Path.GetFileNameWithoutExtension(path);

    internal string Path => PathIn("path");

    /// <summary>The id of the catalog that the space was last made from.</summary>
    internal string Catalog => facts["catalog"] ?? string.Empty;

    /// <summary>Whether a complete tree was put at <see cref="Path"/> and that folder still is there, whatever was done in it since.</summary>
    internal bool Standing => facts["complete"] == "yes" && facts["identity"] is { } identity && identity == FolderIdentity.Of(Path);

    /// <summary>Whether the space stands, no refresh of it was cut off halfway, and no power cut can have taken bytes from it, as far as the state can be believed.</summary>
    internal bool Complete => !MayHaveLostBytes && IsFinished;

    /// <summary>Whether the space stands, but would have to be verified to be called complete.</summary>
    internal bool InDoubt => MayHaveLostBytes && IsFinished;

    /// <summary>
    /// Whether a restore was done before the machine was last started and nobody made sure that it was on disk by then: its names are
    /// there, or this would not say so, but files may lack bytes.
    /// </summary>
    internal bool MayHaveLostBytes => facts[Synced] is null && facts[Boot] is { } boot && BootId.Current is { } now && boot != now;

    /// <summary>Whether the space is complete, and a power cut could change that.</summary>
    internal bool IsUnsynced => facts[Synced] is null && facts[Boot] is not null && Complete;

    /// <summary>When a restore was done with the space last; null where that is not known.</summary>
    internal DateTimeOffset? Finished => facts.Time("finished");

    bool IsFinished => facts[Touched] is null && !IsDamaged && IsSeenStanding();

    /// <summary>Whether the state is not what was written. The folder that it names is its space all the same if their identity agrees.</summary>
    internal bool IsDamaged => facts.IsDamaged;

    /// <summary>Whether the space lasts only as long as somebody holds its lock.</summary>
    internal bool Ephemeral => facts["ephemeral"] == "yes" && !IsDamaged;

    /// <summary>The absolute path of something that has a name; empty where there is none, or what could not be one.</summary>
    string PathIn(string key) =>
        facts[key] is { } given && System.IO.Path.IsPathFullyQualified(given) && !given.Contains('\0', StringComparison.Ordinal) && System.IO.Path.GetFileName(given) is not ("" or "." or "..") ? given : string.Empty;

    /// <summary>A place that this user may not look at is not one that he can work in.</summary>
    bool IsSeenStanding()
    {
        try
        {
            return Standing;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    internal static SpaceState? Read(Home home, string space)
    {
        string path = PathOf(home, space);
        return FactFile.Read(path) is { } facts ? new SpaceState(path, facts) : null;
    }

    internal static IEnumerable<SpaceState> All(Home home) =>
        !NativeFile.IsFolder(home.StatesPath) ? []
            : Directory.EnumerateFiles(home.StatesPath, "*" + Suffix).Order(StringComparer.Ordinal)
                .Select(static path => FactFile.Read(path) is { } facts ? new SpaceState(path, facts) : null).OfType<SpaceState>();

    internal static string PathOf(Home home, string space) => System.IO.Path.Join(home.StatesPath, space + Suffix);

    internal static string LockOf(Home home, string space) => System.IO.Path.Join(home.StatesPath, space + ".lock");

    /// <summary>Notes that a space is about to be built in a folder. What stood under the name before is remembered until it is replaced.</summary>
    internal static SpaceState Begin(Home home, string space, string path, string pending, SpaceState? before, bool ephemeral = false)
    {
        FactFile facts = before is { Standing: true } ? before.facts : new FactFile { ["path"] = path, ["ephemeral"] = ephemeral ? "yes" : null };
        facts["pending"] = pending;
        facts["pendingIdentity"] = FolderIdentity.Of(pending);
        if (before is { IsDamaged: true }) facts[Touched] = "yes";      // written anew it looks whole, and is to be believed no more than before
        var state = new SpaceState(PathOf(home, space), facts);
        facts.Write(state.path, durable: false);
        return state;
    }

    /// <summary>Notes that the standing space is about to be changed: from now on it is neither what it was nor what it shall be.</summary>
    internal void Touch()
    {
        // One filesystem keeps the order of what happens to names; two do not know of each other.
        bool together = SpacePlace.AreOnOneDevice(System.IO.Path.GetDirectoryName(path)!, System.IO.Path.GetDirectoryName(Path)!);
        facts[Touched] = "yes";

        // What comes into it from now on is not on disk, whatever was.
        (facts[Boot], facts[Synced]) = (BootId.Current, null);
        facts.Write(path, durable: !together);
    }

    /// <summary>Notes that nothing of the standing space was changed after all. Where that is refused, the next restore finds so.</summary>
    internal void TryUntouch()
    {
        facts[Touched] = null;
        try
        {
            facts.Write(path, durable: false);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Notes that the space stands.</summary>
    /// <param name="mechanisms">What made its files, whenever that was.</param>
    /// <param name="relocated">What is relocated in it, whenever that was.</param>
    /// <param name="replaced">Where the tree lies that is to be swept: that which stood there before, or what is left of building; null where there is none.</param>
    internal SpaceState Finish(RestoreReport report, string catalogName, MechanismCounts mechanisms, RelocationCounts relocated, DateTimeOffset now, string? replaced)
    {
        var complete = new FactFile
        {
            ["path"] = report.Path,
            ["identity"] = FolderIdentity.Of(report.Path),
            ["pending"] = replaced,
            ["catalog"] = report.Catalog,
            ["name"] = catalogName,
            ["complete"] = "yes",
            [Boot] = BootId.Current,
            ["ephemeral"] = facts["ephemeral"],
        };
        complete.Set("files", report.Files);
        complete.Set("relocated", relocated.Files);
        complete.Set("relocations", relocated.Places);
        foreach ((string name, long count) in MechanismNames.Counts(mechanisms)) complete.Set(MechanismKey + name, count);
        complete.Set("created", report.Mode != RestoreReport.Created && facts.Time("created") is { } created ? created : now);
        complete.Set("used", now);
        complete.Set("finished", now);
        complete.Write(path, durable: false);
        return new SpaceState(path, complete);
    }

    /// <summary>Notes that the space was found to be as it shall be, or is worked in; its lock is held, shared or alone.</summary>
    internal void NoteUse(DateTimeOffset now)
    {
        facts.Set("used", now);
        facts.Write(path, durable: false);
    }

    /// <summary>Notes that all of the space is on disk; its lock is held, shared or alone.</summary>
    internal void NoteSynced()
    {
        facts[Synced] = "yes";
        facts.Write(path, durable: false);
    }

    /// <summary>
    /// Puts right what a process left that died while it built: the half-made folder goes; where the folder had its final name
    /// already, it was complete, but nobody was told, so it goes as well. What it had replaced by then comes back.
    /// </summary>
    internal void Sweep(CancellationToken cancellation)
    {
        if (Pending.Length == 0) return;

        // A state is only text: what it names is exchanged and deleted if it has a name and a place that nothing of anybody's has.
        if (IsBesideOrWithin(Pending))
        {
            string? made = facts["pendingIdentity"], replaced = facts["identity"];
            if (made is not null && facts["complete"] == "yes" && replaced is not null && replaced == FolderIdentity.Of(Pending) && made == FolderIdentity.Of(Path))
                PendingTree.Exchange(Pending, Path);

            // Where it was noted which folder it is, another one of that name is not it.
            if (made is null || (FolderIdentity.Of(Pending) is { } found && (found == made || found == replaced))) TreeRemover.Remove(Pending, cancellation);
        }
        if (!Standing && FolderIdentity.Of(Path) is { } identity && identity == facts["pendingIdentity"]) TreeRemover.Remove(Path, cancellation);
        facts["pending"] = null;
        facts["pendingIdentity"] = null;
        if (!Standing)
        {
            Forget();
            return;
        }
        if (IsDamaged) facts[Touched] = "yes";
        facts.Write(path, durable: false);
    }

    /// <summary>Whether a path is where this program builds and takes away, for a space of this place. A state that somebody forged must not name what is deleted.</summary>
    bool IsBesideOrWithin(string pending) =>
        PendingTree.IsName(pending) && System.IO.Path.GetDirectoryName(pending) is { } folder
        && (folder == Path || folder == System.IO.Path.GetDirectoryName(Path));

    /// <summary>Deletes the state: the index first, which nobody would find again.</summary>
    internal void Forget()
    {
        ForgetIndex();
        NativeFile.Delete(path);
    }

    /// <summary>Deletes the index, which only saves work, to have its room.</summary>
    internal void ForgetIndex() => NativeFile.Delete(System.IO.Path.ChangeExtension(path, ".index"));

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
        InDoubt = InDoubt,
    };
}
