using System.CommandLine;
using Holotree.Cli.Output;
using Holotree.Cli.Settings;
using Holotree.Recording;
using Holotree.Spaces;

namespace Holotree.Cli.Commands;

/// <summary>Records a tree as a catalog.</summary>
internal sealed class RecordCommand : Verb
{
    readonly Argument<string> directory = new("DIR") { Description = "The folder to record, where it works: paths into it are found and will be rewritten" };
    readonly Option<string?> name = new("--name") { HelpName = "NAME", Description = "The catalog's name (default: the folder's)" };

    internal RecordCommand() : base("record", "Records a tree; again under the same name it makes a new generation.")
    {
        Arguments.Add(directory);
        Options.Add(name);
    }

    internal override IReadOnlyList<string> Examples =>
    [
        "holotree record .venv --name tools",
        "holotree record /opt/toolchain --json",
    ];

    internal override int Run(ParseResult parsed, Session session)
    {
        string from = FullPath(parsed.GetRequiredValue(directory), "DIR");
        var options = new RecordOptions { Name = parsed.GetValue(name), Workers = session.Workers, LockTimeout = session.LockTimeout };

        using var interruption = new Interruption();
        RecordReport report;
        using (var progress = ProgressBar.Start(session.Screen, "recording"))
            report = new Recorder(session.Home).Record(from, options, progress, interruption.Token);
        Print(RecordDocument.Of(report), session.Screen);

        // It has waited for the disk anyway.
        new SpaceStore(session.Home).Sync();
        return ExitCodes.Done;
    }

    static void Print(RecordDocument done, Screen screen)
    {
        if (screen.IsJson)
        {
            screen.Document(done, DocumentContext.Default.RecordDocument);
            return;
        }
        screen.Headline($"Recorded {done.Prefix} as {done.Name} in {Amounts.Time(done.ElapsedMilliseconds)}.");
        var details = new Details(screen);
        details.Say("catalog", Amounts.ShortId(done.Catalog));
        details.Say("holds", Details.Contents(done.Files, done.Directories, done.Symlinks, done.Bytes.Logical));
        details.Say("objects", $"{Amounts.Count(done.Objects.Added)} new ({Amounts.Bytes(done.Bytes.Added)}), {Amounts.Count(done.Objects.Known)} known");
        foreach ((string mechanism, long files) in done.Mechanisms.Used()) details.Say(mechanism, Amounts.Count(files, "object"));
        details.Say("names itself", $"in {Amounts.Count(done.Relocations.Files, "file")}, {Amounts.Count(done.Relocations.Places, "place")}");
        details.Say("read", Amounts.Count(done.Hashed, "file"));
        details.SayFallbacks(done.Fallbacks);
        details.SaySkipped(done.Skipped);
        details.SayNotPreserved(done.NotPreserved);
        screen.Next($"holotree init --catalog {done.Name} --space NAME");
    }
}
