using Holotree.Library;
using Holotree.Running;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Platform.Linux;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>Deletes spaces, and clears away what dead processes left of those they were making or deleting.</summary>
internal sealed class SpaceDeletion(Home home)
{
    /// <summary>How long a command spends on what another one that died has left; what is more waits for the next.</summary>
    static readonly TimeSpan SweepTime = TimeSpan.FromSeconds(1);

    /// <summary>How often a deletion goes on that had no room itself.</summary>
    const int Attempts = 5;

    /// <summary>Deletes a space, as far as anybody can tell: its files may go later. Nothing happens where it is gone by now.</summary>
    /// <param name="space">Its name.</param>
    /// <param name="own">Its lock, held alone; it goes with the space.</param>
    /// <param name="cancellation">Ends the sweeping of what died in it before. A space that is gone stays gone.</param>
    internal void Delete(string space, FileLock own, CancellationToken cancellation)
    {
        if (SpaceState.Read(home, space) is not { } state) return;

        state.Sweep(cancellation);
        if (state.Standing)
        {
            // One rename: the space is either there as a whole or not there. Until the grave is noted the state knows of it.
            string grave = PendingTree.NameBeside(state.Path);
            if (NoteGrave(space, state, grave) is not { } buried)
            {
                DestroyOnFullDisk(state.Path);
                state.Forget();
                RemoveOnFullDisk(state.Path, cancellation);
                own.Delete();
                return;
            }
            PendingTree.MoveAway(state.Path, grave);
            try
            {
                new Graveyard(home).Add(grave);
            }
            catch (IOException)
            {
                // No room for a note: then the files go now.
                RemoveOnFullDisk(grave, cancellation);
            }
            buried.Forget();
        }
        else
        {
            state.Forget();
        }
        own.Delete();
    }

    /// <summary>
    /// Notes where a space goes that is about to be deleted. On a full disk the index makes room for that; null where there is none even
    /// then, and the space has to be deleted where it stands: what makes room must not need any.
    /// </summary>
    SpaceState? NoteGrave(string space, SpaceState state, string grave)
    {
        for (bool again = false; ; again = true)
        {
            try
            {
                return SpaceState.Begin(home, space, state.Path, grave, state);
            }
            catch (IOException full) when (IsFull(full))
            {
                if (again) return null;
                state.ForgetIndex();
            }
        }
    }

    /// <summary>
    /// Destroys a space that is a subvolume, which goes in one step or stands as it did. For that btrfs wants more room than for files, and
    /// counts it against the quota of the subvolume around it (btrfs_subvolume_reserve_metadata, fs/btrfs/root-tree.c).
    /// </summary>
    static void DestroyOnFullDisk(string path) => AsRoomComes(path, () =>
    {
        if (!Subvolume.TryDestroy(path, out Errno refused) && refused is Errno.ENOSPC or Errno.EDQUOT) throw NativeErrors.Failure(refused, "delete", path);
    });

    static void RemoveOnFullDisk(string path, CancellationToken cancellation) => AsRoomComes(path, () => TreeRemover.Remove(path, cancellation));

    /// <summary>
    /// Deletes something where nothing fits any more. A filesystem that copies on write needs room to delete as well, and gives back what was
    /// freed when that is on disk: after that it goes on.
    /// </summary>
    static void AsRoomComes(string path, Action delete)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                delete();
                return;
            }
            catch (IOException full) when (IsFull(full) && attempt < Attempts)
            {
                DurableFile.SyncFileSystem(Path.GetDirectoryName(path)!);
            }
        }
    }

    static bool IsFull(IOException failure) => NativeErrors.Of(failure) is Errno.ENOSPC or Errno.EDQUOT;

    /// <summary>Deletes what is left of deleted spaces and of private runs whose program has died, as far as the time goes.</summary>
    /// <returns>Whether nothing is left.</returns>
    internal bool Sweep(TimeSpan time, CancellationToken cancellation)
    {
        if (time != TimeSpan.Zero && OperatingSystem.IsLinux()) RunScratch.SweepDead(home, cancellation);
        return new Graveyard(home).Sweep(time, cancellation);
    }

    /// <summary>Deletes the spaces of uses whose processes have all died, and what is left of private runs.</summary>
    internal void SweepEphemeral(CancellationToken cancellation)
    {
        if (OperatingSystem.IsLinux()) RunScratch.SweepDead(home, cancellation);
        foreach (SpaceState state in SpaceState.All(home).Where(static state => state.Ephemeral))
        {
            try
            {
                using FileLock? alone = FileLock.TryTake(SpaceState.LockOf(home, state.Space), exclusive: true);
                if (alone is null || SpaceState.Read(home, state.Space) is not { Ephemeral: true }) continue;
                Delete(state.Space, alone, cancellation);
                Sweep(SweepTime, cancellation);
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                // It stays in the list of spaces, and is no matter of the command that came across it.
            }
        }
    }

    /// <summary>
    /// Clears away what processes left that died while they made or deleted a space, of all spaces, whether anybody ever names them again
    /// or not. Those that are in somebody's hands are left alone.
    /// </summary>
    internal void ClearUp(CancellationToken cancellation)
    {
        SweepEphemeral(cancellation);
        if (!NativeFile.IsFolder(home.StatesPath)) return;
        string[] spaces = [.. Directory.EnumerateFiles(home.StatesPath).Where(static path => Path.GetExtension(path) is ".state" or ".index" or ".lock")
            .Select(static path => Path.GetFileNameWithoutExtension(path)).Distinct()];
        foreach (string space in spaces)
        {
            if (SpaceState.Read(home, space) is { Pending.Length: 0 }) continue;
            using FileLock? own = FileLock.TryTake(SpaceState.LockOf(home, space), exclusive: true);
            if (own is null) continue;
            if (SpaceState.Read(home, space) is { } state) state.Sweep(cancellation);
            else NativeFile.Delete(SpaceIndex.PathOf(home, space));
            if (SpaceState.Read(home, space) is null) own.Delete();
        }
        Unfinished.Sweep(home.StatesPath);
        new Graveyard(home).ClearUp(cancellation);
    }
}
