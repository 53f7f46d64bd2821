using System.CommandLine;
using Holotree.Cli.Output;
using Holotree.Cli.Settings;
using Holotree.Library;
using Holotree.Spaces;

namespace Holotree.Cli.Commands;

/// <summary>Makes or refreshes a space from a catalog.</summary>
internal sealed class InitCommand : Verb
{
    readonly Argument<string?> blueprint = new("BLUEPRINT") { Arity = ArgumentArity.ZeroOrOne, Description = "What to build from; not in this version" };
    readonly Option<string?> catalog = new("--catalog") { HelpName = "REF", Description = "The catalog: its name, its id, or a unique start of the id" };
    readonly Option<string> space = new("--space") { HelpName = "NAME", Description = "The space's name", Required = true };
    readonly Option<string?> destination = new("--to") { HelpName = "DIR", Description = "Make the space at exactly this path (default: in the home)" };
    readonly Option<string?> strategy = StrategyChoice.CreateOption();
    readonly Option<bool> force = new("--force") { Description = "Replace the space if it exists, whatever was changed in it" };
    readonly Option<bool> strict = new("--strict") { Description = "Make nothing where a file does not work at the space's path (exit code 4)" };
    readonly Option<string?> verify = Choice.CreateOption("--verify", ["seal", "full"], "Hash an object only where its seal is broken (seal, the default), or always (full)");

    internal InitCommand() : base("init", "Makes a space: a live, isolated copy of a recorded environment.")
    {
        Arguments.Add(blueprint);
        Options.Add(catalog);
        Options.Add(space);
        Options.Add(destination);
        Options.Add(strategy);
        Options.Add(force);
        Options.Add(strict);
        Options.Add(verify);
    }

    internal override IReadOnlyList<string> Examples =>
    [
        "holotree init --catalog tools --space dev",
        "holotree init --catalog 9f3c --space dev --to /srv/dev --strategy reflink",
    ];

    internal override int Run(ParseResult parsed, Session session)
    {
        string reference = Reference(parsed.GetValue(blueprint), parsed.GetValue(catalog));
        string name = Word(parsed.GetRequiredValue(space), "--space");
        StrategyChoice choice = StrategyChoice.Find(parsed.GetValue(strategy), session.Settings);
        var options = new RestoreOptions
        {
            Strategy = choice.Strategy,
            Destination = parsed.GetValue(destination) is { } to ? FullPath(to, "--to") : null,
            Force = parsed.GetValue(force),
            Strict = parsed.GetValue(strict),
            VerifyFull = parsed.GetValue(verify) == "full",
            HardLinkExcludes = session.Settings().HardLinkExcludes ?? RestoreOptions.DefaultHardLinkExcludes,
            Workers = session.Workers,
            LockTimeout = Session.LockTimeout,
        };

        using var interruption = new Interruption();
        RestoreReport report;
        using (var progress = ProgressBar.Start(session.Screen, "restoring"))
            report = new SpaceStore(session.Home).Restore(name, reference, options, progress, interruption.Token);
        Print(RestoreDocument.Of(report, choice) with { Warnings = session.Warnings }, session.Screen);
        return ExitCodes.Done;
    }

    string Reference(string? blueprint, string? catalog)
    {
        if (catalog is not null && blueprint is null) return Word(catalog, "--catalog");
        if (blueprint is null)
            throw new HolotreeException(HolotreeFailure.Invalid, "usage", "--catalog is missing.") { Hint = "holotree catalogs lists what was recorded." };
        throw new HolotreeException(HolotreeFailure.Unsupported, "blueprint-unsupported", "This version does not build environments from blueprints.")
        {
            Path = blueprint,
            Hint = "Build it yourself, record it (holotree record DIR --name NAME), and give --catalog NAME.",
        };
    }

    static void Print(RestoreDocument done, Screen screen)
    {
        if (screen.IsJson)
        {
            screen.Document(done, DocumentContext.Default.RestoreDocument);
            return;
        }
        screen.Headline($"Space {done.Space} {done.Mode} at {done.Path} in {Amounts.Time(done.ElapsedMilliseconds)}.");
        RestoreSummary.Print(done, "the library", "read-only, under one inode with the library", screen);
    }
}
