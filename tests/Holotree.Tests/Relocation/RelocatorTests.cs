using System.Runtime.Versioning;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Holotree.Catalogs;
using Holotree.Relocation;
using Holotree.Tests.Staging;
using Reflinks.Trees;

namespace Holotree.Tests.Relocation;

/// <summary>Another path is written where the prefix stands, and no other byte becomes another one.</summary>
[SupportedOSPlatform("linux")]
public sealed class RelocatorTests
{
    const string Old = "/opt/env", Same = "/opt/new", Shorter = "/o/n", Longer = "/a/much/longer/place";

    [Theory]
    [InlineData(Same)]
    [InlineData(Shorter)]
    [InlineData(Longer)]
    [InlineData("/größe")]
    public void Text_gets_the_new_path_everywhere(string path)
    {
        using var relocation = new Relocated(Old, path);

        Assert.Equal($"#!{path}/bin/python\nA={path}:{path}/bin:/opt/env2:/opt/env.old\n'{path}' ./opt/env {path}.\n{path}",
            relocation.Of($"#!{Old}/bin/python\nA={Old}:{Old}/bin:/opt/env2:/opt/env.old\n'{Old}' ./opt/env {Old}.\n{Old}"));
        Assert.Equal(path, relocation.Of(Old));
        Assert.Equal($"{path}\n", relocation.Of($"{Old}\n"));
        Assert.Equal($"{path} {path} {path}", relocation.Of($"{Old} {Old} {Old}"));
        Assert.Equal("nothing of it", relocation.Of("nothing of it"));
        Assert.Equal(RelocationKind.None, relocation.Kind);
        Assert.Equal("", relocation.Of(""));
    }

    [Theory]
    [InlineData(Same)]
    [InlineData(Shorter)]
    [InlineData(Longer)]
    public void Text_larger_than_any_buffer_gets_the_new_path_everywhere(string path)
    {
        // Occurrences at the borders of the pieces that a file is copied in, and many between.
        const int piece = 256 * 1024;
        var text = new StringBuilder(new string('x', (3 * piece) + 12_345));
        foreach (int border in new[] { piece, 2 * piece, 3 * piece })
        {
            for (int place = border - 20; place <= border + 20; place += 10) text.Remove(place, 10).Insert(place, $" {Old} ");
        }
        for (int place = 1000; place < piece - 1000; place += 1000) text.Remove(place, 10).Insert(place, $" {Old} ");
        using var relocation = new Relocated(Old, path);

        Assert.Equal(text.ToString().Replace(Old, path, StringComparison.Ordinal), relocation.Of(text.ToString()));
    }

    [Fact]
    public void Relocated_text_is_the_text_with_the_paths_replaced()
    {
        Gen<string> lines = Gen.Elements($"A={Old}/bin\n", $"{Old}:{Old}", $"\"{Old}\"", "plain\n", " ", "é", $"{Old}2 ", "/opt ", $"{Old}.x ");
        using Relocated same = new(Old, Same), shorter = new(Old, Shorter), longer = new(Old, Longer);

        Law.Holds(lines.ListOf(), some =>
        {
            string text = string.Join(' ', some);
            foreach ((Relocated relocation, string path) in new[] { (same, Same), (shorter, Shorter), (longer, Longer) })
            {
                string expected = System.Text.RegularExpressions.Regex.Replace(text, $@"{Old}(?=$|[^2.])", path);
                Assert.Equal(expected, relocation.Of(text));
            }
        });
    }

    [Fact]
    public void Prefix_inside_a_longer_name_is_left_alone_in_text_and_binary()
    {
        Gen<string> names =
            from goesOn in Gen.Elements(true, false)
            from before in Gen.Elements("/srv", "/srv/a.b", "https://host", ".", "..", "/größe")
            from after in Gen.Elements("2", "s/bin", "-old", "_x", ".old", ".2/lib", "é", "~", "+1", "@x", "ment")
            from rest in Gen.Elements("", "/bin", "/bin/python")
            select goesOn ? $"{Old}{after}{rest}" : $"{before}{Old}{rest}";
        Gen<string> separators = Gen.Elements(" ", ":", "\n", "\"", "'", "=", ",", ";", "(", "\t");
        using Relocated same = new(Old, Same), shorter = new(Old, Shorter), longer = new(Old, Longer);

        Law.Holds((from name in names from separator in separators select separator + name + separator).NonEmptyListOf(), some =>
        {
            foreach (Relocated relocation in new[] { same, shorter, longer })
            {
                foreach (string separator in new[] { "", "\0" })
                {
                    string text = string.Join(separator, some);
                    Assert.Equal(text, relocation.Of(text));
                    Assert.Equal(RelocationKind.None, relocation.Kind);
                }
            }
        });
    }

    [Fact]
    public void To_a_path_of_the_same_length_and_back_gives_the_same_bytes()
    {
        Gen<byte[]> content =
            from filling in Gen.Choose(0, 60_000)
            from parts in Gen.Elements(Old, $"\0{Old}/lib\0", $"{Old}:{Old}", "\u0001", "/opt", "text ").ListOf()
            select (byte[])[.. Encoding.UTF8.GetBytes(string.Concat(parts)), .. new byte[filling], .. Encoding.UTF8.GetBytes(string.Concat(parts))];
        using Relocated there = new(Old, Same), back = new(Same, Old);

        Law.Holds(content, bytes =>
        {
            byte[] relocated = there.Of(bytes);
            Assert.Equal(bytes.Length, relocated.Length);
            Assert.False(there.Kind == RelocationKind.InPlace && relocated.AsSpan().SequenceEqual(bytes), "Nothing was written.");
            Assert.True(back.Of(relocated).AsSpan().SequenceEqual(bytes), "The way back leads elsewhere.");
        });
    }

    /// <summary>64 KiB for each run of touched blocks (docs/performance.md).</summary>
    [Theory]
    [InlineData(64 * 1024, true, 1000)]
    [InlineData((64 * 1024) - 1, false, 1000)]
    [InlineData(64 * 1024, true, 1000, 2000, 5000, 9000)]       // blocks 0, 1 and 2 are one run
    [InlineData(64 * 1024, false, 1000, 9000)]                  // blocks 0 and 2 are two
    [InlineData(128 * 1024, true, 1000, 9000)]
    [InlineData((128 * 1024) - 1, false, 1000, 9000)]
    [InlineData(192 * 1024, true, 4090, 100_000, (192 * 1024) - 8)]
    public void Only_what_is_large_enough_for_its_places_is_cloned_and_patched(int length, bool patched, params int[] places)
    {
        byte[] content = new byte[length];
        foreach (int place in places) Encoding.UTF8.GetBytes(Old).CopyTo(content, place);
        using var relocation = new Relocated(Old, Same);

        byte[] made = relocation.Of(content);

        Assert.Equal(patched ? ContentChange.Patch : ContentChange.Rewrite, relocation.Change);
        foreach (int place in places) Encoding.UTF8.GetBytes(Same).CopyTo(content, place);
        Assert.True(made.AsSpan().SequenceEqual(content), "Other bytes than those of the places have changed.");
    }

    [Theory]
    [InlineData("\0/opt/env/lib\0after", "\0/o/n/lib\0\0\0\0\0after")]
    [InlineData("\0/opt/env\0after", "\0/o/n\0\0\0\0\0after")]
    [InlineData("\0PATH=/opt/env/a:/opt/env/b:/opt/env\0after", "\0PATH=/o/n/a:/o/n/b:/o/n\0\0\0\0\0\0\0\0\0\0\0\0\0after")]
    [InlineData("\0/opt/env:/opt/env\0/opt/env\0", "\0/o/n:/o/n\0\0\0\0\0\0\0\0\0/o/n\0\0\0\0\0")]
    [InlineData("\0/opt/env2:/opt/env:/opt/env.x\0", "\0/opt/env2:/o/n:/opt/env.x\0\0\0\0\0")]
    [InlineData("-L/opt/env/größe\0", "-L/o/n/größe\0\0\0\0\0")]
    public void C_string_is_shortened_and_filled_up_with_NUL(string content, string expected)
    {
        using var relocation = new Relocated(Old, Shorter);

        Assert.Equal(expected, relocation.Of(content));
        Assert.Equal(RelocationKind.InPlace, relocation.Kind);
    }

    [Theory]
    [InlineData("\0/opt/env/lib", "\0/o/n/////lib")]
    [InlineData("\0/opt/env", "\0/o/n////")]
    [InlineData("\0/opt/env/a:/opt/env", "\0/o/n/////a:/o/n////")]
    [InlineData("\0/opt/env/lib\u0002more\0", "\0/o/n/////lib\u0002more\0")]
    [InlineData("\0/opt/env/a\n/opt/env/b\0", "\0/o/n/////a\n/o/n/b\0\0\0\0\0")]
    public void Without_a_NUL_slashes_fill_up_and_no_other_byte_moves(string content, string expected)
    {
        using var relocation = new Relocated(Old, Shorter);

        Assert.Equal(expected, relocation.Of(content));
    }

    [Fact]
    public void What_is_no_text_before_its_NUL_does_not_move()
    {
        using var relocation = new Relocated(Old, Shorter);

        Assert.Equal(
            [0, .. "/o/n/////x.py"u8, 0xFA, 0x21, .. "more"u8, 0],
            relocation.Of([0, .. "/opt/env/x.py"u8, 0xFA, 0x21, .. "more"u8, 0]));
    }

    [Theory]
    [InlineData(32 * 1024)]
    [InlineData(100_000)]
    public void Text_that_no_NUL_ends_within_reach_does_not_move(int length)
    {
        byte[] content = [0, .. "/opt/env/lib"u8, .. Enumerable.Repeat((byte)'x', length), 0, .. "end"u8];
        using var relocation = new Relocated(Old, Shorter);

        byte[] made = relocation.Of(content);

        Assert.Equal([0, .. "/o/n/////lib"u8, .. content[13..]], made);
    }

    [Fact]
    public void Occurrences_far_apart_in_one_long_string_are_all_shortened()
    {
        byte[] filling = [.. Enumerable.Repeat((byte)':', 20_000)];
        using var relocation = new Relocated(Old, Shorter);

        byte[] made = relocation.Of([0, .. "/opt/env"u8, .. filling, .. "/opt/env/x"u8, 0, .. "end"u8]);

        Assert.Equal([0, .. "/o/n"u8, .. filling, .. "/o/n/x"u8, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. "end"u8], made);
    }

    [Fact]
    public void Shortening_a_binary_keeps_its_length_and_every_byte_outside_of_its_strings()
    {
        Gen<byte[]> content = Gen.Elements(
                "\0", "\0\0", "/opt/env", "/opt/env/lib/x.so", "/opt/env:/opt/env", "other", "\u0001\u0002", "\n", "/opt/env2")
            .ListOf().Select(parts => Encoding.UTF8.GetBytes(string.Concat(parts) + "\0"));
        using var relocation = new Relocated(Old, Shorter);

        Law.Holds(content, bytes =>
        {
            byte[] made = relocation.Of(bytes);

            Assert.Equal(bytes.Length, made.Length);
            // Strings begin where they began, and say the same with the shorter path.
            string[] before = Encoding.UTF8.GetString(bytes).Split('\0'), after = Encoding.UTF8.GetString(made).Split('\0');
            int at = 0;
            foreach (string text in before)
            {
                string now = Encoding.UTF8.GetString(made.AsSpan(at)).Split('\0')[0];
                Assert.Equal(Plain(text), Plain(now));
                Assert.True(now.Length <= text.Length, "A string became longer.");
                at += Encoding.UTF8.GetByteCount(text) + 1;
            }
        });

        static string Plain(string text) =>
            System.Text.RegularExpressions.Regex.Replace(text, "/opt/env(?![A-Za-z0-9])|/o/n/*(?=/|$|[^A-Za-z0-9])", "PREFIX").Replace("PREFIX/", "PREFIX", StringComparison.Ordinal);
    }

    [Fact]
    public void Longer_path_does_not_fit_into_a_binary()
    {
        byte[] content = "\0/opt/env/lib\0"u8.ToArray();
        using var relocation = new Relocated(Old, Longer);

        Assert.Same(content, relocation.Of(content));
        Assert.Equal(RelocationKind.Unfit, relocation.Kind);
    }

    [Fact]
    public void Nothing_is_done_at_the_recorded_path()
    {
        byte[] content = "\0/opt/env/lib\0"u8.ToArray();
        using var relocation = new Relocated(Old, Old);

        Assert.Same(content, relocation.Of(content));
        Assert.Equal(RelocationKind.None, relocation.Kind);
        Assert.Same(content, relocation.Of(content, ContentTraits.BytecodeOfRelocated));
        Assert.Equal(RelocationKind.None, relocation.Kind);
    }

    [Theory]
    [InlineData("/opt/env", "/o/n")]
    [InlineData("/opt/env/", "/o/n/")]
    [InlineData("/opt/env/bin/../lib", "/o/n/bin/../lib")]
    [InlineData("/opt/env2", null)]
    [InlineData("/opt/env.old/x", null)]
    [InlineData("/opt", null)]
    [InlineData("../opt/env", null)]
    [InlineData("/srv/opt/env", null)]
    [InlineData("bin/python", null)]
    public void Links_into_the_prefix_are_led_to_the_new_path(string target, string? expected)
    {
        byte[]? found = new Relocator(Encoding.UTF8.GetBytes(Old), Encoding.UTF8.GetBytes(Shorter)).Retarget(Encoding.UTF8.GetBytes(target));

        Assert.Equal(expected, found is null ? null : Encoding.UTF8.GetString(found));
    }

    [Fact]
    public void Links_stay_at_the_recorded_path() =>
        Assert.Null(new Relocator(Encoding.UTF8.GetBytes(Old), Encoding.UTF8.GetBytes(Old)).Retarget("/opt/env/bin"u8));
}
