namespace TestKit;

/// <summary>One of two ordinary users who are in a group together, running the program and others. Needs root.</summary>
/// <param name="user">The user's number, which is that of a group of his own too.</param>
/// <param name="program">A copy of the program that he can read.</param>
/// <param name="home">The home that the group shares.</param>
public sealed class Member(int user, string program, string home)
{
    /// <summary>The group of both.</summary>
    public const int Group = 61000;

    readonly Cli cli = new(home) { Program = "setpriv", WorkingDirectory = "/" };

    /// <summary>The user's number.</summary>
    public int User { get; } = user;

    /// <summary>Variables to set, on top of the clean environment.</summary>
    public Dictionary<string, string?> Environment => cli.Environment;

    /// <summary>Runs the program to its end.</summary>
    public CliResult Run(params string[] words) => Do([program, .. words]);

    /// <summary>With the umask that users have who trust nobody.</summary>
    public CliResult RunClosed(params string[] words) => Do(["sh", "-c", "umask 077; exec \"$@\"", "sh", program, .. words]);

    /// <summary>With the umask of users whose group is their own.</summary>
    public CliResult RunOpen(params string[] words) => Do(["sh", "-c", "umask 002; exec \"$@\"", "sh", program, .. words]);

    /// <summary>Runs a script of sh(1).</summary>
    public CliResult Shell(string script) => Do(["sh", "-c", script]);

    /// <summary>Starts the program and does not wait for it.</summary>
    public System.Diagnostics.Process Start(params string[] words) => cli.Start(As([program, .. words]));

    CliResult Do(string[] words) => cli.Run(As(words));

    string[] As(string[] words) => [$"--reuid={User}", $"--regid={User}", $"--groups={Group}", "--", .. words];
}
