using System.Runtime.Versioning;
using Holotree.Catalogs;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>What stands in a space before it is refreshed or examined, and what is known of how it came to stand there.</summary>
/// <param name="Found">What is there now, with its looks.</param>
/// <param name="Made">What the last restore was to make of it: the plan of that catalog; null where the catalog is gone.</param>
/// <param name="Index">How everything looked then; null where that is not known.</param>
[SupportedOSPlatform("linux")]
internal sealed record StandingSpace(TreeScan Found, RestorePlan? Made, SpaceIndex? Index)
{
    /// <summary>The catalog it was made from; null where that is gone.</summary>
    internal Catalog? Catalog => Made?.Catalog;
}
