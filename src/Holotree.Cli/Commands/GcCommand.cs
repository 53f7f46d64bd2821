using System.CommandLine;
using System.Globalization;
using Holotree.Cli.Output;
using Holotree.Cli.Settings;
using Holotree.Library;
using Holotree.Maintenance;
using Holotree.Spaces;

namespace Holotree.Cli.Commands;

/// <summary>Deletes the objects that no catalog refers to.</summary>
internal sealed class GcCommand : Verb
{
    readonly Option<bool> dryRun = new("--dry-run") { Description = "Say what would be deleted, and delete nothing" };
    readonly Option<string?> grace = new("--grace") { HelpName = "MINUTES", Description = "Keep objects that were stored within this time (default: 0)" };

    internal GcCommand() : base("gc", "Deletes objects, and trees laid out, that nothing refers to.")
    {
        Options.Add(dryRun);
        Options.Add(grace);
    }

    internal override IReadOnlyList<string> Examples =>
    [
        "holotree remove tools && holotree gc      the room that a catalog took",
        "holotree gc --dry-run                     how much there is to be had",
    ];

    internal override int Run(ParseResult parsed, Session session)
    {
        var options = new CollectionOptions
        {
            DryRun = parsed.GetValue(dryRun),
            Grace = GraceOf(parsed.GetValue(grace)),
            Workers = session.Workers,
            LockTimeout = session.LockTimeout,
        };
        using var interruption = new Interruption();
        if (!options.DryRun) new SpaceStore(session.Home).Sync();
        CollectionReport report = new GarbageCollector(session.Home).Run(options, interruption.Token);
        if (session.Screen.IsJson)
        {
            session.Screen.Document(CollectionDocument.Of(report), DocumentContext.Default.CollectionDocument);
        }
        else
        {
            string did = options.DryRun ? "Would delete" : "Deleted";
            session.Screen.Headline($"{did} {Amounts.Count(report.Removed, "object")} of {Amounts.Count(report.Objects)} ({Amounts.Bytes(report.Bytes)}) in {Amounts.Time((long)report.Elapsed.TotalMilliseconds)}.");
            if (report.Templates > 0) session.Screen.Say($"{did} {Amounts.Count(report.Templates, "template")} of catalogs that are gone.");
            if (report.Standby > 0) session.Screen.Say($"{did} {Amounts.Count(report.Standby, "space")} in waiting, of catalogs that are gone.");
            if (report.Foreign > 0) session.Screen.Say($"{Amounts.Count(report.Foreign, "object")} that nothing refers to belong to other users of this library, who alone can delete them.");
        }
        if (!options.DryRun) SweepCommand.WhereLeft(new SpaceStore(session.Home), session);
        return ExitCodes.Done;
    }

    static TimeSpan GraceOf(string? minutes)
    {
        if (minutes is null) return TimeSpan.Zero;
        if (double.TryParse(minutes, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number is >= 0 and <= 1e6) return TimeSpan.FromMinutes(number);
        throw new HolotreeException(HolotreeFailure.Invalid, "usage", $"--grace: '{minutes}' is no number of minutes.");
    }
}
