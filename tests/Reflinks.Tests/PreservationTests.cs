using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Tests.Staging;

namespace Reflinks.Tests;

/// <summary>What a clone has from its source besides the bytes: FICLONE itself carries nothing over.</summary>
[SupportedOSPlatform("linux")]
public sealed class PreservationTests
{
    [Theory]
    [CombinatorialVolumes("btrfs xfs ext4 tmpfs overlay", 0x1FF, 0x1ED, 0x124, 0x180, 0x000, 0xFFF, 0x9ED, 0x5ED, 0x3FF)]
    public void Mode_is_kept_to_the_bit(string volume, int mode)
    {
        if ((mode & 0x100) == 0) Root.IsNeededFor("clone what its owner may not read");
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.Write("source", Content.Random(5000));
        File.SetUnixFileMode(source, (UnixFileMode)mode);

        CopyOutcome outcome = Reflink.CloneOrCopy(source, place["copy"]);

        Assert.Equal((UnixFileMode)mode, File.GetUnixFileMode(place["copy"]));
        Assert.Empty(outcome.NotPreserved);
    }

    [Theory]
    [InlineData("btrfs", 1_700_000_000, 123_456_789)]
    [InlineData("btrfs", -86_400, 999_999_999)]
    [InlineData("btrfs", 5_000_000_000, 1)]
    [InlineData("xfs", 1_700_000_000, 123_456_789)]
    [InlineData("xfs", -86_400, 999_999_999)]
    [InlineData("xfs", 5_000_000_000, 1)]
    [InlineData("ext4", 1_700_000_000, 123_456_789)]
    [InlineData("ext4", -86_400, 999_999_999)]
    [InlineData("ext4", 5_000_000_000, 1)]
    [InlineData("tmpfs", 1_700_000_000, 123_456_789)]
    [InlineData("overlay", 1_700_000_000, 123_456_789)]
    public void Times_are_kept_to_the_nanosecond(string volume, long seconds, int nanoseconds)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.Write("source", Content.Random(100_000));
        using (SafeFileHandle file = Handles.ReadWrite(source))
        {
            var access = new Kernel.StatxTimestamp { tv_sec = seconds + 7, tv_nsec = (uint)nanoseconds };
            Assert.Equal(Errno.None, NativeMetadata.SetTimes((int)file.DangerousGetHandle(), seconds, (uint)nanoseconds, access));
        }

        Reflink.CloneOrCopy(source, place["copy"]);

        Kernel.Statx made = Handles.Stat(place["copy"]);
        Assert.Equal((seconds, (uint)nanoseconds), (made.stx_mtime.tv_sec, made.stx_mtime.tv_nsec));
        Assert.Equal((seconds + 7, (uint)nanoseconds), (made.stx_atime.tv_sec, made.stx_atime.tv_nsec));
    }

    [Theory]
    [CombinatorialVolumes("btrfs nocow xfs ext4 tmpfs overlay")]
    public void Extended_attributes_are_kept(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.Write("source", Content.Random(5000));
        byte[] large = Content.Random(2000);
        var wanted = new Dictionary<string, byte[]>
        {
            ["user.empty"] = [],
            ["user.text"] = Encoding.UTF8.GetBytes("some text"),
            ["user.bytes"] = large,
            ["user.späte.名前"] = [0, 1, 2, 255],
        };
        for (int number = 0; number < 30; number++) wanted[$"user.{new string('n', 40)}{number}"] = [(byte)number];    // a list of more than 1 KiB
        if (volume != "tmpfs" && Root.IsHere) wanted["trusted.root"] = [42];
        // ext4 has one block of 4 KiB for all attributes of a file.
        if (volume == "ext4") wanted["user.bytes"] = large[..500];
        foreach ((string name, byte[] value) in wanted) SetAttribute(source, name, value);

        CopyOutcome outcome = Reflink.CloneOrCopy(source, place["copy"]);

        Assert.Empty(outcome.NotPreserved);
        Assert.Equal(wanted.OrderBy(pair => pair.Key, StringComparer.Ordinal), Attributes(place["copy"]).OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void Attributes_are_set_though_the_mode_forbids_writing()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        place.GiveToUnprivileged();
        Unprivileged.Run(() =>
        {
            string source = place.Write("source", Content.Random(5000));
            SetAttribute(source, "user.text", [1, 2, 3]);
            File.SetUnixFileMode(source, UnixFileMode.UserRead);

            CopyOutcome outcome = Reflink.Clone(source, place["copy"]);

            Assert.Empty(outcome.NotPreserved);
            Assert.Equal([1, 2, 3], Attributes(place["copy"])["user.text"]);
            Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(place["copy"]));
        });
    }

    [Fact]
    public void Attribute_that_an_ordinary_user_may_not_set_is_reported()
    {
        Root.IsNeededFor("give a file a capability");
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.Write("source", Content.Random(5000));
        File.SetUnixFileMode(source, (UnixFileMode)0x1A4);
        // A file capability: cap_net_raw, in the format of version 2.
        SetAttribute(source, "security.capability", [0, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        SetAttribute(source, "user.text", [7]);

        CopyOutcome? outcome = null;
        place.GiveToUnprivileged();
        Unprivileged.Run(() => outcome = Reflink.Clone(source, place["copy"]));

        NotPreserved lost = Assert.Single(outcome!.NotPreserved);
        Assert.Equal((place["copy"], "security.capability", "EPERM"), (lost.Path, lost.What, lost.Error.Name));
        Assert.Equal(["user.text"], Attributes(place["copy"]).Keys);
    }

    [Fact]
    public void Attributes_that_the_destination_cannot_hold_are_reported_and_the_file_is_made()
    {
        using TemporaryFolder from = TestVolumes.Btrfs.Folder(), to = TestVolumes.Ext4.Folder();
        string source = from.Write("source", Content.Random(5000));
        SetAttribute(source, "user.large", Content.Random(10_000));
        SetAttribute(source, "user.small", [1]);

        CopyOutcome outcome = Reflink.CloneOrCopy(source, to["copy"]);

        NotPreserved lost = Assert.Single(outcome.NotPreserved);
        Assert.Equal(("user.large", "ENOSPC"), (lost.What, lost.Error.Name));
        Assert.Equal(["user.small"], Attributes(to["copy"]).Keys);
        Assert.Equal(Content.Random(5000), File.ReadAllBytes(to["copy"]));
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs ext4 tmpfs overlay")]
    public void Access_control_list_is_kept_with_the_mode(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.Write("source", Content.Random(5000));
        Tool.Run("setfacl", "-m", "u:1234:rw,g:4321:r,m::rw", source);

        CopyOutcome outcome = Reflink.CloneOrCopy(source, place["copy"]);

        Assert.Empty(outcome.NotPreserved);
        Assert.Equal(AccessControlList(source), AccessControlList(place["copy"]));
        Assert.Equal(File.GetUnixFileMode(source), File.GetUnixFileMode(place["copy"]));
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs ext4 tmpfs overlay")]
    public void Default_list_of_the_folder_gives_nobody_access_that_the_source_does_not_give(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.Write("source", Content.Random(5000));
        File.SetUnixFileMode(source, (UnixFileMode)0x1B0);
        Directory.CreateDirectory(place["open"]);
        Tool.Run("setfacl", "-d", "-m", "u:1234:rwx,o::rwx", place["open"]);

        Reflink.CloneOrCopy(source, place["open/copy"]);
        Reflink.CloneOrCopy(source, place["open/without"], new CloneOptions { Preserve = Preserve.All & ~Preserve.AccessControlLists });

        Assert.Equal(AccessControlList(source), AccessControlList(place["open/copy"]));
        Assert.Contains("user:1234:rwx", AccessControlList(place["open/without"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Set_id_bits_go_where_the_owner_is_another_and_that_is_reported()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.Write("source", Content.Random(5000));
        Tool.Run("chown", "1234:root", source);
        File.SetUnixFileMode(source, (UnixFileMode)0x9ED);      // 4755

        CopyOutcome outcome = Reflink.Clone(source, place["copy"]);

        Assert.Equal((UnixFileMode)0x1ED, File.GetUnixFileMode(place["copy"]));
        NotPreserved lost = Assert.Single(outcome.NotPreserved);
        Assert.Equal((place["copy"], "set-id bits", "EPERM"), (lost.Path, lost.What, lost.Error.Name));
    }

    [Fact]
    public void Set_group_id_bit_goes_where_the_folder_gives_another_group()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.Write("source", Content.Random(5000));
        File.SetUnixFileMode(source, (UnixFileMode)0x5ED);      // 2755
        Directory.CreateDirectory(place["folder"]);
        Tool.Run("chgrp", "4321", place["folder"]);
        Tool.Run("chmod", "2777", place["folder"]);

        CopyOutcome outcome = Reflink.Clone(source, place["folder/copy"]);

        Assert.Equal(4321u, Handles.Stat(place["folder/copy"]).stx_gid);
        Assert.Equal((UnixFileMode)0x1ED, File.GetUnixFileMode(place["folder/copy"]));
        Assert.Equal("set-id bits", Assert.Single(outcome.NotPreserved).What);
    }

    [Fact]
    public void Owner_is_who_makes_the_file()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.Write("source", Content.Random(5000));
        File.SetUnixFileMode(source, (UnixFileMode)0x1A4);
        place.GiveToUnprivileged();

        Unprivileged.Run(() => Reflink.Clone(source, place["copy"]));

        Kernel.Statx made = Handles.Stat(place["copy"]);
        Assert.Equal(((uint)Unprivileged.UserId, (uint)Unprivileged.UserId), (made.stx_uid, made.stx_gid));
    }

    [Theory]
    [InlineData(Preserve.None)]
    [InlineData(Preserve.Mode)]
    [InlineData(Preserve.Times)]
    [InlineData(Preserve.ExtendedAttributes)]
    [InlineData(Preserve.AccessControlLists)]
    [InlineData(Preserve.All)]
    public void Only_what_is_asked_for_is_taken_over(Preserve preserve)
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.Write("source", Content.Random(5000));
        SetAttribute(source, "user.text", [1]);
        Tool.Run("setfacl", "-m", "u:1234:rwx", source);
        File.SetUnixFileMode(source, (UnixFileMode)0x1FF);
        File.SetLastWriteTimeUtc(source, DateTime.UnixEpoch.AddDays(1));

        Reflink.Clone(source, place["copy"], new CloneOptions { Preserve = preserve });

        string copy = place["copy"];
        bool list = preserve.HasFlag(Preserve.AccessControlLists);
        Assert.Equal(preserve.HasFlag(Preserve.ExtendedAttributes), Attributes(copy).ContainsKey("user.text"));
        Assert.Equal(list, AccessControlList(copy).Contains("1234", StringComparison.Ordinal));
        Assert.Equal(preserve.HasFlag(Preserve.Times), File.GetLastWriteTimeUtc(copy) == DateTime.UnixEpoch.AddDays(1));
        // A list brings the permission bits along.
        if (preserve.HasFlag(Preserve.Mode) || list) Assert.Equal((UnixFileMode)0x1FF, File.GetUnixFileMode(copy));
        else Assert.Equal((UnixFileMode)(0x1B6 & ~Kernel.Umask()), File.GetUnixFileMode(copy));
    }

    static string AccessControlList(string path) => Tool.Run("getfacl", "--omit-header", "--absolute-names", "--numeric", path).Trim();

    static Dictionary<string, byte[]> Attributes(string path)
    {
        using SafeFileHandle file = Handles.Read(path);
        return NativeMetadata.Attributes((int)file.DangerousGetHandle(), static (name, error) => Assert.Fail($"{name}: {error}"))
            .Where(pair => !NativeMetadata.IsAccessControlList(pair.Name))
            .ToDictionary(pair => Encoding.UTF8.GetString(pair.Name), pair => pair.Value);
    }

    static void SetAttribute(string path, string name, byte[] value)
    {
        using SafeFileHandle file = Handles.Read(path);
        Errno error = NativeMetadata.SetAttribute((int)file.DangerousGetHandle(), Encoding.UTF8.GetBytes(name), value);
        Assert.True(error == Errno.None, $"{name} on {path}: {error}");
    }
}
