using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Reflinks.Platform;
using Reflinks.Platform.Linux;

namespace Reflinks.Tests;

/// <summary>Every number and every layout that is handed to the kernel, held against this machine's own C headers.</summary>
[SupportedOSPlatform("linux")]
public sealed class AbiTests
{
    const BindingFlags Declared = BindingFlags.Static | BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly;

    const string Headers = """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <fcntl.h>
        #include <limits.h>
        #include <stddef.h>
        #include <stdio.h>
        #include <sys/file.h>
        #include <sys/mman.h>
        #include <sys/stat.h>
        #include <sys/vfs.h>
        #include <sys/xattr.h>
        #include <time.h>
        #include <unistd.h>
        #include <linux/btrfs.h>
        #include <linux/btrfs_tree.h>
        #include <linux/fs.h>
        #include <linux/limits.h>
        #include <linux/magic.h>

        """;

    /// <summary>Types whose C name is not simply theirs in lower case with underscores.</summary>
    static readonly Dictionary<Type, string> TypeNames = new() { [typeof(Interop.StatfsPrefix)] = "statfs" };

    /// <summary>Fields that C spells with leading underscores.</summary>
    static readonly Dictionary<(Type Type, string Field), string> FieldNames = new()
    {
        [(typeof(Kernel.StatxTimestamp), nameof(Kernel.StatxTimestamp.reserved))] = "__reserved",
        [(typeof(Kernel.Statx), nameof(Kernel.Statx.spare0))] = "__spare0",
    };

    /// <summary>Constants outside of the interop class whose C name is another one, or an expression.</summary>
    static readonly (Type Type, string Field, string Native)[] OtherConstants =
    [
        (typeof(NativeMetadata), "XattrListMax", "XATTR_LIST_MAX"),
        (typeof(NativeMetadata), "XattrSizeMax", "XATTR_SIZE_MAX"),
        (typeof(NativeMetadata), "SetIdMask", "(S_ISUID | S_ISGID)"),
        (typeof(NativeFile), "MaxBytesPerCall", "(INT_MAX & ~(long)4095)"),       // MAX_RW_COUNT, which is the kernel's own: INT_MAX & PAGE_MASK
    ];

    [Fact]
    public void Every_constant_and_layout_agrees_with_the_headers_of_this_machine()
    {
        string compiler = Compiler();
        string file = Path.Combine(Path.GetTempPath(), $"reflinks-abi-{Environment.ProcessId}.c");
        string program = Program(out int assertions);
        try
        {
            File.WriteAllText(file, program);
            (int code, string messages) = Tool.Try(compiler, "-std=c11", "-fsyntax-only", file);
            if (code != 0 && messages.Contains("No such file or directory", StringComparison.Ordinal)) Assert.Skip($"Headers are missing: {messages}");
            Assert.True(code == 0, messages);
            Assert.True(assertions > 120, $"Only {assertions} assertions were found to compile.");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_wrong_number_would_be_noticed()
    {
        string compiler = Compiler();
        string file = Path.Combine(Path.GetTempPath(), $"reflinks-abi-wrong-{Environment.ProcessId}.c");
        try
        {
            // The number that one program really used: the size of the range struct under FICLONE's own number.
            File.WriteAllText(file, Headers + Constant("FICLONE", 0x4020_9409L) + "\n");
            (int code, string messages) = Tool.Try(compiler, "-std=c11", "-fsyntax-only", file);
            Assert.NotEqual(0, code);
            Assert.Contains("static assertion failed", messages, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Structs_have_the_sizes_the_kernel_reads_and_writes()
    {
        Assert.Equal(16, Unsafe.SizeOf<Kernel.StatxTimestamp>());
        Assert.Equal(256, Unsafe.SizeOf<Kernel.Statx>());
        Assert.Equal(16, Unsafe.SizeOf<Kernel.Timespec>());
        Assert.Equal(32, Unsafe.SizeOf<Interop.FileCloneRange>());
        Assert.Equal(24 + 32, Unsafe.SizeOf<Interop.FileDedupeRange>());
        Assert.Equal(4096, Unsafe.SizeOf<Interop.BtrfsIoctlVolArgs>());
        Assert.Equal(4096, Unsafe.SizeOf<Interop.BtrfsIoctlVolArgsV2>());
        Assert.Equal(1024, Unsafe.SizeOf<Interop.BtrfsIoctlFsInfoArgs>());
        Assert.Equal(504, Unsafe.SizeOf<Interop.BtrfsIoctlGetSubvolInfoArgs>());
    }

    [Fact]
    public void Request_numbers_follow_from_direction_size_type_and_number()
    {
        Assert.Equal(Interop.FICLONE, Request(direction: 1, sizeof(int), 0x94, 9));
        Assert.Equal(Interop.FICLONERANGE, Request(direction: 1, Unsafe.SizeOf<Interop.FileCloneRange>(), 0x94, 13));
        Assert.Equal(Interop.FIDEDUPERANGE, Request(direction: 3, 24, 0x94, 54));
        Assert.Equal(Interop.BTRFS_IOC_SUBVOL_CREATE, Request(direction: 1, Unsafe.SizeOf<Interop.BtrfsIoctlVolArgs>(), 0x94, 14));
        Assert.Equal(Interop.BTRFS_IOC_SNAP_DESTROY, Request(direction: 1, Unsafe.SizeOf<Interop.BtrfsIoctlVolArgs>(), 0x94, 15));
        Assert.Equal(Interop.BTRFS_IOC_SNAP_CREATE_V2, Request(direction: 1, Unsafe.SizeOf<Interop.BtrfsIoctlVolArgsV2>(), 0x94, 23));
        Assert.Equal(Interop.BTRFS_IOC_SUBVOL_GETFLAGS, Request(direction: 2, sizeof(ulong), 0x94, 25));
        Assert.Equal(Interop.BTRFS_IOC_SUBVOL_SETFLAGS, Request(direction: 1, sizeof(ulong), 0x94, 26));
        Assert.Equal(Interop.BTRFS_IOC_FS_INFO, Request(direction: 2, Unsafe.SizeOf<Interop.BtrfsIoctlFsInfoArgs>(), 0x94, 31));
        Assert.Equal(Interop.BTRFS_IOC_GET_SUBVOL_INFO, Request(direction: 2, Unsafe.SizeOf<Interop.BtrfsIoctlGetSubvolInfoArgs>(), 0x94, 60));

        // asm-generic/ioctl.h: number and type of 8 bits each, 14 bits of size, 2 of direction (1 write, 2 read).
        static uint Request(uint direction, int size, uint type, uint number) => (direction << 30) | ((uint)size << 16) | (type << 8) | number;
    }

    static string Program(out int assertions)
    {
        var lines = new List<string>();
        foreach (FieldInfo constant in typeof(Kernel).GetFields(Declared).Concat(typeof(Interop).GetFields(Declared)).Where(field => field.IsLiteral))
            lines.Add(Constant(constant.Name, Convert.ToInt64(constant.GetRawConstantValue(), CultureInfo.InvariantCulture)));
        foreach (Errno errno in Enum.GetValues<Errno>().Where(value => value != Errno.None))
            lines.Add(Constant(errno.ToString(), (int)errno));
        foreach (FieldInfo flag in typeof(OpenFlags).GetFields(Declared).Where(field => field.FieldType == typeof(int)))
            lines.Add(Constant(flag.Name, (int)flag.GetValue(null)!));
        foreach ((Type type, string name, string native) in OtherConstants)
        {
            FieldInfo field = type.GetField(name, Declared) ?? throw new MissingFieldException(type.Name, name);
            lines.Add(Constant(native, Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture)));
        }
        foreach (Type type in typeof(Kernel).GetNestedTypes(BindingFlags.NonPublic).Concat(typeof(Interop).GetNestedTypes(BindingFlags.NonPublic)).Where(nested => nested is { IsValueType: true, IsEnum: false }))
            lines.AddRange(Layout(type));

        assertions = lines.Count;
        return Headers + string.Join('\n', lines) + "\n";
    }

    // Compared in the low 32 bits where they fit there: the headers give ioctl numbers as int or long, with and without sign.
    static string Constant(string native, long value) => value is >= int.MinValue and <= uint.MaxValue
        ? $"_Static_assert((unsigned int)({native}) == {unchecked((uint)value)}u, \"{native}\");"
        : $"_Static_assert((long long)({native}) == {value}LL, \"{native}\");";

    static IEnumerable<string> Layout(Type type)
    {
        if (type == typeof(Interop.FileDedupeRange)) return DedupeLayout();

        string native = "struct " + TypeNames.GetValueOrDefault(type, SnakeCase(type.Name));
        // The kernel fills all of struct statfs, of which only the first field is read.
        string size = type == typeof(Interop.StatfsPrefix) ? "<=" : "==";
        return Fields(type)
            .Select(field => Field(native, FieldNames.GetValueOrDefault((type, field.Name), field.Name), "0", field))
            .Prepend($"_Static_assert(sizeof({native}) {size} {SizeOf(type)}, \"sizeof {native}\");");
    }

    /// <summary>C has a header with an array behind it; here one element stands in line with its header.</summary>
    static IEnumerable<string> DedupeLayout()
    {
        const string header = "struct file_dedupe_range", element = "struct file_dedupe_range_info";
        Type type = typeof(Interop.FileDedupeRange);
        bool inElement = false;
        yield return $"_Static_assert(sizeof({header}) + sizeof({element}) == {SizeOf(type)}, \"sizeof {header}\");";
        foreach (FieldInfo field in Fields(type))
        {
            inElement |= field.Name == nameof(Interop.FileDedupeRange.dest_fd);
            string name = field.Name == nameof(Interop.FileDedupeRange.reserved3) ? "reserved" : field.Name;
            yield return inElement ? Field(element, name, $"sizeof({header})", field) : Field(header, name, "0", field);
        }
    }

    static string Field(string native, string name, string start, FieldInfo field) =>
        $"_Static_assert({start} + offsetof({native}, {name}) == {Marshal.OffsetOf(field.DeclaringType!, field.Name)} " +
        $"&& sizeof((({native} *)0)->{name}) == {SizeOf(field.FieldType)}, \"{native}.{name}\");";

    static IEnumerable<FieldInfo> Fields(Type type) => type.GetFields(Declared).Where(field => !field.IsStatic).OrderBy(field => field.MetadataToken);

    static int SizeOf(Type type) => (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;

    static string SnakeCase(string name)
    {
        var text = new StringBuilder();
        foreach (char letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0) text.Append('_');
            text.Append(char.ToLowerInvariant(letter));
        }
        return text.ToString();
    }

    static string Compiler()
    {
        string? compiler = Array.Find(["cc", "gcc", "clang"], Tool.Exists);
        if (compiler is null) Assert.Skip("There is no C compiler (cc, gcc, clang).");
        return compiler;
    }
}
