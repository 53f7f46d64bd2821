using Holotree.Library;
using Reflinks.Platform;

namespace Holotree.Spaces;

/// <summary>A space that is worked in: as long as this is not disposed of, nobody refreshes or deletes it.</summary>
public sealed class SpaceUse : IDisposable
{
    /// <summary>Scripts use the numbers below for themselves (POSIX: a redirection names 0 to 9).</summary>
    const int FirstFreeDescriptor = 10;

    readonly FileLock held;
    readonly Action<FileLock>? remove;
    bool ended;

    /// <param name="held">The space's lock.</param>
    /// <param name="remove">Takes a space away that is not kept.</param>
    internal SpaceUse(SpaceInfo space, FileLock held, Action<FileLock>? remove = null, RestoreReport? made = null) =>
        (Space, this.held, this.remove, Made) = (space, held, remove, made);

    /// <summary>The space.</summary>
    public SpaceInfo Space { get; }

    /// <summary>What was done to make it, where it was made for this use.</summary>
    public RestoreReport? Made { get; }

    /// <summary>Lets the processes that are started from here on hold the lock too, even where this one is killed (flock(2): a lock belongs to the open file).</summary>
    internal void PassOn()
    {
        held.IsPassedOn = true;
        if (OperatingSystem.IsLinux() && Running.Interop.fcntl(held.Descriptor, Running.Interop.F_DUPFD, FirstFreeDescriptor) < 0)
            throw NativeErrors.Failure(NativeErrors.Last, "hand on the lock of space", Space.Path);
    }

    /// <summary>Gives the lock back. A space made for this use alone is deleted.</summary>
    /// <exception cref="IOException">The space could not be deleted as a whole; the next command goes on with it.</exception>
    public void End()
    {
        if (ended) return;
        ended = true;
        using (held) remove?.Invoke(held);
    }

    /// <summary>The same as <see cref="End"/>.</summary>
    public void Dispose() => End();
}
