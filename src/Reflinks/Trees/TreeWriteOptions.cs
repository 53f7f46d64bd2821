using Reflinks.Files;
using Reflinks.Platform;

namespace Reflinks.Trees;

/// <summary>How <see cref="TreeWriter"/> makes a tree.</summary>
/// <param name="Rungs">Which ways may be tried for the bytes, best first.</param>
/// <param name="Preserve">What is set besides the bytes.</param>
/// <param name="KeepAccessTimes">Whether files get the access time of their source; otherwise they are as new.</param>
/// <param name="Destination">The final path of the tree, for messages: it is built under another name.</param>
/// <param name="Workers">How many threads; 0 for one a processor.</param>
/// <param name="FileModeMask">The bits of a file's mode that it may get: 07777, or 01777 to leave set-id bits out.</param>
/// <param name="Signer">Signs programs whose bytes were changed; null where the system runs them as they are.</param>
/// <param name="TakeStamps">Whether it is noted how everything looks when it is made, to be compared later.</param>
internal sealed record TreeWriteOptions(
    Rungs Rungs, Preserve Preserve, bool KeepAccessTimes, string Destination, int Workers, int FileModeMask = 0xFFF, bool TakeStamps = false,
    ProgramSigner? Signer = null)
{
    internal int EffectiveWorkers => Workers > 0 ? Workers : Environment.ProcessorCount;
}
