using System.Runtime.InteropServices;

namespace Reflinks.Tests.Staging;

/// <summary>Another umask for the whole process: for tests that run alone in it.</summary>
internal static partial class Mask
{
    internal static void Set(int mask, Action body)
    {
        int before = umask(mask);
        try
        {
            body();
        }
        finally
        {
            _ = umask(before);
        }
    }

    [LibraryImport("libc")]
    private static partial int umask(int mask);
}
