using System.Runtime.Versioning;
using Holotree.Templates;
using Reflinks.Platform.Linux;

namespace Holotree.Spaces;

/// <summary>A ready tree that was taken for a space, and stands beside its place.</summary>
/// <param name="Pending">The tree.</param>
/// <param name="Ready">What is known of it.</param>
/// <param name="Part">What of it differs from space to space.</param>
/// <param name="LaidOutNow">Whether it had to be laid out first.</param>
[SupportedOSPlatform("linux")]
internal sealed record TakenTree(PendingTree Pending, ReadyTree Ready, VariablePart Part, bool LaidOutNow);
