using Holotree.Library;
using Holotree.Templates;

namespace Holotree.Spaces;

/// <summary>A ready tree that a space can be made of.</summary>
/// <param name="Ready">What is known of it.</param>
/// <param name="Part">What of it differs from space to space.</param>
/// <param name="LaidOutNow">Whether it had to be laid out first.</param>
/// <param name="Claim">Where it waited to become this very space, and has: what keeps that known. Null where the space is a snapshot of it.</param>
internal sealed record ReadySource(ReadyTree Ready, VariablePart Part, bool LaidOutNow, FileLock? Claim) : IDisposable
{
    /// <summary>To be called when the space stands, or never will.</summary>
    public void Dispose()
    {
        if (Claim is null) return;
        StandbyStore.Forget(Ready);
        Claim.Dispose();
    }
}
