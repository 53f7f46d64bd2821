namespace TestKit;

/// <summary>The checkout the tests were built in.</summary>
public static class Repository
{
    /// <summary>Its root: the folder of the solution.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Holotree.slnx")))
                return folder.FullName;
        throw new InvalidOperationException($"{AppContext.BaseDirectory} is not in a checkout of this repository.");
    }
}
