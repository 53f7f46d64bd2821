namespace Holotree.Bench;

/// <summary>The middle of some figures.</summary>
internal static class Median
{
    /// <summary>The middle one, or half way between the two in the middle.</summary>
    /// <param name="figures">At least one; they are left as they are.</param>
    internal static double Of(IEnumerable<double> figures)
    {
        double[] sorted = [.. figures.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
