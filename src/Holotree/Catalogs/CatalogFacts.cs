namespace Holotree.Catalogs;

/// <summary>Where and from what a catalog was recorded.</summary>
/// <param name="Name">The name it was recorded under: the same tree under two names is two catalogs.</param>
/// <param name="Prefix">The absolute path it was recorded at, in bytes.</param>
/// <param name="Platform">System and processor, such as <c>linux-x64</c>.</param>
/// <param name="Blueprint">The hash of what it was built from; empty where it was recorded from a folder.</param>
internal sealed record CatalogFacts(string Name, byte[] Prefix, string Platform, string Blueprint);
