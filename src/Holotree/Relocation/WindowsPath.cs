namespace Holotree.Relocation;

/// <summary>Tells the paths of Windows by their look, on whatever system: a drive (<c>C:\</c>) or a share (<c>\\server\share</c>).</summary>
internal static class WindowsPath
{
    internal static bool IsAbsolute(ReadOnlySpan<byte> path) => HasDrive(path) || IsShare(path);

    internal static bool HasDrive(ReadOnlySpan<byte> path) =>
        path is [var letter, (byte)':', (byte)'\\', ..] && char.IsAsciiLetter((char)letter);

    internal static bool IsShare(ReadOnlySpan<byte> path) => path is [(byte)'\\', (byte)'\\', var next, ..] && next != (byte)'\\';
}
