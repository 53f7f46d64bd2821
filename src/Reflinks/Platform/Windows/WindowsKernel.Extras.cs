using System.Runtime.InteropServices;
using System.Text;

namespace Reflinks.Platform.Windows;

/// <summary>What files have besides on Windows, in the shape of extended attributes.</summary>
/// <remarks>
/// <c>windows.attributes</c>: words of those that somebody has chosen. "archive" is none of them, which the system sets whenever a file is written, nor
/// "compressed", which is how a folder keeps its files. <c>windows.stream.NAME</c>: a stream besides the file's data, as Zone.Identifier, the mark of what
/// came from elsewhere. <c>windows.security</c>: see <see cref="AccessList"/>. <c>windows.encryption</c>: listed and never read, so that it is
/// told that a copy has not got it.
/// </remarks>
internal static unsafe partial class WindowsKernel
{
    const string AttributesName = "windows.attributes", SecurityName = "windows.security", EncryptionName = "windows.encryption", StreamPrefix = "windows.stream.";

    /// <summary>The longest value, as on Linux (XATTR_SIZE_MAX).</summary>
    const int LongestValue = 65_536;

    static readonly (uint Attribute, string Word)[] ChosenAttributes =
    [
        (WindowsInterop.FILE_ATTRIBUTE_HIDDEN, "hidden"),
        (WindowsInterop.FILE_ATTRIBUTE_SYSTEM, "system"),
        (WindowsInterop.FILE_ATTRIBUTE_NOT_CONTENT_INDEXED, "not-content-indexed"),
    ];

    internal static nint flistxattr(int descriptor, byte* list, nuint size)
    {
        uint status = AttributesOf(descriptor, out uint attributes, out _);
        if (WindowsErrors.IsError(status)) return WindowsErrors.Fail(status);
        var names = new List<byte>();
        if (Words(attributes).Length > 0) Add(AttributesName);
        if ((attributes & WindowsInterop.FILE_ATTRIBUTE_ENCRYPTED) != 0) Add(EncryptionName);
        foreach ((string name, _) in StreamsOf(descriptor)) Add(StreamPrefix + name);
        // Who may not look is told so when it is read.
        status = ReadSecurity(descriptor, out byte[] security);
        if (security.Length > 0 || status == WindowsErrors.STATUS_ACCESS_DENIED) Add(SecurityName);
        return Answer([.. names], list, size);

        void Add(string name)
        {
            names.AddRange(WindowsNames.Encode(name));
            names.Add(0);
        }
    }

    internal static nint fgetxattr(int descriptor, byte* name, byte* value, nuint size)
    {
        uint status;
        byte[] found;
        switch (NameOf(name))
        {
            case AttributesName:
                status = AttributesOf(descriptor, out uint attributes, out _);
                found = Encoding.ASCII.GetBytes(Words(attributes));
                break;
            case SecurityName:
                status = ReadSecurity(descriptor, out found);
                break;
            case { } other when StreamName(other) is { } stream:
                return ReadStream(descriptor, stream, value, size);
            default:
                return WindowsErrors.Fail(Errno.EOPNOTSUPP);
        }
        return WindowsErrors.IsError(status) ? WindowsErrors.Fail(status) : found.Length == 0 ? WindowsErrors.Fail(Errno.ENODATA) : Answer(found, value, size);
    }

    internal static int fsetxattr(int descriptor, byte* name, byte* value, nuint size, int flags)
    {
        if (size > LongestValue) return WindowsErrors.Fail(Errno.E2BIG);
        var given = new ReadOnlySpan<byte>(value, (int)size);
        switch (NameOf(name))
        {
            case AttributesName:
                return TryAttributes(Encoding.ASCII.GetString(given), out uint attributes)
                    ? WindowsErrors.Result(ChooseAttributes(descriptor, attributes)) : WindowsErrors.Fail(Errno.EINVAL);
            case SecurityName:
                return AccessList.TryRead(given, out ReadOnlySpan<byte> list, out bool isProtected)
                    ? WriteSecurity(descriptor, list, isProtected) : WindowsErrors.Fail(Errno.EINVAL);
            case { } other when StreamName(other) is { } stream:
                return WriteStream(descriptor, stream, value, (uint)size);
            default:
                return WindowsErrors.Fail(Errno.EOPNOTSUPP);
        }
    }

    internal static int fremovexattr(int descriptor, byte* name)
    {
        switch (NameOf(name))
        {
            case AttributesName:
                return WindowsErrors.Result(ChooseAttributes(descriptor, 0));
            case SecurityName:
                // What it has from its folder stays.
                return WriteSecurity(descriptor, [2, 0, 8, 0, 0, 0, 0, 0], isProtected: false);
            case { } other when StreamName(other) is { } stream:
                return RemoveStream(descriptor, stream);
            default:
                return WindowsErrors.Fail(Errno.EOPNOTSUPP);
        }
    }

    internal static IReadOnlyList<string> AttributesOfLink(int directory, ReadOnlySpan<byte> name) => [];

    static string? NameOf(byte* name) => WindowsNames.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name));

    /// <summary>Hands over a list or a value as Linux does: with no room, only its length.</summary>
    static nint Answer(ReadOnlySpan<byte> found, byte* room, nuint size)
    {
        if (size == 0) return found.Length;
        if ((nuint)found.Length > size) return WindowsErrors.Fail(Errno.ERANGE);
        found.CopyTo(new Span<byte>(room, found.Length));
        return found.Length;
    }

    static string Words(uint attributes) => string.Join(' ', ChosenAttributes.Where(one => (attributes & one.Attribute) != 0).Select(static one => one.Word));

    static bool TryAttributes(string words, out uint attributes)
    {
        attributes = 0;
        foreach (string word in words.Split(' '))
        {
            int at = Array.FindIndex(ChosenAttributes, one => one.Word == word);
            if (at < 0) return false;
            attributes |= ChosenAttributes[at].Attribute;
        }
        return true;
    }

    static uint ChooseAttributes(nint handle, uint chosen) =>
        WithAccess(handle, WindowsInterop.FILE_WRITE_ATTRIBUTES | WindowsInterop.FILE_READ_ATTRIBUTES, chosen, &SetChosen);

    static uint SetChosen(nint handle, uint chosen)
    {
        uint status = AttributesOf(handle, out uint attributes, out _);
        foreach ((uint attribute, _) in ChosenAttributes) attributes &= ~attribute;
        return WindowsErrors.IsError(status) ? status : SetAttributes(handle, attributes | chosen);
    }
}
