namespace Reflinks.Tests.Staging;

internal static class FolderNames
{
    /// <summary>Names of everything in the folder, sorted: nothing may be left behind.</summary>
    internal static string[] Names(this TemporaryFolder folder) =>
        [.. Directory.EnumerateFileSystemEntries(folder.Path).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
}
