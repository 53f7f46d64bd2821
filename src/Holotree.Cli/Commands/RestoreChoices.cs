using System.CommandLine;
using Holotree.Cli.Settings;
using Holotree.Spaces;

namespace Holotree.Cli.Commands;

/// <summary>How and where a space is made: the options that all commands share which make one.</summary>
internal sealed class RestoreChoices
{
    readonly Option<string?> destination = new("--to") { HelpName = "DIR", Description = "Make the space at exactly this path (default: in the home)" };
    readonly Option<string?> strategy = StrategyChoice.CreateOption();
    readonly Option<bool> strict = new("--strict") { Description = "Make nothing where a file does not work at the space's path (exit code 4)" };
    readonly Option<string?> verify = Choice.CreateOption("--verify", ["seal", "full"], "Hash an object only where its seal is broken (seal, the default), or always (full)");

    internal void AddTo(Command command)
    {
        command.Options.Add(destination);
        command.Options.Add(strategy);
        command.Options.Add(strict);
        command.Options.Add(verify);
    }

    internal StrategyChoice Strategy(ParseResult parsed, Session session) => StrategyChoice.Find(parsed.GetValue(strategy), session.Settings);

    internal RestoreOptions Read(ParseResult parsed, Session session, StrategyChoice choice, Func<string, string, string> fullPath) => new()
    {
        Strategy = choice.Strategy,
        Destination = parsed.GetValue(destination) is { } to ? fullPath(to, "--to") : null,
        Strict = parsed.GetValue(strict),
        VerifyFull = parsed.GetValue(verify) == "full",
        HardLinkExcludes = session.HardLinkExcludes,
        Workers = session.Workers,
        LockTimeout = session.LockTimeout,
    };
}
