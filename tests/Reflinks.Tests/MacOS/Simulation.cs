using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Reflinks.Files;
using Reflinks.Platform.MacOS;

namespace Reflinks.Tests.MacOS;

/// <summary>
/// The macOS calls of <c>simulation.c</c> in the place of those of macOS. It shows that the backend does with them what it means to do, and
/// nothing about macOS, which none of these tests has seen. On a Mac it is not used: the same tests are then about the real calls.
/// </summary>
[SupportedOSPlatform("macos")]
internal static unsafe class Simulation
{
    static readonly Lazy<(nint Library, string Missing)> Loaded = new(Load);

    /// <summary>Whether the calls are simulated; false on a Mac.</summary>
    internal static bool IsUsed => !OperatingSystem.IsMacOS();

    /// <summary>Sees to it that the calls of macOS can be made; skips the test where they cannot.</summary>
    internal static void Need()
    {
        if (IsUsed && Loaded.Value.Missing.Length > 0) Assert.Skip(Loaded.Value.Missing);
    }

    /// <summary>The same for what only the simulation can be asked.</summary>
    internal static nint Function(string name)
    {
        Need();
        if (!IsUsed) Assert.Skip("This is a Mac; there is no simulation to be asked.");
        return NativeLibrary.GetExport(Loaded.Value.Library, name);
    }

    /// <summary>Something that the simulation counts, or does if it is not 0.</summary>
    internal static ref int Counter(string name)
    {
        fixed (byte* asked = Encoding.ASCII.GetBytes(name + "\0"))
            return ref *((delegate* unmanaged<byte*, int*>)Function("simulation_counter"))(asked);
    }

    static (nint Library, string Missing) Load()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return (0, "The macOS calls are simulated on Linux and x64 only.");
        if (!Tool.Exists("gcc")) return (0, "There is no gcc to build the simulation of the macOS calls with.");

        string library = Path.Combine(Path.GetTempPath(), $"reflinks-macos-{Environment.ProcessId}.so");
        string source = Path.Combine(Repository.Root, "tests", "Reflinks.Tests", "MacOS", "simulation.c");
        (int code, string messages) = Tool.Try(
            "gcc", "-std=gnu11", "-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-fvisibility=hidden", "-o", library, source);
        Assert.True(code == 0, messages);
        nint loaded = NativeLibrary.Load(library);
        File.Delete(library);
        NativeLibrary.SetDllImportResolver(typeof(Reflink).Assembly, (name, _, _) => name == MacInterop.LibSystem ? loaded : 0);
        return (loaded, string.Empty);
    }
}
