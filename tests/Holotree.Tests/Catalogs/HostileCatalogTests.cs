using System.Runtime.Versioning;
using System.Text;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Tests.Staging;

namespace Holotree.Tests.Catalogs;

/// <summary>A stranger's catalog with the right checksum: what cannot be the listing of a tree is refused, each for its own reason.</summary>
[SupportedOSPlatform("linux")]
public sealed class HostileCatalogTests
{
    [Theory]
    [InlineData("a/b")]
    [InlineData(".")]
    [InlineData("..")]
    public void Name_that_leads_elsewhere_is_refused(string name)
    {
        Refused("impossible name", parts => parts.Files[0] = parts.File(0, name, 100));
        Refused("impossible name", parts => parts.Symlinks[0] = parts.Link(0, name, "target"));
        Refused("impossible name", parts => (parts.Directories[1].NameOffset, parts.Directories[1].NameLength) = (parts.NameOf(name), (ushort)name.Length));
    }

    [Theory]
    [InlineData(0, 0)]          // empty
    [InlineData(1, 5)]          // with a NUL in it
    [InlineData(1, 2)]          // not ended by NUL
    [InlineData(-1, 1)]
    [InlineData(int.MinValue, 1)]
    [InlineData(int.MaxValue, 1)]
    [InlineData(1, 60_000)]
    [InlineData(58, 3)]         // at the very end, without room for its NUL
    public void Name_that_is_no_text_among_the_names_is_refused(int offset, int length)
    {
        Refused("impossible name", parts => (parts.Files[0].NameOffset, parts.Files[0].NameLength) = (offset, (ushort)length));
        Refused("impossible name", parts => (parts.Symlinks[0].NameOffset, parts.Symlinks[0].NameLength) = (offset, (ushort)length));
        Refused("impossible name", parts => (parts.Directories[1].NameOffset, parts.Directories[1].NameLength) = (offset, (ushort)length));
        Refused("impossible target", parts => (parts.Symlinks[0].TargetOffset, parts.Symlinks[0].TargetLength) = (offset, length));
    }

    [Fact]
    public void Names_that_end_without_a_NUL_are_refused() =>
        Refused("impossible name", parts =>
        {
            parts.Names = [.. parts.Names, .. "zz"u8];
            (parts.Files[1].NameOffset, parts.Files[1].NameLength) = (parts.Names.Length - 2, 2);
        });

    [Fact]
    public void Name_longer_than_any_filesystem_takes_is_refused()
    {
        Refused("impossible name", parts => LongName(parts, 256));
        LongName(CatalogParts.Small(), 255);

        static void LongName(CatalogParts parts, int length)
        {
            int offset = parts.Names.Length;
            parts.Names = [.. parts.Names, .. Enumerable.Repeat((byte)'z', length), 0];
            (parts.Files[1].NameOffset, parts.Files[1].NameLength) = (offset, (ushort)length);
            if (length <= 255) CatalogReader.Read(parts.Bytes, "x");
        }
    }

    [Fact]
    public void Link_target_longer_than_a_path_is_refused() =>
        Refused("impossible target", parts =>
        {
            int offset = parts.Names.Length;
            parts.Names = [.. parts.Names, .. Enumerable.Repeat((byte)'z', 4096), 0];
            (parts.Symlinks[0].TargetOffset, parts.Symlinks[0].TargetLength) = (offset, 4096);
        });

    [Fact]
    public void Negative_target_length_is_refused() => Refused("impossible target", parts => parts.Symlinks[0].TargetLength = -3);

    [Fact]
    public void Name_that_stands_for_two_entries_is_refused()
    {
        Refused("stands twice", parts => parts.Files[1] = parts.File(0, "a", 0));
        Refused("stands twice", parts => parts.Symlinks[0] = parts.Link(0, "a", "target"));
        Refused("stands twice", parts => parts.Files[0] = parts.File(0, "link", 100));
        Refused("stands twice", parts => parts.Files[0] = parts.File(0, "dir", 100));
        Refused("stands twice", parts => parts.Symlinks[0] = parts.Link(0, "dir", "target"));
        Refused("stands twice", parts => parts.Directories[2] = parts.Directories[1] with { FirstFile = 4, FileCount = 0, FirstSymlink = 2, SymlinkCount = 0 });
    }

    [Fact]
    public void Names_out_of_order_are_refused()
    {
        Refused("out of order", parts => (parts.Files[0].NameOffset, parts.Files[1].NameOffset) = (parts.Files[1].NameOffset, parts.Files[0].NameOffset));
        Refused("out of order", parts =>
        {
            parts.Directories[2].Parent = 0;
            parts.Directories[2].NameOffset = parts.NameOf("b");
            parts.Directories[2].NameLength = 1;
        });
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-2)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void Directory_that_does_not_follow_its_parent_is_refused(int parent) =>
        Refused("before its parent", parts => parts.Directories[1].Parent = parent);

    [Fact]
    public void First_directory_that_is_not_the_root_is_refused()
    {
        Refused("not the root", parts => parts.Directories[0].Parent = 0);
        Refused("not the root", parts => parts.Directories[0].NameLength = 3);
        Refused("no root", parts => (parts.Directories, parts.Files, parts.Symlinks, parts.Contents, parts.Relocations) = ([], [], [], [], []));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void Directory_with_another_number_of_entries_is_refused(int count)
    {
        Refused(null, parts => parts.Directories[0].FileCount = count);
        Refused(null, parts => parts.Directories[1].FileCount = count);
        Refused(null, parts => parts.Directories[0].FirstFile = count == 0 ? 4 : count);
        if (count == 1) return;
        Refused(null, parts => parts.Directories[0].SymlinkCount = count);
        Refused(null, parts => parts.Directories[1].SymlinkCount = count);
        Refused(null, parts => parts.Directories[1].FirstSymlink = count);
    }

    [Fact]
    public void Counts_that_overflow_are_refused() =>
        Refused(null, parts =>
        {
            parts.Directories[0].FileCount = int.MaxValue;
            (parts.Directories[1].FirstFile, parts.Directories[1].FileCount) = (int.MaxValue, int.MaxValue);
        });

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void Entry_of_another_directory_is_refused(int directory)
    {
        Refused(null, parts => parts.Files[0].Directory = directory);
        Refused(null, parts => parts.Symlinks[0].Directory = directory);
    }

    [Theory]
    [InlineData(3)]             // itself
    [InlineData(4)]
    [InlineData(int.MaxValue)]
    [InlineData(-2)]
    [InlineData(int.MinValue)]
    public void Hard_link_that_leads_nowhere_is_refused(int linkedTo) => Refused("leads nowhere", parts => parts.Files[3].LinkedTo = linkedTo);

    [Fact]
    public void Hard_links_in_a_row_or_a_circle_are_refused()
    {
        Refused("leads nowhere", parts => (parts.Files[2].LinkedTo, parts.Files[3].LinkedTo) = (0, 2));
        Refused("leads nowhere", parts => (parts.Files[0].LinkedTo, parts.Files[3].LinkedTo) = (3, 0));
        Refused("leads nowhere", parts => (parts.Files[2].LinkedTo, parts.Files[3].LinkedTo) = (3, 2));
    }

    [Fact]
    public void Hard_link_to_another_content_is_refused()
    {
        Refused("another content", parts => parts.Files[3].LinkedTo = 2);
        Refused("another content", parts =>
        {
            parts.Objects = [.. parts.Objects, CatalogParts.Object(9, 100)];
            parts.Contents[3].Object = 2;
        });
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(2)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void Object_that_is_not_there_is_refused(int index) => Refused("no object", parts => parts.Contents[0].Object = index);

    [Fact]
    public void Size_that_is_not_the_object_s_is_refused()
    {
        Refused("differ in size", parts => parts.Files[0].Size = 99);
        Refused("negative size", parts => parts.Files[0].Size = -1);
        Refused("negative size", parts => parts.Files[0].Size = long.MinValue);
        Refused("do not agree", parts => parts.Files[0].Size = 0);
        Refused("do not agree", parts => parts.Contents[0].Object = -1);
        Refused("do not agree", parts => parts.Contents[1].Object = 0);
        Refused("differ in size", parts => parts.Objects[0] = CatalogParts.Object(1, -5));
    }

    [Fact]
    public void Contents_for_more_or_fewer_files_are_refused()
    {
        Refused("differ in number", parts => parts.Contents = parts.Contents[..3]);
        Refused("differ in number", parts => parts.Contents = [.. parts.Contents, parts.Contents[0]]);
    }

    [Fact]
    public void Relocation_outside_of_its_file_is_refused()
    {
        Refused("outside of its file", parts => parts.Relocations[1] = 39_993);
        Refused("outside of its file", parts => parts.Relocations[1] = long.MaxValue);
        Refused("outside of its file", parts => parts.Relocations[0] = -1);
        Refused("outside of its file", parts => parts.Relocations[0] = long.MinValue);
        Refused("outside of its file", parts => parts.Relocations[1] = 24);             // overlaps the one before
        Refused("outside of its file", parts => parts.Relocations[1] = 3);              // before the one before
        Refused("outside of its file", parts => parts.Facts = parts.Facts with { Prefix = [.. Enumerable.Repeat((byte)'/', 4000)] });
        Refused("belong to no file", parts => parts.Relocations = [17, 39_992, 5]);
        Refused("not in order", parts => parts.Contents[2].FirstRelocation = 1);
        Refused("not in order", parts => parts.Contents[2].RelocationCount = -1);
        Refused(null, parts => parts.Contents[2].RelocationCount = 3);
        Refused(null, parts => parts.Contents[2].RelocationCount = int.MaxValue);
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(2)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void Attributes_that_are_not_there_are_refused(int set)
    {
        Refused("attributes are missing", parts => parts.Files[0].Attributes = set);
        Refused("attributes are missing", parts => parts.Directories[1].Attributes = set);
    }

    [Fact]
    public void Attribute_without_a_proper_name_is_refused()
    {
        Refused("no proper name", parts => parts.AttributeSets[0] = [([], [1])]);
        Refused("no proper name", parts => parts.AttributeSets[0] = [("user.a\0b"u8.ToArray(), [1])]);
        Refused("no proper name", parts => parts.AttributeSets[0] = [(Encoding.ASCII.GetBytes("user." + new string('x', 251)), [1])]);
        Refused("more attributes", parts => parts.AttributeSets[0] =
            [.. Enumerable.Range(0, CatalogFormat.MaxAttributes + 1).Select(i => (Encoding.ASCII.GetBytes($"user.{i}"), Array.Empty<byte>()))]);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(int.MinValue)]
    public void Object_of_an_unknown_kind_is_refused(int trait) =>
        Refused("unknown kind", parts => parts.Objects[0] = parts.Objects[0] with { Traits = parts.Objects[0].Traits | (ObjectTraits)trait });

    [Fact]
    public void Impossible_mode_or_time_is_refused()
    {
        Refused("impossible mode", parts => parts.Files[0].Mode = 0x1000);
        Refused("impossible mode", parts => parts.Directories[0].Mode = 0xFFFF);
        Refused("impossible time", parts => parts.Files[0].ModifiedNanoseconds = 1_000_000_000);
        Refused("impossible time", parts => parts.Files[0].ModifiedNanoseconds = -1);
        Refused("impossible time", parts => parts.Directories[2].ModifiedNanoseconds = int.MaxValue);
        Refused("impossible time", parts => parts.Symlinks[0].ModifiedNanoseconds = int.MinValue);
    }

    [Theory]
    [InlineData("")]
    [InlineData("opt/env")]
    [InlineData("/opt\0/env")]
    public void Prefix_that_is_no_absolute_path_is_refused(string prefix) =>
        Refused("no absolute path", parts => parts.Facts = parts.Facts with { Prefix = Encoding.UTF8.GetBytes(prefix) });

    [Theory]
    [InlineData(@"C:\env", "windows-x64", true)]
    [InlineData(@"\\server\share\env", "windows-arm64", true)]
    [InlineData(@"C:\env", "linux-x64", false)]
    [InlineData(@"\\server\share\env", "macos-arm64", false)]
    [InlineData(@"C:env", "windows-x64", false)]
    [InlineData(@"\env", "windows-x64", false)]
    [InlineData(@"\\\env", "windows-x64", false)]
    [InlineData(@"1:\env", "windows-x64", false)]
    public void Prefix_is_absolute_by_the_rules_of_the_system_it_was_recorded_on(string prefix, string platform, bool absolute)
    {
        void Change(CatalogParts parts)
        {
            parts.Facts = parts.Facts with { Prefix = Encoding.UTF8.GetBytes(prefix), Platform = platform };
            (parts.Relocations, parts.Contents[2].RelocationCount, parts.Contents[3].FirstRelocation) = ([0], 1, 1);
        }
        if (!absolute)
        {
            Refused("no absolute path", Change);
            return;
        }
        CatalogParts sound = CatalogParts.Small();
        Change(sound);
        Assert.Equal(prefix, Encoding.UTF8.GetString(CatalogReader.Read(sound.Bytes, "x").Facts.Prefix));
    }

    [Theory]
    [InlineData(32, true)]
    [InlineData(int.MinValue, true)]
    [InlineData(8, false)]
    [InlineData(16, false)]
    public void Content_of_an_unknown_kind_is_refused(int traits, bool windows)
    {
        Refused("unknown kind", parts =>
        {
            if (windows) parts.Facts = parts.Facts with { Prefix = @"C:\e"u8.ToArray(), Platform = "windows-x64" };
            parts.Contents[0].Traits = (ContentTraits)traits;
        });
        CatalogParts sound = CatalogParts.Small();
        sound.Facts = sound.Facts with { Prefix = @"C:\e"u8.ToArray(), Platform = "windows-x64" };
        sound.Contents[0].Traits = ContentTraits.WideText | ContentTraits.Launcher;
        CatalogReader.Read(sound.Bytes, "x");
    }

    [Fact]
    public void Prefix_longer_than_any_path_is_refused() =>
        Refused("no absolute path", parts =>
        {
            (parts.Relocations, parts.Contents[2].RelocationCount, parts.Contents[3].FirstRelocation) = ([0], 1, 1);
            parts.Facts = parts.Facts with { Prefix = [.. Enumerable.Repeat((byte)'/', 4096)] };
        });

    static void Refused(string? reason, Action<CatalogParts> change)
    {
        CatalogParts parts = CatalogParts.Small();
        change(parts);
        byte[] bytes = parts.Bytes;

        var exception = Assert.Throws<HolotreeException>(() => CatalogReader.Read(bytes, "some/path"));

        Assert.Equal(HolotreeFailure.Damaged, exception.Failure);
        Assert.Equal("some/path", exception.Path);
        Assert.NotNull(exception.Hint);
        if (reason is not null) Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }
}
