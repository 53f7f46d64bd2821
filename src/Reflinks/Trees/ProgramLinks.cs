using Reflinks.Platform;
using Reflinks.Platform.MacOS;

namespace Reflinks.Trees;

/// <summary>
/// Keeps programs from becoming further names of another tree's. macOS remembers by inode what it found a program's signature to be: who
/// writes to the inode in place has the system kill the program under all its names, and in all trees, with a signature that fits its bytes.
/// </summary>
/// <remarks>
/// A program is what anybody may execute, and by its beginning also what nobody may: a library needs no such bit. Scripts are among them, as
/// a mode is enough to be told by and spares a look into most files.
/// </remarks>
internal static class ProgramLinks
{
    const int AnyExecute = 0x49;        // --x--x--x

    /// <summary>Why a file is not linked; none where it may be.</summary>
    /// <param name="mode">Of the file.</param>
    /// <param name="open">Opens it, where its mode does not say enough; the descriptor is closed here.</param>
    internal static Errno Refusal(int mode, Func<int> open)
    {
        if ((mode & AnyExecute) != 0) return NativeErrors.LinkedProgram;
        int descriptor = open();
        Errno error = MachO.Is(descriptor, out bool isProgram);
        _ = Kernel.close(descriptor);
        return isProgram ? NativeErrors.LinkedProgram : error;
    }
}
