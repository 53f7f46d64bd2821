using System.Text;
using Holotree.Catalogs;
using Holotree.Library;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>
/// Makes sure of what a restore leaves to the system: that the bytes of a space are on disk. A restore does not wait for that, so a space
/// that was made shortly before a power cut may lack bytes behind the right names.
/// </summary>
internal sealed class SpaceProof(Home home)
{
    /// <summary>By then the system has written nearly all of a space by itself, so that there is little to wait for.</summary>
    static readonly TimeSpan Settling = TimeSpan.FromMinutes(1);

    /// <summary>Has the filesystems of all complete spaces written out, and notes that of those. A space that is in somebody's hands is left out.</summary>
    internal void SyncAll()
    {
        var held = new List<(SpaceState State, FileLock Own)>();
        try
        {
            foreach (SpaceState listed in SpaceState.All(home))
            {
                if (!listed.IsUnsynced || FileLock.TryTake(SpaceState.LockOf(home, listed.Space), exclusive: false) is not { } own) continue;
                if (SpaceState.Read(home, listed.Space) is { IsUnsynced: true } state) held.Add((state, own));
                else own.Dispose();
            }
            Sync(held.Select(static entry => entry.State));
        }
        finally
        {
            foreach ((_, FileLock own) in held) own.Dispose();
        }
    }

    /// <summary>Has a space written out that is used again and was not until now; its lock is held.</summary>
    internal static void SyncOnce(SpaceState state)
    {
        if (state.IsUnsynced && DateTimeOffset.UtcNow - state.Finished > Settling) Sync([state]);
    }

    static void Sync(IEnumerable<SpaceState> states)
    {
        string? written = null;
        foreach (SpaceState state in states)
        {
            try
            {
                string folder = Path.GetDirectoryName(state.Path)!;
                if (!DurableFile.SyncsFileSystems) DurableFile.SyncFileSystem(state.Path);
                else if (written is null || !SpacePlace.AreOnOneDevice(written, folder)) DurableFile.SyncFileSystem(folder);
                written = folder;
                state.NoteSynced();
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                // It stays unknown whether it is on disk, which is true.
            }
        }
    }

    /// <summary>Reads a space that is in doubt, whose lock is held, and notes that it lacks nothing. What somebody changed in it since it was made does not count.</summary>
    /// <exception cref="HolotreeException">It lacks something, or cannot be verified as its catalog is gone.</exception>
    internal void Verify(SpaceState state, TimeSpan lockTimeout, CancellationToken cancellation)
    {
        using FileLock shared = LibraryFolder.Share(home, lockTimeout, cancellation);
        var plan = RestorePlan.For(Load(state), Encoding.UTF8.GetBytes(state.Path), []);
        var standing = StandingSpace.Look(state.Path, plan, SpaceIndex.Of(home, state, plan.Catalog), workers: 0, cancellation);
        using var diff = new SpaceDiff(home, state.Path, plan, standing, cancellation);
        if (diff.Lost(state.Finished ?? DateTimeOffset.MaxValue) is [var example, ..] lost)
            throw InDoubt(state, $"{lost.Count} of its files lost what was written to them, for example '{example}'", inner: null);
        try
        {
            state.NoteSynced();
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // Then the next use verifies it again.
        }
    }

    Catalog Load(SpaceState state)
    {
        try
        {
            return new CatalogStore(home).Load(state.Catalog);
        }
        catch (HolotreeException unusable)
        {
            throw InDoubt(state, "it cannot be verified without its catalog", unusable);
        }
    }

    static HolotreeException InDoubt(SpaceState state, string why, Exception? inner) =>
        new(HolotreeFailure.NotFound, "space-in-doubt", $"The space '{state.Space}' was made shortly before the machine stopped, and {why}.", inner)
        {
            Path = state.Path,
            Hint = $"holotree init --space {state.Space} makes good what it lacks, and undoes what was changed in it; holotree diff {state.Space} tells what that is.",
        };
}
