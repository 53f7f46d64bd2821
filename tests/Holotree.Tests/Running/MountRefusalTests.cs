using System.Runtime.Versioning;

namespace Holotree.Tests.Running;

/// <summary>Where the system does not let a command have a mount of its own, that is said, nothing is run, and nothing is left.</summary>
[SupportedOSPlatform("linux")]
public sealed class MountRefusalTests
{
    [Fact]
    public void No_user_namespaces_is_told()
    {
        using var place = new RunPlace(new TemporaryFolder(), asUser: true);
        Tool.Need("unshare");

        // The limit of a namespace made for this holds in it and below, nowhere else.
        AssertRefused(place, "cannot make a user namespace: No space left on device (ENOSPC, 28)\n",
            "unshare", "--user", "--map-current-user", "--keep-caps", "sh", "-c", "echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --inh-caps=-all --ambient-caps=-all -- \"$@\"", "sh");
    }

    [Theory]
    [InlineData("EPERM", "Operation not permitted (EPERM, 1)")]
    [InlineData("EACCES", "Permission denied (EACCES, 13)")]
    [InlineData("ENOSYS", "Function not implemented (ENOSYS, 38)")]
    public void A_refused_mount_is_told(string error, string words)
    {
        Root.IsNeededFor("a mount without a user namespace");
        using var place = new RunPlace(new TemporaryFolder(), asUser: false);

        AssertRefused(place, $"cannot keep mounts private: {words}\n", Strace($"mount:error={error}:when=1"));
        AssertRefused(place, $"cannot mount an overlay: {words}\n", Strace($"mount:error={error}:when=2"));
    }

    [Fact]
    public void A_user_namespace_in_which_nothing_is_allowed_is_told()
    {
        using var place = new RunPlace(new TemporaryFolder(), asUser: true);

        // What a security module does that lets ordinary users make namespaces and lets nobody use them.
        AssertRefused(place, "cannot keep mounts private: Permission denied (EACCES, 13)\n", Strace("mount:error=EACCES"));
    }

    [Fact]
    public void A_home_where_no_overlay_can_write_is_told()
    {
        using var place = new RunPlace(TestVolumes.Overlay.Folder(), asUser: false);

        AssertRefused(place, "cannot mount an overlay: Invalid argument (EINVAL, 22)\n", "env");
    }

    [Fact]
    public void A_tree_of_another_group_is_told_as_its_files_could_not_be_changed()
    {
        using var place = new RunPlace(new TemporaryFolder(), asUser: true);
        Tool.Run("chgrp", "-R", "1234", place.Tree);

        AssertRefused(place, "cannot change files of another user or group in a user namespace: Value too large for defined data type (EOVERFLOW, 75)\n", "env");
    }

    [Fact]
    public void A_mount_point_that_is_not_there_is_told()
    {
        using var place = new RunPlace(new TemporaryFolder(), asUser: true);
        Directory.Delete(place.Mount);

        AssertRefused(place, "cannot mount an overlay: No such file or directory (ENOENT, 2)\n", "env");
    }

    static string[] Strace(string injection)
    {
        Tool.Need("strace");
        return ["strace", "-f", "-qqq", "-o", "/dev/null", "-e", $"inject={injection}", "--"];
    }

    static void AssertRefused(RunPlace place, string words, params string[] starter)
    {
        (int Code, string Output, string Errors) end = place.RunBy(starter, "sh", "-c", "echo it runs");

        Assert.Equal((RunPlace.Refused, string.Empty, words), end);
        Assert.Empty(place.Runs);
    }
}
