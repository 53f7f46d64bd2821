using System.Security.Cryptography;

namespace Windows.Tests;

/// <summary>All that a tree consists of, in words that can be compared.</summary>
internal static class TreeState
{
    /// <summary>A line for each entry: its path, its kind, length, digest, time of change and whether it is read-only.</summary>
    internal static string[] Of(string root)
    {
        var lines = new List<string>();
        foreach (FileSystemInfo entry in new DirectoryInfo(root).EnumerateFileSystemInfos("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }))
        {
            string looks = $"{Path.GetRelativePath(root, entry.FullName)} {entry.LastWriteTimeUtc.Ticks} {entry.Attributes & (FileAttributes.ReadOnly | FileAttributes.Directory | FileAttributes.Hidden)}";
            lines.Add(entry is FileInfo file ? $"{looks} {file.Length} {DigestOf(file.FullName)}" : looks);
        }
        lines.Sort(StringComparer.Ordinal);
        return [.. lines];
    }

    static string DigestOf(string path)
    {
        using FileStream content = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(content));
    }
}
