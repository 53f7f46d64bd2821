using System.Runtime.Versioning;

namespace Holotree.Tests.Staging;

/// <summary>Does to files what disks, careless programs and strangers do.</summary>
[SupportedOSPlatform("linux")]
internal static class Harm
{
    /// <summary>Flips one bit in the middle of a file, in place: its inode may have other names. Length, mode and time stay.</summary>
    internal static void FlipBit(string path)
    {
        UnixFileMode mode = File.GetUnixFileMode(path);
        string time = Tool.Run("stat", "--format=%.9Y", path).Trim();
        File.SetUnixFileMode(path, mode | UnixFileMode.UserWrite);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite))
        {
            file.Position = file.Length / 2;
            int value = file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(value ^ 1));
        }
        File.SetUnixFileMode(path, mode);
        Tool.Run("touch", "--date=@" + time, path);
    }

    /// <summary>Cuts or fills a file to a length; mode and time stay.</summary>
    internal static void Resize(string path, long length)
    {
        UnixFileMode mode = File.GetUnixFileMode(path);
        File.SetUnixFileMode(path, mode | UnixFileMode.UserWrite);
        DateTime time = File.GetLastWriteTimeUtc(path);
        using (FileStream file = File.OpenWrite(path)) file.SetLength(length);
        File.SetUnixFileMode(path, mode);
        File.SetLastWriteTimeUtc(path, time);
    }

    /// <summary>Takes the seal from an object and leaves its content.</summary>
    internal static void BreakSeal(string path)
    {
        File.SetUnixFileMode(path, (UnixFileMode)0x1A4);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
    }

    internal static bool IsSealed(string path) =>
        Tool.Run("stat", "--format=%a %.9Y", path).Trim() is "444 1000000000.000000000" or "555 1000000000.000000000";
}
