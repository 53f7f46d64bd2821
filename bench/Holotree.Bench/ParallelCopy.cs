namespace Holotree.Bench;

/// <summary>Copies a tree as a program would without us: folders first, then <c>File.Copy</c> on all processors.</summary>
internal static class ParallelCopy
{
    internal static int Copy(string source, string destination)
    {
        Directory.CreateDirectory(destination);
        List<FileInfo> files = [];
        foreach (FileSystemInfo entry in new DirectoryInfo(source).EnumerateFileSystemInfos("*", SearchOption.AllDirectories))
        {
            string target = Path.Join(destination, Path.GetRelativePath(source, entry.FullName));
            if (entry.LinkTarget is { } pointed) File.CreateSymbolicLink(target, pointed);
            else if (entry is FileInfo file) files.Add(file);
            else Directory.CreateDirectory(target);
        }
        Parallel.ForEach(files, file => file.CopyTo(Path.Join(destination, Path.GetRelativePath(source, file.FullName))));
        return 0;
    }
}
