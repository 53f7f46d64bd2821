using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Reflinks.Platform.Windows;

namespace Windows.Tests.Simulation;

/// <summary>
/// The calls of <c>simulation.c</c> before those of ntdll: folders that behave as ReFS is documented to. It shows that the backend does with them
/// what it means to do, and nothing about ReFS, which none of these tests has seen.
/// </summary>
internal static unsafe class Simulated
{
    static nint library;

    /// <summary>What the simulation counts, and does if it is told to.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Counters
    {
        internal int Clones;
        internal int Flushes;
        internal int FailAfter;
        internal int FailWith;
        internal long Largest;
    }

    /// <summary>Puts it there before the first call of the library, which would settle where all of them go.</summary>
#pragma warning disable CA2255 // This is a program, whose Main xunit makes.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Load()
    {
        if (!OperatingSystem.IsWindows() || !NativeLibrary.TryLoad(Path.Combine(AppContext.BaseDirectory, "simulation.dll"), out library)) return;
        NativeLibrary.SetDllImportResolver(typeof(WindowsKernel).Assembly, static (name, _, _) => name == "ntdll" ? library : 0);
    }

    /// <summary>Skips a test where there is none.</summary>
    internal static ref Counters Need()
    {
        if (library == 0) Assert.Skip("The simulation of block cloning was not built: there was no x86_64-w64-mingw32-gcc.");
        return ref *((delegate* unmanaged<Counters*>)NativeLibrary.GetExport(library, "simulation_counters"))();
    }

    internal static bool Has(string call) => NativeLibrary.TryGetExport(library, call, out _);

    /// <summary>A folder that is a volume of its own, which can share blocks.</summary>
    internal static Place Volume(int cluster = 4096)
    {
        Need();
        return new Place($"refs-{cluster}");
    }

    /// <summary>One that cannot, and does not say so.</summary>
    internal static Place DenseVolume()
    {
        Need();
        return new Place("ntfs-4096");
    }
}
