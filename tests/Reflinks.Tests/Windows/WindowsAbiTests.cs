using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Reflinks.Platform.Windows;

namespace Reflinks.Tests.Windows;

/// <summary>Every number and every layout that is handed to Windows, held against the headers of mingw-w64.</summary>
/// <remarks>They were written by others, from the same documents: what these have wrong, both may have. What no header has is listed with its document.</remarks>
[SupportedOSPlatform("windows")]     // whose numbers they are; no call is made
public sealed partial class WindowsAbiTests
{
    const BindingFlags Declared = BindingFlags.Static | BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly;
    const string Compiler = "x86_64-w64-mingw32-gcc";

    /// <summary>Those for programs, and those for drivers, which declare some things twice and cannot be read together.</summary>
    static readonly string[] Headers =
    [
        """
        #define WIN32_NO_STATUS
        #include <windows.h>
        #undef WIN32_NO_STATUS
        #include <ntstatus.h>
        #include <winternl.h>
        #include <winioctl.h>
        #include <accctrl.h>
        #include <stddef.h>

        """,
        """
        #include <ddk/ntifs.h>
        #include <stddef.h>

        """,
    ];

    const string Fscc = "[MS-FSCC] File System Control Codes", Rename = "FILE_RENAME_INFORMATION (ntifs.h), learn.microsoft.com",
        Disposition = "FILE_DISPOSITION_INFORMATION_EX (ntddk.h), learn.microsoft.com", Errors = "System Error Codes, learn.microsoft.com";

    /// <summary>What no header of mingw-w64 10 has, and where it was read instead. The control codes are put together from their parts besides.</summary>
    static readonly Dictionary<string, string> OnlyDocumented = new()
    {
        ["FSCTL_DUPLICATE_EXTENTS_TO_FILE"] = $"{Fscc}, 2.3.7",
        ["FSCTL_GET_INTEGRITY_INFORMATION"] = $"{Fscc}, 2.3.21",
        ["FSCTL_SET_INTEGRITY_INFORMATION"] = $"{Fscc}, 2.3.73",
        ["FILE_SUPPORTS_BLOCK_REFCOUNTING"] = "[MS-FSCC] 2.5.1 FileFsAttributeInformation",
        ["FILE_RENAME_REPLACE_IF_EXISTS"] = Rename,
        ["FILE_RENAME_POSIX_SEMANTICS"] = Rename,
        ["FILE_RENAME_IGNORE_READONLY_ATTRIBUTE"] = Rename,
        ["FILE_DISPOSITION_DELETE"] = Disposition,
        ["FILE_DISPOSITION_POSIX_SEMANTICS"] = Disposition,
        ["FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE"] = Disposition,
        ["ERROR_BLOCK_TOO_MANY_REFERENCES"] = $"{Errors} (0-499)",
        ["ERROR_FILE_SYSTEM_LIMITATION"] = $"{Errors} (500-999)",
        ["ERROR_DISK_QUOTA_EXCEEDED"] = $"{Errors} (1000-1299)",
    };

    /// <summary>Codes that no header has, by CTL_CODE (winioctl.h) from the function, the method and the access of their documents.</summary>
    static readonly (uint Code, string Parts)[] ControlCodes =
    [
        (WindowsInterop.FSCTL_DUPLICATE_EXTENTS_TO_FILE, "CTL_CODE(FILE_DEVICE_FILE_SYSTEM, 209, METHOD_BUFFERED, FILE_WRITE_DATA)"),
        (WindowsInterop.FSCTL_GET_INTEGRITY_INFORMATION, "CTL_CODE(FILE_DEVICE_FILE_SYSTEM, 159, METHOD_BUFFERED, FILE_ANY_ACCESS)"),
        (WindowsInterop.FSCTL_SET_INTEGRITY_INFORMATION, "CTL_CODE(FILE_DEVICE_FILE_SYSTEM, 160, METHOD_BUFFERED, FILE_READ_DATA | FILE_WRITE_DATA)"),
    ];

    /// <summary>The C name of each layout; null where no header has it, with its size by the document.</summary>
    static readonly Dictionary<Type, (string? Native, int Size)> Layouts = new()
    {
        [typeof(WindowsInterop.UnicodeString)] = ("UNICODE_STRING", 16),
        [typeof(WindowsInterop.ObjectAttributes)] = ("OBJECT_ATTRIBUTES", 48),
        [typeof(WindowsInterop.IoStatusBlock)] = ("IO_STATUS_BLOCK", 16),
        [typeof(WindowsInterop.Overlapped)] = ("OVERLAPPED", 32),
        [typeof(WindowsInterop.BasicInformation)] = ("FILE_BASIC_INFORMATION", 40),
        [typeof(WindowsInterop.StandardInformation)] = ("FILE_STANDARD_INFORMATION", 24),
        [typeof(WindowsInterop.AttributeTagInformation)] = ("FILE_ATTRIBUTE_TAG_INFORMATION", 8),
        [typeof(WindowsInterop.IdInformation)] = ("FILE_ID_INFO", 24),
        [typeof(WindowsInterop.IdFullDirectoryInformation)] = ("FILE_ID_FULL_DIR_INFORMATION", 80),
        [typeof(WindowsInterop.RenameInformation)] = ("FILE_RENAME_INFORMATION", 24),
        [typeof(WindowsInterop.StreamInformation)] = ("FILE_STREAM_INFORMATION", 24),
        [typeof(WindowsInterop.VolumeInformation)] = ("FILE_FS_VOLUME_INFORMATION", 24),
        [typeof(WindowsInterop.SizeInformation)] = ("FILE_FS_SIZE_INFORMATION", 24),
        [typeof(WindowsInterop.VolumeAttributeInformation)] = ("FILE_FS_ATTRIBUTE_INFORMATION", 12),
        [typeof(WindowsInterop.AllocatedRange)] = ("FILE_ALLOCATED_RANGE_BUFFER", 16),
        [typeof(WindowsInterop.SparseSetting)] = ("FILE_SET_SPARSE_BUFFER", 1),
        [typeof(WindowsInterop.DuplicateExtentsData)] = (null, 32),         // [MS-FSCC] 2.3.7.1
        [typeof(WindowsInterop.IntegrityInformation)] = (null, 16),         // [MS-FSCC] 2.3.22
        [typeof(WindowsInterop.IntegritySetting)] = (null, 8),              // [MS-FSCC] 2.3.73
    };

    /// <summary>Layouts that end in an array of one in C, for which there is none here.</summary>
    static readonly Type[] WithTail =
    [
        typeof(WindowsInterop.IdFullDirectoryInformation), typeof(WindowsInterop.RenameInformation), typeof(WindowsInterop.StreamInformation),
        typeof(WindowsInterop.VolumeInformation), typeof(WindowsInterop.VolumeAttributeInformation),
    ];

    /// <summary>Fields that C has in another form: its name and size there.</summary>
    static readonly Dictionary<(Type Type, string Field), (string Native, int Size)> Fields = new()
    {
        [(typeof(WindowsInterop.IdInformation), nameof(WindowsInterop.IdInformation.FileIdLow))] = ("FileId", 16),
        [(typeof(WindowsInterop.RenameInformation), nameof(WindowsInterop.RenameInformation.Flags))] = ("ReplaceIfExists", 1),
    };

    [Fact]
    public void Every_constant_agrees_with_a_header_or_is_known_to_be_in_none()
    {
        NeedCompiler();
        (string Name, long Value)[] constants = [.. Constants()];
        Assert.True(constants.Length > 150, $"Only {constants.Length} constants were found.");
        string program = string.Concat(constants.Select(one => Constant(one.Name, one.Value)));
        HashSet<string>[] missing = [.. Headers.Select(headers => Missing(headers + program))];

        string[] nowhere = [.. missing[0].Intersect(missing[1]).Except(OnlyDocumented.Keys).Order(StringComparer.Ordinal)];
        Assert.True(nowhere.Length == 0, $"In no header, and without a document: {string.Join(", ", nowhere)}.");
        Assert.Empty(OnlyDocumented.Keys.Except(constants.Select(one => one.Name)));
    }

    [Fact]
    public void Control_codes_that_are_in_no_header_follow_from_their_parts()
    {
        NeedCompiler();
        Assert.Empty(Missing(Headers[0] + string.Concat(ControlCodes.Select(one => Constant(one.Parts, one.Code)))));
    }

    [Fact]
    public void Every_layout_agrees_with_a_header_or_has_the_size_of_its_document()
    {
        NeedCompiler();
        Type[] types = [.. typeof(WindowsInterop).GetNestedTypes(BindingFlags.NonPublic).Where(type => type.IsValueType)];
        Assert.Empty(types.Except(Layouts.Keys));
        foreach ((Type type, (_, int size)) in Layouts) Assert.True(SizeOf(type) == size, $"{type.Name} has {SizeOf(type)} bytes.");
        string program = string.Concat(types.Where(type => Layouts[type].Native is not null).SelectMany(Layout));
        Assert.Empty(Missing(Headers[0] + program));
    }

    [Fact]
    public void A_wrong_number_and_a_missing_name_would_be_noticed()
    {
        NeedCompiler();
        // The code of another call, and one that nobody has.
        Assert.ThrowsAny<Exception>(() => Missing(Headers[0] + Constant("FSCTL_SET_SPARSE", 0x900C8)));
        Assert.Equal(["FSCTL_NOBODY_HAS"], Missing(Headers[0] + Constant("FSCTL_NOBODY_HAS", 1)));
    }

    static IEnumerable<(string Name, long Value)> Constants()
    {
        foreach (Type type in (Type[])[typeof(WindowsInterop), typeof(WindowsErrors), typeof(AccessList)])
        {
            // Those with a name of their own are not Windows' numbers.
            foreach (FieldInfo field in type.GetFields(Declared).Where(field => field.IsLiteral && (type == typeof(WindowsInterop) || field.Name.Contains('_', StringComparison.Ordinal))))
                yield return (field.Name, Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture));
        }
        foreach (Win32Error error in Enum.GetValues<Win32Error>()) yield return ($"ERROR_{error}", (long)error);
    }

    static string Constant(string native, long value) => $"_Static_assert((unsigned int)({native}) == {unchecked((uint)value)}u, \"{native}\");\n";

    static IEnumerable<string> Layout(Type type)
    {
        string native = Layouts[type].Native!;
        yield return $"_Static_assert(sizeof({native}) {(Array.IndexOf(WithTail, type) >= 0 ? ">=" : "==")} {SizeOf(type)}, \"sizeof {native}\");\n";
        foreach (FieldInfo field in type.GetFields(Declared).Where(field => !field.IsStatic && field.Name != nameof(WindowsInterop.IdInformation.FileIdHigh)))
        {
            (string name, int size) = Fields.GetValueOrDefault((type, field.Name), (field.Name, SizeOf(field.FieldType)));
            yield return $"_Static_assert(offsetof({native}, {name}) == {Marshal.OffsetOf(type, field.Name)} && sizeof((({native} *)0)->{name}) == {size}, \"{native}.{name}\");\n";
        }
    }

    static int SizeOf(Type type) => type.IsPointer ? 8 : (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;

    /// <summary>The names that these headers do not have. Anything else that does not compile fails the test.</summary>
    static HashSet<string> Missing(string program)
    {
        string file = Path.Combine(Path.GetTempPath(), $"reflinks-abi-windows-{Guid.NewGuid():n}.c");
        try
        {
            File.WriteAllText(file, program);
            (_, string messages) = Tool.Try(Compiler, "-std=gnu11", "-fsyntax-only", "-fmax-errors=0", "-D_WIN32_WINNT=0x0A00", "-I/usr/share/mingw-w64/include/ddk", file);
            if (messages.Contains("No such file or directory", StringComparison.Ordinal)) Assert.Skip($"Headers are missing: {messages}");
            string[] errors = [.. messages.Split('\n').Where(line => line.Contains("error:", StringComparison.Ordinal))];
            Match[] undeclared = [.. errors.Select(line => Undeclared().Match(line)).Where(match => match.Success)];
            // What has no value is no integer either, and said to be none in the same line.
            string[] wrong = [.. errors.ExceptBy(undeclared.Select(match => match.Groups["line"].Value), line => line.Split(':')[1])];
            Assert.True(wrong.Length == 0, string.Join('\n', wrong));
            return [.. undeclared.Select(match => match.Groups["name"].Value)];
        }
        finally
        {
            File.Delete(file);
        }
    }

    [GeneratedRegex("^[^:]*:(?<line>[0-9]+):.*[‘'](?<name>\\w+)[’'] undeclared")]
    private static partial Regex Undeclared();

    static void NeedCompiler()
    {
        if (!Tool.Exists(Compiler)) Assert.Skip($"There is no {Compiler} (gcc-mingw-w64-x86-64), whose headers these are.");
    }
}
