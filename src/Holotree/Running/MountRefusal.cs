using Reflinks.Files;

namespace Holotree.Running;

/// <summary>Why a command cannot have a tree mounted for itself alone here. Nothing was run, and nothing is left.</summary>
/// <param name="Action">What was refused, such as <c>make a user namespace</c>.</param>
/// <param name="Error">The system's error.</param>
public sealed record MountRefusal(string Action, NativeError Error)
{
    /// <summary>What was refused, and the system's words.</summary>
    public override string ToString() => $"cannot {Action}: {Error}";
}
