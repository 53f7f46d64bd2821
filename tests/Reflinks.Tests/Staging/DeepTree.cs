using System.Runtime.Versioning;
using System.Text;
using Reflinks.Platform.Linux;

namespace Reflinks.Tests.Staging;

/// <summary>Folders inside one another, deeper than any path can say.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe class DeepTree
{
    /// <summary>Makes a folder with <paramref name="levels"/> others below it, one in each, and beside each a file.</summary>
    /// <param name="path">The new folder.</param>
    /// <param name="levels">How many.</param>
    /// <param name="nameBytes">The length of each name.</param>
    /// <param name="fileBytes">The length of each file.</param>
    internal static void Make(string path, int levels, int nameBytes, int fileBytes = 3)
    {
        Directory.CreateDirectory(path);
        byte[] name = [.. Encoding.ASCII.GetBytes(new string('d', nameBytes)), 0], file = [.. "file"u8, 0];
        int at = LinuxFile.Open(path, Interop.O_RDONLY | OpenFlags.O_DIRECTORY, 0, out Errno error);
        fixed (byte* folder = name, entry = file)
        {
            for (int level = 0; level < levels; level++)
            {
                int made = LinuxFile.OpenAt(at, entry, Interop.O_WRONLY | Interop.O_CREAT, 0x1A4, out error);
                LinuxFile.Write(made, Content.Random(fileBytes, seed: level), 0);
                _ = Interop.close(made);
                if (Interop.mkdirat(at, folder, 0x1ED) != 0) throw LinuxErrors.Failure(LinuxErrors.Last, "create level", $"{level}");
                int next = LinuxFile.OpenAt(at, folder, Interop.O_RDONLY | OpenFlags.O_DIRECTORY, 0, out error);
                _ = Interop.close(at);
                at = next;
            }
        }
        _ = Interop.close(at);
    }
}
