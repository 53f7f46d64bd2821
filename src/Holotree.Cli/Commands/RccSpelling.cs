using System.CommandLine;

namespace Holotree.Cli.Commands;

/// <summary>
/// How rcc spells options, for scripts that call this program under that name: other names for options that there are, and
/// options that mean nothing here and are harmless to leave aside. One that would change what is done is not accepted.
/// </summary>
internal static class RccSpelling
{
    static readonly Dictionary<string, string[]> OtherNames = new(StringComparer.Ordinal)
    {
        ["--quiet"] = ["--silent"],
        ["--verbose"] = ["--debug", "--trace"],
        ["--json"] = ["-j"],
        ["--space"] = ["-s"],
        ["--force"] = ["-f"],
        ["--task"] = ["-t"],
    };

    /// <summary>Who calls and why, and how rcc shall log.</summary>
    static readonly string[] WithValue = ["--controller", "--tag", "--anything"], WithoutValue = ["--bundled", "--robocorp", "--numbers", "--timeline", "--no-retry-build"];

    /// <summary>Adds the spellings to the options that a command has, and to the program itself what means nothing here.</summary>
    internal static void AddTo(Command command)
    {
        foreach (Option option in command.Options)
        {
            foreach (string other in OtherNames.GetValueOrDefault(option.Name, [])) option.Aliases.Add(other);
        }
        if (command is Verb) return;
        foreach (string name in WithValue) command.Options.Add(new Option<string?>(name) { Recursive = true, Hidden = true, HelpName = "TEXT" });
        foreach (string name in WithoutValue) command.Options.Add(new Option<bool>(name) { Recursive = true, Hidden = true });
    }
}
