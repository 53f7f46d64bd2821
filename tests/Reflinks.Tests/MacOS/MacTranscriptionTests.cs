using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Reflinks.Platform;
using Reflinks.Platform.MacOS;

namespace Reflinks.Tests.MacOS;

/// <summary>
/// The numbers and layouts of macOS as they stand in the product against a second copy in the simulation. Both were taken from Apple's
/// published headers: this compares two transcriptions, and finds a slip of the pen in one of them. It does not compare either with a Mac.
/// </summary>
[SupportedOSPlatform("macos")]
[Collection(nameof(Simulation))]
public sealed unsafe class MacTranscriptionTests
{
    const BindingFlags Declared = BindingFlags.Static | BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    static readonly FieldInfo[] Constants = [.. typeof(MacInterop).GetFields(Declared).Where(field => field.IsLiteral && field.FieldType != typeof(string))];

    static readonly Type[] Structs = [.. typeof(MacInterop).GetNestedTypes(BindingFlags.NonPublic).Where(type => type is { IsValueType: true, IsEnum: false } && type.Name[0] != '<')];

    [Fact]
    public void Constants_are_the_same_in_both_transcriptions()
    {
        var ask = (delegate* unmanaged<byte*, long*, int>)Simulation.Function("simulation_constant");
        var wrong = new List<string>();
        foreach (FieldInfo constant in Constants)
        {
            long value;
            fixed (byte* name = Encoding.ASCII.GetBytes(constant.Name + "\0"))
            {
                if (ask(name, &value) == 0) wrong.Add($"{constant.Name} is missing");
                else if (unchecked((uint)value) != unchecked((uint)Convert.ToInt64(constant.GetRawConstantValue(), CultureInfo.InvariantCulture)))
                    wrong.Add($"{constant.Name}: {value}");
            }
        }

        Assert.Empty(wrong);
        Assert.True(Constants.Length > 90, $"Only {Constants.Length} constants were found to compare.");
    }

    [Fact]
    public void Layouts_are_the_same_in_both_transcriptions()
    {
        var ask = (delegate* unmanaged<byte*, byte*, long*, long*, int>)Simulation.Function("simulation_layout");
        int compared = 0;
        foreach (Type type in Structs)
        {
            Assert.Equal((0, SizeOf(type)), Asked(type, string.Empty));
            foreach (FieldInfo field in type.GetFields(Declared).Where(field => !field.IsStatic))
            {
                Assert.Equal(((long)Marshal.OffsetOf(type, field.Name), SizeOf(field.FieldType)), Asked(type, field.Name));
                compared++;
            }
        }
        Assert.True(compared > 50, $"Only {compared} fields were found to compare.");

        (long Offset, long Size) Asked(Type type, string field)
        {
            long offset, size;
            string name = type == typeof(MacInterop.AttributeSet) ? "attribute_set" : type.Name.ToLowerInvariant();
            fixed (byte* of = Encoding.ASCII.GetBytes(name + "\0"), at = Encoding.ASCII.GetBytes(field + "\0"))
                Assert.True(ask(of, at, &offset, &size) != 0, $"{name}.{field} is missing");
            return (offset, size);
        }
    }

    [Fact]
    public void Error_numbers_are_the_same_in_both_transcriptions()
    {
        var ask = (delegate* unmanaged<int, byte**, int*, int*, int>)Simulation.Function("simulation_error");
        int compared = 0;
        byte* name;
        int linux, mac;
        for (; ask(compared, &name, &linux, &mac) != 0; compared++)
        {
            Assert.Equal(linux, MacErrors.ToLinux(mac));
            Assert.Equal(Marshal.PtrToStringAnsi((nint)name), MacErrors.Describe(mac).Name);
        }
        Assert.True(compared > 80, $"Only {compared} errors were found to compare.");
    }

    [Fact]
    public void Sizes_are_those_the_headers_give()
    {
        Assert.Equal(144, Unsafe.SizeOf<MacInterop.Stat>());
        Assert.Equal(2168, Unsafe.SizeOf<MacInterop.Statfs>());
        Assert.Equal(24, Unsafe.SizeOf<MacInterop.Flock>());
        Assert.Equal(24, Unsafe.SizeOf<MacInterop.Attrlist>());
        Assert.Equal(20, Unsafe.SizeOf<MacInterop.AttributeSet>());
        Assert.Equal(8, Unsafe.SizeOf<MacInterop.Attrreference>());
        Assert.Equal(16, Unsafe.SizeOf<MacInterop.Timespec>());
    }

    [Theory]
    [InlineData(nameof(MacInterop.openat))]
    [InlineData(nameof(MacInterop.fcntl))]
    public void Variadic_argument_lies_on_the_stack_of_arm64(string function)
    {
        // Eight registers for integers and pointers, x0 to x7; none of these is of another kind, so the ninth argument is the first on the stack.
        ParameterInfo[] parameters = typeof(MacInterop).GetMethods(Declared).Single(method => method.Name == function && method.GetParameters().Length > 4).GetParameters();

        Assert.Equal(9, parameters.Length);
        Assert.All(parameters, parameter => Assert.True(parameter.ParameterType == typeof(int) || parameter.ParameterType == typeof(nint) || parameter.ParameterType.IsPointer));
        Assert.All(parameters[3..], parameter => Assert.Equal(typeof(nint), parameter.ParameterType));
    }

    static long SizeOf(Type type) => (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;
}
