using System.Runtime.Versioning;

namespace Reflinks.Platform.MacOS;

/// <summary>The mark <c>com.apple.quarantine</c>, by which the system asks the user before it runs what was downloaded.</summary>
/// <remarks>
/// A clone carries its source's mark, and so does a copy: who made it is as unknown as before. But a process that a marked program has
/// started marks every file it makes, whatever is in it, and the system then refuses to load libraries that were fine where they came from
/// (nubjs/nub issue 601). That mark says something about this process and nothing about the bytes, so it is taken off again.
/// </remarks>
[SupportedOSPlatform("macos")]
internal static unsafe class Quarantine
{
    static readonly Lazy<bool> Marks = new(FindOut);

    static ReadOnlySpan<byte> Name => "com.apple.quarantine\0"u8;

    /// <summary>Whether this process marks the files that it makes.</summary>
    internal static bool MarksNewFiles => Marks.Value;

    internal static bool Has(int descriptor)
    {
        fixed (byte* name = Name) return MacInterop.fgetxattr(descriptor, name, null, 0, 0, 0) >= 0;
    }

    /// <summary>Takes the mark off, where the system lets this process.</summary>
    internal static void Remove(int descriptor)
    {
        fixed (byte* name = Name) _ = MacInterop.fremovexattr(descriptor, name, 0);
    }

    /// <summary>Looks at a file just made.</summary>
    internal static bool FindOut()
    {
        int made = MacKernel.OpenScratch(0x180);
        if (made < 0) return false;
        bool marked = Has(made);
        _ = MacInterop.close(made);
        return marked;
    }
}
