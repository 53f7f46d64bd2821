namespace Reflinks.Platform.Windows;

/// <summary>What files have besides on Windows, in the shape of extended attributes.</summary>
internal static unsafe partial class WindowsKernel
{
    internal static nint flistxattr(int descriptor, byte* list, nuint size) => 0;

    internal static nint fgetxattr(int descriptor, byte* name, byte* value, nuint size) => WindowsErrors.Fail(Errno.EOPNOTSUPP);

    internal static int fsetxattr(int descriptor, byte* name, byte* value, nuint size, int flags) => WindowsErrors.Fail(Errno.EOPNOTSUPP);

    internal static int fremovexattr(int descriptor, byte* name) => WindowsErrors.Fail(Errno.EOPNOTSUPP);

    internal static IReadOnlyList<string> AttributesOfLink(int directory, ReadOnlySpan<byte> name) => [];
}
