using System.IO.Compression;
using System.Runtime.Versioning;
using System.Text;
using Holotree.Relocation;
using Holotree.Tests.Staging;

namespace Holotree.Tests.Relocation;

/// <summary>
/// Launchers as pip makes them: a program, a line that names the interpreter, a zip archive. The line gets the new path, and the
/// archive is found behind it as before.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class LauncherTests
{
    const string Old = @"C:\Users\x\env", Script = "import sys\nprint(r'C:\\Users\\x\\env')\n";

    static readonly byte[] Program = [.. "MZ"u8, .. new byte[62], .. @"C:\Users\x\env\built\launcher.pdb"u8, 0, .. "#! no line\r\n"u8, 0];

    [Theory]
    [InlineData(@"D:\n", "#!C:\\Users\\x\\env\\Scripts\\python.exe", "#!D:\\n\\Scripts\\python.exe")]
    [InlineData(@"D:\a\much\longer\place", "#!C:\\Users\\x\\env\\Scripts\\python.exe", "#!D:\\a\\much\\longer\\place\\Scripts\\python.exe")]
    [InlineData(@"E:\Users\y\new", "#!c:\\Users\\x\\env\\python.exe -E -s", "#!e:\\Users\\y\\new\\python.exe -E -s")]
    [InlineData(@"D:\größe", "#!\"C:\\Users\\x\\env\\python.exe\" -E", "#!\"D:\\größe\\python.exe\" -E")]
    [InlineData(@"D:\a b", "#!\"C:\\Users\\x\\env\\python.exe\"", "#!\"D:\\a b\\python.exe\"")]
    [InlineData(@"D:\a b", "#!C:\\Users\\x\\env\\python.exe", "#!\"D:\\a b\\python.exe\"")]
    [InlineData(@"D:\a b", "#!C:\\Users\\x\\env\\my tools\\PYTHON.EXE -c C:\\Users\\x\\env", "#!\"D:\\a b\\my tools\\PYTHON.EXE\" -c D:\\a b")]
    [InlineData(@"D:\a b", "#!C:\\Users\\x\\env\\python -E", "#!\"D:\\a b\\python\" -E")]
    [InlineData(@"D:\a b", "#!D:\\python.exe -c C:\\Users\\x\\env", "#!D:\\python.exe -c D:\\a b")]
    [InlineData(@"D:\n", "#!C:/Users/x/env/python.exe", "#!D:/n/python.exe")]
    public void Line_names_the_new_path_and_nothing_else_changes(string path, string line, string expected)
    {
        foreach (string lineEnd in new[] { "\r\n", "\n" })
        {
            using var relocation = new Relocated(Old, path);
            byte[] archive = Archive(CompressionLevel.NoCompression);

            byte[] made = relocation.Of([.. Program, .. Encoding.UTF8.GetBytes(line + lineEnd), .. archive]);

            Assert.Equal(RelocationKind.Launcher, relocation.Kind);
            Assert.Equal(Program, made[..Program.Length]);
            int start = StartOfArchive(made);
            Assert.Equal(expected + lineEnd, Encoding.UTF8.GetString(made[Program.Length..start]));
            Assert.Equal(archive, made[start..]);
            using var opened = new ZipArchive(new MemoryStream(made[start..]));
            using var reader = new StreamReader(opened.GetEntry("__main__.py")!.Open());
            Assert.Equal(Script, reader.ReadToEnd());       // its checksum holds
        }
    }

    [Fact]
    public void Archive_with_a_comment_is_found()
    {
        using var relocation = new Relocated(Old, @"D:\n");
        byte[] archive = Archive(CompressionLevel.Optimal, comment: new string('c', 60_000));

        byte[] made = relocation.Of([.. Program, .. "#!C:\\Users\\x\\env\\python.exe\r\n"u8, .. archive]);

        Assert.Equal([.. Program, .. "#!D:\\n\\python.exe\r\n"u8, .. archive], made);
    }

    [Theory]
    [InlineData("ZM", "#!C:\\Users\\x\\env\\python.exe\r\n")]       // no program
    [InlineData("MZ", "#!C:\\Users\\x\\env\\python.exe")]           // nothing ends the line
    [InlineData("MZ", "#!C:\\Users\\x\\env\\python.exe\r\nmore\r\n")]
    [InlineData("MZ", "#!D:\\python.exe\r\n")]                       // the line does not name the prefix
    [InlineData("MZ", "")]
    public void What_is_no_launcher_keeps_its_length(string magic, string line)
    {
        using var relocation = new Relocated(Old, @"D:\n");
        byte[] content = [.. Encoding.UTF8.GetBytes(magic), .. Program[2..], .. Encoding.UTF8.GetBytes(line), .. Archive(CompressionLevel.Optimal)];

        Assert.Equal(content.Length, relocation.Of(content).Length);
        Assert.Equal(RelocationKind.InPlace, relocation.Kind);
    }

    [Fact]
    public void Directory_that_lies_about_the_archive_is_not_followed()
    {
        using var relocation = new Relocated(Old, @"D:\n");
        byte[] launcher = [.. Program, .. "#!C:\\Users\\x\\env\\python.exe\r\n"u8, .. Archive(CompressionLevel.Optimal)];
        int end = launcher.AsSpan().LastIndexOf("PK\u0005\u0006"u8);

        foreach (int at in new[] { end + 12, end + 15, end + 16, end + 19 })
        {
            byte[] spoiled = [.. launcher];
            spoiled[at] ^= 0x7F;
            Assert.Equal(spoiled.Length, relocation.Of(spoiled).Length);
            Assert.Equal(RelocationKind.InPlace, relocation.Kind);
        }
        Assert.Equal(end, relocation.Of(launcher[..end]).Length);
        Assert.Equal(end + 21, relocation.Of(launcher[..(end + 21)]).Length);
    }

    static byte[] Archive(CompressionLevel level, string? comment = null)
    {
        var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            using (var writer = new StreamWriter(archive.CreateEntry("__main__.py", level).Open())) writer.Write(Script);
            if (comment is not null) archive.Comment = comment;
        }
        return bytes.ToArray();
    }

    /// <summary>As the launcher finds it: by the last directory's length and place.</summary>
    static int StartOfArchive(byte[] launcher)
    {
        int end = launcher.AsSpan().LastIndexOf("PK\u0005\u0006"u8);
        return end - BitConverter.ToInt32(launcher, end + 12) - BitConverter.ToInt32(launcher, end + 16);
    }
}
