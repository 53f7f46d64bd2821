using System.Runtime.Versioning;
using System.Text;
using Holotree.Catalogs;
using Holotree.Recording;
using Holotree.Relocation;
using Holotree.Tests.Staging;
using Microsoft.Win32.SafeHandles;
using Reflinks.Platform;

namespace Holotree.Tests.Relocation;

/// <summary>Text in UTF-16 is text, though it holds NUL bytes: it may get longer or shorter.</summary>
[SupportedOSPlatform("linux")]
public sealed class WideTextTests
{
    const string Old = @"C:\Users\x\env";

    [Theory]
    [InlineData(@"D:\n")]
    [InlineData(@"D:\a\much\longer\place\größe")]
    public void Text_in_UTF_16_gets_the_new_path_whatever_its_length(string path)
    {
        using var relocation = new Relocated(Old, path);

        Assert.Equal(Text($"a={path}\\x\r\nb={path}"), relocation.Of(Text($"a={Old}\\x\r\nb={Old}")));
        Assert.Equal(RelocationKind.Text, relocation.Kind);
        Assert.Equal(Text($"{Old}2 日{Old} -I{path}"), relocation.Of(Text($"{Old}2 日{Old} -I{Old}")));
    }

    [Fact]
    public void What_has_a_NUL_character_or_half_of_one_is_no_text()
    {
        // More than the reader's buffer: a character lies across its pieces.
        byte[] content = Text(new string('日', 600_000) + Old);
        Assert.Equal(ContentTraits.Binary | ContentTraits.WideText, Read(content));

        foreach (int at in new[] { 2, (1024 * 1024) - 2, 1024 * 1024, (1024 * 1024) + 2, content.Length - 2 })
        {
            byte[] spoiled = [.. content];
            (spoiled[at], spoiled[at + 1]) = (0, 0);
            Assert.Equal(ContentTraits.Binary, Read(spoiled));
        }
        Assert.Equal(ContentTraits.Binary, Read([.. Text(Old), 0]));
        Assert.Equal(ContentTraits.Binary, Read(Encoding.Unicode.GetBytes($"x{Old}")));      // no mark
    }

    [Fact]
    public void Half_characters_that_make_a_NUL_together_are_none()
    {
        // U+0100 and U+0001: the zeros of two characters lie side by side, at an odd place.
        Assert.Equal(ContentTraits.Binary | ContentTraits.WideText, Read(Text("\u0100\u0001x\u4E00\u004E")));
    }

    [Fact]
    public void Where_the_prefix_is_none_of_Windows_nothing_is_noted() => Assert.Equal(ContentTraits.Binary, Read(Text("/opt/env"), "/opt/env"));

    static byte[] Text(string text) => [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(text)];

    static ContentTraits Read(byte[] content, string prefix = Old)
    {
        using var folder = new TemporaryFolder();
        using var reader = new ContentReader(Encoding.UTF8.GetBytes(prefix), hashing: true);
        using SafeFileHandle file = File.OpenHandle(folder.Write("file", content));
        int descriptor = (int)file.DangerousGetHandle();
        Assert.Equal(Errno.None, NativeFile.Stat(descriptor, out Kernel.Statx stat));
        Assert.Equal(Errno.None, reader.Read(descriptor, stat, out _, CancellationToken.None));
        return reader.Traits;
    }
}
