using Holotree.Catalogs;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>What stands in a space before it is refreshed or examined, and what is known of how it came to stand there.</summary>
/// <param name="Found">What is there now, with its looks.</param>
/// <param name="Made">What the last restore was to make of it: the plan of that catalog; null where the catalog is gone.</param>
/// <param name="Index">How everything looked then; null where that is not known, or says nothing, as bytes may have been lost without a trace.</param>
internal sealed record StandingSpace(TreeScan Found, RestorePlan? Made, SpaceIndex? Index)
{
    /// <summary>The catalog it was made from; null where that is gone.</summary>
    internal Catalog? Catalog => Made?.Catalog;

    /// <summary>Looks at a space.</summary>
    /// <param name="path">Where it stands.</param>
    /// <param name="made">The plan of the catalog it was made from; null where that is gone.</param>
    /// <param name="index">How everything looked then; null where that is not known.</param>
    /// <param name="workers">How many threads look; 0 for one a processor.</param>
    /// <param name="cancellation">Ends the look.</param>
    internal static StandingSpace Look(string path, RestorePlan? made, SpaceIndex? index, int workers, CancellationToken cancellation) =>
        new(SpacePlace.Scan(path, made?.Catalog.Listing, workers, cancellation), made, index);
}
