using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>What a restore would do, without doing it. Paths are below the space; bytes that are not UTF-8 show as replacement characters.</summary>
public sealed record RestorePreview
{
    /// <summary>The space's name.</summary>
    public required string Space { get; init; }

    /// <summary>Where it is or would be.</summary>
    public required string Path { get; init; }

    /// <summary>The catalog's id.</summary>
    public required string Catalog { get; init; }

    /// <summary><c>created</c>, <c>refreshed</c> or <c>unchanged</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>Files and links that would be made, directories that would be (with a slash behind them).</summary>
    public required IReadOnlyList<string> Make { get; init; }

    /// <summary>Files and directories (with a slash) whose bytes or entries are right and whose mode, time or attributes would be set.</summary>
    public required IReadOnlyList<string> Adjust { get; init; }

    /// <summary>What would be removed; a directory (with a slash) with everything in it.</summary>
    public required IReadOnlyList<string> Remove { get; init; }

    /// <summary>Files that would stay as they are.</summary>
    public required long Keep { get; init; }

    /// <summary>What relocation will have done in the whole space.</summary>
    public required RelocationCounts Relocated { get; init; }

    internal static RestorePreview OfNew(string space, string path, string catalog, RestorePlan plan)
    {
        TreeListing listing = plan.Catalog.Listing;
        return new RestorePreview
        {
            Space = space,
            Path = path,
            Catalog = catalog,
            Mode = RestoreReport.Created,
            Make = Paths(listing, static _ => true, static _ => true, static _ => true),
            Adjust = [],
            Remove = [],
            Keep = 0,
            Relocated = plan.Relocated,
        };
    }

    internal static RestorePreview Of(string space, string path, string catalog, RefreshPlan plan)
    {
        TreeListing listing = plan.Wanted.Catalog.Listing;
        return new RestorePreview
        {
            Space = space,
            Path = path,
            Catalog = catalog,
            Mode = plan.IsEmpty ? RestoreReport.Unchanged : RestoreReport.Refreshed,
            Make = Paths(listing, plan.MakesDirectory, file => plan.Files[file] == FileAction.Make, link => plan.MakesSymlink[link]),
            Adjust = Paths(listing, directory => plan.Adjusts(directory), file => plan.Files[file] == FileAction.Adjust, static _ => false),
            Remove = [.. plan.Extras.Select(extra => plan.DisplayPath(extra)).Order(StringComparer.Ordinal)],
            Keep = plan.Files.Count(static action => action != FileAction.Make),
            Relocated = plan.Wanted.Relocated,
        };
    }

    static List<string> Paths(TreeListing listing, Func<int, bool> takesDirectory, Func<int, bool> takesFile, Func<int, bool> takesSymlink)
    {
        var paths = new List<string>();
        for (int i = 0; i < listing.Directories.Length; i++)
        {
            if (i > 0 && takesDirectory(i)) paths.Add(listing.DisplayDirectory(i) + "/");
        }
        for (int i = 0; i < listing.Files.Length; i++)
        {
            if (takesFile(i)) paths.Add(listing.DisplayPath(listing.Files[i]));
        }
        for (int i = 0; i < listing.Symlinks.Length; i++)
        {
            if (takesSymlink(i)) paths.Add(listing.DisplayPath(listing.Symlinks[i]));
        }
        paths.Sort(StringComparer.Ordinal);
        return paths;
    }
}
