using System.CommandLine;
using System.Runtime.CompilerServices;
using Holotree.Cli.Output;
using Holotree.Cli.Settings;
using Holotree.Library;
using Holotree.Spaces;

namespace Holotree.Cli.Commands;

/// <summary>Makes or refreshes a space from a catalog.</summary>
internal sealed class InitCommand : Verb
{
    readonly Argument<string?> blueprint = new("BLUEPRINT") { Arity = ArgumentArity.ZeroOrOne, Description = "What to build from; not in this version" };
    readonly Option<string?> catalog = new("--catalog") { HelpName = "REF", Description = "The catalog: name, id, or a unique start of the id (default: the space's own, or of its name, or the only one)" };
    readonly Option<string> space = new("--space") { HelpName = "NAME", Description = "The space's name", Required = true };
    readonly Option<bool> force = new("--force") { Description = "Replace the space if it exists, whatever was changed in it" };
    readonly Option<bool> dryRun = new("--dry-run") { Description = "Say what would be made, kept and removed, and do nothing" };
    readonly RestoreChoices choices = new();

    internal InitCommand() : base("init", "Makes a space, a live isolated copy of a recorded environment; or brings one back to it, touching only what differs.")
    {
        Arguments.Add(blueprint);
        Options.Add(catalog);
        Options.Add(space);
        choices.AddTo(this);
        Options.Add(force);
        Options.Add(dryRun);
    }

    internal override IReadOnlyList<string> Examples =>
    [
        "holotree init --catalog tools --space dev",
        "holotree init --catalog 9f3c --space dev --to /srv/dev --strategy reflink",
        "holotree init --catalog tools --space dev --dry-run       what has changed in it would be undone",
        "holotree init --space tools                             from the catalog of that name, or the only one",
    ];

    internal override int Run(ParseResult parsed, Session session)
    {
        string name = Word(parsed.GetRequiredValue(space), "--space");
        string reference = Reference(name, parsed, session);
        ForeignCatalog.Tell(reference, session);
        StrategyChoice choice = choices.Strategy(parsed, session);
        RestoreOptions options = choices.Read(parsed, session, choice, FullPath) with { Force = parsed.GetValue(force) };

        using var interruption = new Interruption();
        var store = new SpaceStore(session.Home);
        if (parsed.GetValue(dryRun))
        {
            Print(PreviewDocument.Of(store.Preview(name, reference, options, interruption.Token)), session.Screen);
            return ExitCodes.Done;
        }
        RestoreReport report;
        using (var progress = ProgressBar.Start(session.Screen, "restoring"))
            report = store.Restore(name, reference, options, progress, interruption.Token);
        string? unnoted = report.JournalFailure is { } why ? $"The journal has no line about this restore: {why}" : null;
        if (unnoted is not null) session.Screen.Warn(unnoted);
        Print(RestoreDocument.Of(report, choice) with { Warnings = unnoted is null ? session.Warnings : [.. session.Warnings ?? [], unnoted] }, session.Screen);
        SweepCommand.WhereLeft(store, session);
        StandbyCommand.After(report, session);
        return ExitCodes.Done;
    }

    string Reference(string name, ParseResult parsed, Session session)
    {
        if (parsed.GetValue(blueprint) is { } source)
        {
            throw new HolotreeException(HolotreeFailure.Unsupported, "blueprint-unsupported", "This version does not build environments from blueprints.")
            {
                Path = source,
                Hint = "Build it yourself, record it (holotree record DIR --name NAME), and give --catalog NAME.",
            };
        }
        if (parsed.GetValue(catalog) is { } named) return Word(named, "--catalog");
        var choice = CatalogChoice.For(name, session.Home);
        session.Screen.Say($"Using the catalog {Amounts.ShortId(choice.Reference)}: {choice.Reason}.");
        return choice.Reference;
    }

    /// <summary>Apart, so that what writes JSON is loaded only where JSON is asked for.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void PrintJson(PreviewDocument preview, Screen screen) => screen.Document(preview, DocumentContext.Default.PreviewDocument);

    /// <inheritdoc cref="PrintJson(PreviewDocument, Screen)"/>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void PrintJson(RestoreDocument done, Screen screen) => screen.Document(done, DocumentContext.Default.RestoreDocument);

    static void Print(PreviewDocument preview, Screen screen)
    {
        if (screen.IsJson)
        {
            PrintJson(preview, screen);
            return;
        }
        foreach (string path in preview.Remove) screen.Answer($"remove  {path}");
        foreach (string path in preview.Make) screen.Answer($"make    {path}");
        foreach (string path in preview.Adjust) screen.Answer($"adjust  {path}");
        screen.Headline($"Space {preview.Space} would be {preview.Mode} at {preview.Path}: {Amounts.Count(preview.Make.Count)} made, " +
            $"{Amounts.Count(preview.Adjust.Count)} adjusted, {Amounts.Count(preview.Remove.Count)} removed, {Amounts.Count(preview.Keep, "file")} kept.");
    }

    static void Print(RestoreDocument done, Screen screen)
    {
        if (screen.IsJson)
        {
            PrintJson(done, screen);
            return;
        }
        screen.Headline($"Space {done.Space} {done.Mode} at {done.Path} in {Amounts.Time(done.ElapsedMilliseconds)}.");
        RestoreSummary.Print(done, "the library", "read-only, under one inode with the library", screen);
    }
}
