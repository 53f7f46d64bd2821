namespace Holotree.Bench.Reporting;

/// <summary>A tree that was copied.</summary>
internal sealed record Tree(string Key, string Title, string Size);
