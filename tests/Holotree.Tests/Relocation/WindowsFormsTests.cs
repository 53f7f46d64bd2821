using System.Runtime.Versioning;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Holotree.Relocation;
using Holotree.Tests.Staging;

namespace Holotree.Tests.Relocation;

/// <summary>A Windows path is replaced in every form in which it stands in files, by the same form of the new path.</summary>
[SupportedOSPlatform("linux")]
public sealed class WindowsFormsTests
{
    const string Old = @"C:\Users\x\env", Same = @"D:\Users\y\new", Shorter = @"D:\n", Longer = @"E:\a much\longer\place\in\größe";

    [Theory]
    [InlineData(Same)]
    [InlineData(Shorter)]
    [InlineData(Longer)]
    [InlineData(@"\\server\share\env")]
    public void Text_gets_the_new_path_in_the_form_of_the_old(string path)
    {
        using var relocation = new Relocated(Old, path);
        string slashes = path.Replace('\\', '/'), doubled = path.Replace(@"\", @"\\", StringComparison.Ordinal);

        Assert.Equal(
            $"set P={path};{path}\\Scripts\r\n{{\"prefix\": \"{doubled}\\\\Lib\", \"url\": \"file:///{slashes}/x\"}}\r\n-I{path}\\include {slashes} C:\\Users\\x\\env2",
            relocation.Of(
                @"set P=C:\Users\x\env;C:\Users\x\env\Scripts" + "\r\n" + @"{""prefix"": ""C:\\Users\\x\\env\\Lib"", ""url"": ""file:///C:/Users/x/env/x""}" + "\r\n"
                + @"-IC:\Users\x\env\include C:/Users/x/env C:\Users\x\env2"));
    }

    [Fact]
    public void Letter_of_the_drive_keeps_its_case()
    {
        using var relocation = new Relocated(Old, Shorter);

        Assert.Equal(@"d:\n\a D:\n\a d:/n d:\\n", relocation.Of(@"c:\Users\x\env\a C:\Users\x\env\a c:/Users/x/env c:\\Users\\x\\env"));
    }

    [Fact]
    public void There_and_back_gives_the_same_bytes_in_texts_of_whatever_forms()
    {
        Gen<string> parts = Gen.Elements(
            Old, @"c:\Users\x\env", "C:/Users/x/env", "c:/Users/x/env", @"C:\\Users\\x\\env", @"C:\Users\x\env2", @"C:\Users", "\"", ";", " ", "\n", "\\", "/", "file:///", "-I", "é", "a");
        using Relocated shorter = new(Old, Shorter), back = new(Shorter, Old), longer = new(Old, Longer), backAgain = new(Longer, Old);

        Law.Holds(parts.ListOf(), some =>
        {
            string text = string.Concat(some);
            Assert.Equal(text, back.Of(shorter.Of(text)));
            Assert.Equal(text, backAgain.Of(longer.Of(text)));
        }, rounds: 400);
    }

    [Fact]
    public void There_and_back_gives_the_same_bytes_in_binaries_where_no_form_changes_its_length()
    {
        Gen<byte[]> parts = Gen.Elements(
            Narrow(Old), Narrow(@"c:\Users\x\env\lib"), Narrow("C:/Users/x/env"), Narrow(@"C:\\Users\\x\\env"), Wide(Old), Wide(@"c:\Users\x\env\Lib"), Wide("a"), [0], [0, 0], [1], [0x80], [(byte)' ']);
        using Relocated there = new(Old, Same), back = new(Same, Old);

        Law.Holds(parts.ListOf(), some =>
        {
            byte[] content = [0, .. some.SelectMany(static part => part)];
            Assert.Equal(content, back.Of(there.Of(content)));
        }, rounds: 400);
        Assert.Equal([0, .. Wide(Same)], there.Of([0, .. Wide(Old)]));
        Assert.Equal(RelocationKind.InPlace, there.Kind);
    }

    [Fact]
    public void String_in_UTF_16_is_shortened_and_filled_up_with_NUL()
    {
        using var relocation = new Relocated(Old, Shorter);

        Assert.Equal(
            [1, .. Wide($"P={Shorter}\\a;{Shorter}\\größe"), .. new byte[2 * 2 * (Old.Length - Shorter.Length)], 0, 0, .. Wide("after")],
            relocation.Of([1, .. Wide($"P={Old}\\a;{Old}\\größe"), 0, 0, .. Wide("after")]));
        Assert.Equal([0, .. Wide(Shorter), .. Wide(new string('\\', Old.Length - Shorter.Length)), .. Wide("\\a")], relocation.Of([0, .. Wide(Old), .. Wide("\\a")]));
        Assert.Equal(RelocationKind.InPlace, relocation.Kind);
    }

    [Fact]
    public void Narrow_string_is_shortened_whatever_its_forms()
    {
        using var relocation = new Relocated(Old, Shorter);
        int less = Old.Length - Shorter.Length;

        Assert.Equal(
            [0, .. Narrow($"{Shorter}\\a;D:/n/b"), .. new byte[2 * less], 0, 7],
            relocation.Of([0, .. Narrow($"{Old}\\a;C:/Users/x/env/b"), 0, 7]));
        Assert.Equal([0, .. Narrow($"{Shorter}{new string('\\', less)}\\a\u0001")], relocation.Of([0, .. Narrow($"{Old}\\a\u0001")]));
        Assert.Equal([0, .. Narrow($"D:/n{new string('/', less)}/a\u0001")], relocation.Of([0, .. Narrow("C:/Users/x/env/a\u0001")]));

        // Three doubled backslashes become one: an odd number of bytes is left, and half of one would be an escape.
        Assert.Equal([0, .. Narrow($"D:\\\\n{new string('/', less + 2)}\\\\a\u0001")], relocation.Of([0, .. Narrow("C:\\\\Users\\\\x\\\\env\\\\a\u0001")]));
    }

    /// <summary>Resources have their lengths elsewhere; uv's launchers have the interpreter's path in one.</summary>
    [Fact]
    public void Strings_of_a_Windows_program_stay_where_they_are()
    {
        using var relocation = new Relocated(Old, Shorter);
        string filling = new('\\', Old.Length - Shorter.Length);

        Assert.Equal(
            [.. "MZ\0"u8, .. Narrow($"{Shorter}{filling}\\Scripts\\python.exe"), 0, .. Wide($"{Shorter}{filling}\\a"), 0, 0],
            relocation.Of([.. "MZ\0"u8, .. Narrow($"{Old}\\Scripts\\python.exe"), 0, .. Wide($"{Old}\\a"), 0, 0]));
    }

    [Fact]
    public void Path_that_is_longer_in_one_form_does_not_fit_into_a_binary()
    {
        byte[] content = [0, .. Narrow(Old)];

        // As long as the old one, but with one backslash more, which is two where they are doubled.
        using var relocation = new Relocated(Old, @"D:\Users\y\n\w");

        Assert.Same(content, relocation.Of(content));
        Assert.Equal(RelocationKind.Unfit, relocation.Kind);
    }

    [Fact]
    public void String_with_another_form_across_its_end_is_not_moved()
    {
        using var relocation = new Relocated(Old, Shorter);
        string filling = new('\\', Old.Length - Shorter.Length);

        // The "C" that begins the path in UTF-16 ends the narrow string before it.
        byte[] content = [0, .. Narrow($"{Old}\\"), .. Wide(Old), 0, 0];
        Assert.Equal([0, .. Narrow($"{Shorter}{filling}\\"), .. Wide(Shorter), .. new byte[2 * filling.Length], 0, 0], relocation.Of(content));
    }

    [Fact]
    public void Constants_of_bytecode_without_a_source_get_the_form_of_the_old()
    {
        using var relocation = new Relocated(Old, Longer);
        byte[] header = [0xCB, 0x0D, 0x0D, 0x0A, .. new byte[12]];      // 3.12

        byte[] made = relocation.Of([.. header, .. Constant('u', $"{Old} C:/Users/x/env/a")], isBytecode: true);

        Assert.Equal([.. header, .. Constant('u', $"{Longer} {Longer.Replace('\\', '/')}/a")], made);

        static byte[] Constant(char type, string text) => [(byte)type, .. BitConverter.GetBytes(Encoding.UTF8.GetByteCount(text)), .. Narrow(text)];
    }

    static byte[] Narrow(string text) => Encoding.UTF8.GetBytes(text);

    static byte[] Wide(string text) => Encoding.Unicode.GetBytes(text);
}
