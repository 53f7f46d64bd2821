using Xunit;

namespace TestKit;

/// <summary>What only root may do: a test that stages it says so and skips where the tests are run by an ordinary user.</summary>
public static class Root
{
    private static readonly string[] Programs = ["mount", "umount", "mknod", "chown", "chgrp", "setcap", "mkfs.btrfs", "losetup"];

    /// <summary>Whether the tests are run by root.</summary>
    public static bool IsHere => OperatingSystem.IsLinux() && Native.GetEffectiveUser() == 0;

    /// <summary>Skips the test unless it is run by root.</summary>
    /// <param name="what">What root is needed for.</param>
    public static void IsNeededFor(string what)
    {
        if (!IsHere) Assert.Skip($"Only root may do this: {what}.");
    }

    /// <summary>Skips the test where this command line would be refused to whoever runs it.</summary>
    public static void IsNeededToRun(string program, params ReadOnlySpan<string> arguments)
    {
        bool locks = program == "chattr" && arguments is [var flag, ..] && (flag.Contains('i', StringComparison.Ordinal) || flag.Contains('a', StringComparison.Ordinal));
        bool isTrusted = program == "setfattr" && arguments.ToArray().Any(static word => word.StartsWith("trusted.", StringComparison.Ordinal) || word.StartsWith("security.", StringComparison.Ordinal));
        bool isAdministration = program == "btrfs" && arguments is ["quota", ..] or ["subvolume", "show", ..];
        if (locks || isTrusted || isAdministration || Programs.Contains(program)) IsNeededFor($"{program} {string.Join(' ', arguments)}");
    }
}
