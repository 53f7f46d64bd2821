namespace TestKit;

/// <summary>How two trees are compared.</summary>
public sealed record TreeComparisonOptions
{
    /// <summary>Everything but owners.</summary>
    public static TreeComparisonOptions Default { get; } = new();

    /// <summary>What is looked at.</summary>
    public TreeParts Parts { get; init; } = TreeParts.All;

    /// <summary>Paths to leave out, with all below them; the path is relative, as messages show it ("lib/x", "." for the root).</summary>
    public Func<string, bool> Except { get; init; } = _ => false;

    /// <summary>How many differences a message shows.</summary>
    public int Shown { get; init; } = 20;

    /// <summary>Options which look at everything but <paramref name="parts"/>.</summary>
    public static TreeComparisonOptions Without(TreeParts parts) => new() { Parts = TreeParts.All & ~parts };
}
