namespace Holotree.Maintenance;

/// <summary>A space that was not verified.</summary>
/// <param name="Space">Its name.</param>
/// <param name="Reason">Why.</param>
public sealed record SkippedSpace(string Space, string Reason);
