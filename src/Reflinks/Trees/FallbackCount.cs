using Reflinks.Files;

namespace Reflinks.Trees;

/// <summary>Files for which one rung was left for the next, for one and the same reason.</summary>
/// <param name="From">What was tried.</param>
/// <param name="To">What was tried next.</param>
/// <param name="Error">The system's reason.</param>
/// <param name="Files">How many files.</param>
/// <param name="Example">One of them: its path below the tree's root.</param>
public sealed record FallbackCount(Mechanism From, Mechanism To, NativeError Error, long Files, string Example);
