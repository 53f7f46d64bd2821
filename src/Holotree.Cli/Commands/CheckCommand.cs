using System.CommandLine;
using Holotree.Cli.Output;
using Holotree.Cli.Settings;
using Holotree.Maintenance;

namespace Holotree.Cli.Commands;

/// <summary>Verifies everything in the home; heals what can be healed.</summary>
internal sealed class CheckCommand : Verb
{
    readonly Option<bool> repair = new("--repair") { Description = "Heal damaged and missing objects from whole copies, set broken seals again" };

    internal CheckCommand() : base("check", "Verifies catalogs, objects, spaces and templates by reading everything.") => Options.Add(repair);

    internal override IReadOnlyList<string> Examples =>
    [
        "holotree check                 exit code 6 where damage is found",
        "holotree check --repair        exit code 0 where all of it could be put right",
    ];

    internal override int Run(ParseResult parsed, Session session)
    {
        var options = new CheckOptions { Repair = parsed.GetValue(repair), Workers = session.Workers, LockTimeout = session.LockTimeout };
        using var interruption = new Interruption();
        CheckReport report;
        using (var progress = ProgressBar.Start(session.Screen, "checking"))
            report = new LibraryCheck(session.Home).Run(options, progress, interruption.Token);

        if (session.Screen.IsJson) session.Screen.Document(CheckDocument.Of(report), DocumentContext.Default.CheckDocument);
        else Print(report, options.Repair, session.Screen);
        return report.IsSound ? ExitCodes.Done : ExitCodes.Damaged;
    }

    static void Print(CheckReport report, bool repaired, Screen screen)
    {
        long wrong = report.Damaged.Count + report.Missing.Count;
        screen.Headline($"{(wrong == 0 ? "No damage" : $"Found damage in {Amounts.Count(wrong, "place")}")}: read {Amounts.Count(report.Catalogs, "catalog")}, " +
            $"{Amounts.Count(report.Objects, "object")} ({Amounts.Bytes(report.Bytes)}) and {Amounts.Count(report.Spaces, "space")} " +
            $"in {Amounts.Time((long)report.Elapsed.TotalMilliseconds)}.");
        foreach (Damage damage in report.Damaged) screen.Answer($"  damaged      {damage.Path}: {damage.Reason}{Needed(damage)}");
        foreach (Damage missing in report.Missing) screen.Answer($"  missing      {missing.Path}{Needed(missing)}");
        PrintRest(report, screen);
        if (wrong == 0) return;
        string remedy = repaired
            ? "What is left: record the environment again, which stores its objects anew; make a space anew (holotree init, with --force for all of it); take away a damaged catalog (holotree remove)."
            : "holotree check --repair heals what it finds a whole copy of, and takes away what can be made again.";
        screen.Warn(remedy);
    }

    static void PrintRest(CheckReport report, Screen screen)
    {
        var details = new Details(screen);
        details.SayList("healed", report.Healed, static healed => $"{healed.Name} from {healed.From}");
        details.SayList("mended", report.Mended, static mended => $"{mended.Path}: {mended.Reason}; it was written anew, or deleted to be made again when it is needed");
        details.SayList("unusable", report.Unusable, static unusable => $"{unusable.Path}: {unusable.Reason}; it only saves work");
        if (report.Resealed > 0) details.Say("sealed", $"{Amounts.Count(report.Resealed, "object")} with the right content again");
        if (report.Unsealed > 0) details.Say("unsealed", $"{Amounts.Count(report.Unsealed, "object")} with the right content and another mode or time; --repair seals them again");
        foreach (SpaceChanges space in report.Changed)
        {
            string unverified = space.Unverified > 0 ? $", {Amounts.Count(space.Unverified)} not verified" : string.Empty;
            details.Say("in use", $"space {space.Space}: {Amounts.Count(space.Changed)} changed, {Amounts.Count(space.Removed)} removed{unverified}; for example {space.Example}");
        }
        foreach (SkippedSpace space in report.Skipped) screen.Warn($"The space {space.Space} was not verified: {space.Reason}.");
        if (report.Unreferenced.Objects > 0)
            details.Say("unused", $"{Amounts.Count(report.Unreferenced.Objects, "object")} ({Amounts.Bytes(report.Unreferenced.Bytes)}) that no catalog lists");
        details.SayList("strange", report.Strange, static path => path);
        if (report.Incoming > 0) details.Say("incoming", $"{Amounts.Count(report.Incoming, "thing")} of a recording at work, or of one that died: the next one takes them away");
        if (report.Quarantined > 0) details.Say("set aside", $"{Amounts.Count(report.Quarantined, "object")} in the library's quarantine");
    }

    static string Needed(Damage damage) => damage.ObjectName is null ? string.Empty
        : damage.Catalogs.Count == 0 ? " (no catalog needs it)"
        : $" (needed by {string.Join(", ", damage.Catalogs.Select(Amounts.ShortId))})";
}
