using TestKit;

namespace Holotree.Cli.Tests;

/// <summary>One of two ordinary users who are in a group together, running the program and others.</summary>
/// <param name="user">The user's number, which is that of a group of his own too.</param>
/// <param name="program">A copy of the program that he can read.</param>
/// <param name="home">The home that the group shares.</param>
internal sealed class Member(int user, string program, string home)
{
    /// <summary>The group of both.</summary>
    internal const int Group = 61000;

    readonly TestKit.Cli cli = new(home) { Program = "setpriv", WorkingDirectory = "/" };

    internal int User { get; } = user;

    internal CliResult Run(params string[] words) => Do([program, .. words]);

    /// <summary>With the umask that users have who trust nobody.</summary>
    internal CliResult RunClosed(params string[] words) => Do(["sh", "-c", "umask 077; exec \"$@\"", "sh", program, .. words]);

    /// <summary>With the umask of users whose group is their own.</summary>
    internal CliResult RunOpen(params string[] words) => Do(["sh", "-c", "umask 002; exec \"$@\"", "sh", program, .. words]);

    internal CliResult Shell(string script) => Do(["sh", "-c", script]);

    CliResult Do(string[] words) =>
        cli.Run([$"--reuid={User}", $"--regid={User}", $"--groups={Group}", "--", .. words]);
}
