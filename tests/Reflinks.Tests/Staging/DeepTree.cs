using System.Runtime.Versioning;
using System.Text;
using Reflinks.Platform;

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
        int at = NativeFile.Open(path, Kernel.O_RDONLY | OpenFlags.O_DIRECTORY, 0, out Errno error);
        fixed (byte* folder = name, entry = file)
        {
            for (int level = 0; level < levels; level++)
            {
                int made = NativeFile.OpenAt(at, entry, Kernel.O_WRONLY | Kernel.O_CREAT, 0x1A4, out error);
                NativeFile.Write(made, Content.Random(fileBytes, seed: level), 0);
                _ = Kernel.close(made);
                if (Kernel.mkdirat(at, folder, 0x1ED) != 0) throw NativeErrors.Failure(NativeErrors.Last, "create level", $"{level}");
                int next = NativeFile.OpenAt(at, folder, Kernel.O_RDONLY | OpenFlags.O_DIRECTORY, 0, out error);
                _ = Kernel.close(at);
                at = next;
            }
        }
        _ = Kernel.close(at);
    }
}
