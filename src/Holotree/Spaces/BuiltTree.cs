using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>A tree that is complete and not yet in its place.</summary>
/// <param name="Report">What made it.</param>
/// <param name="SaveIndex">Writes the index of the space, given how its root looks when it has its name.</param>
/// <param name="Source">What it was made of, where that was laid out before.</param>
internal sealed record BuiltTree(RestoreReport Report, Action<FileStamp> SaveIndex, ReadySource? Source = null) : IDisposable
{
    public void Dispose() => Source?.Dispose();
}
