namespace Holotree.Running;

/// <summary>A tree that commands see at a path each for itself alone: what they write is their own and goes with them.</summary>
/// <param name="Lower">The tree, made to stand at <paramref name="MountPath"/>. Nobody writes into it while commands run.</param>
/// <param name="MountPath">Where commands see it: an absolute path of a folder that is there, empty for everybody else.</param>
public sealed record PrivateMount(string Lower, string MountPath);
