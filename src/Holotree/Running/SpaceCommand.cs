using Holotree.Activation;

namespace Holotree.Running;

/// <summary>A command as the system takes it, in bytes.</summary>
/// <param name="Words">The program, by a path or by a name to be searched for on the environment's PATH, and its arguments.</param>
/// <param name="Environment">The variables it gets.</param>
public sealed record SpaceCommand(IReadOnlyList<byte[]> Words, EnvironmentBlock Environment);
