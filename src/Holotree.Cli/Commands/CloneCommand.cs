using System.CommandLine;
using System.Diagnostics;
using Holotree.Cli.Output;
using Holotree.Cli.Settings;
using Holotree.Library;
using Holotree.Spaces;
using Reflinks.Files;
using Reflinks.Trees;

namespace Holotree.Cli.Commands;

/// <summary>Clones a file or a whole tree to exactly the destination.</summary>
internal sealed class CloneCommand : Verb
{
    readonly Argument<string> source = new("SOURCE") { Description = "The file or folder to clone" };
    readonly Argument<string> destination = new("DEST") { Description = "What to make of it: exactly this path, in an existing folder" };
    readonly Option<string?> strategy = StrategyChoice.CreateOption();
    readonly Option<string[]> include = new("--include") { HelpName = "GLOB", Description = "Take only the files that match (may be repeated)" };
    readonly Option<string[]> exclude = new("--exclude") { HelpName = "GLOB", Description = "Leave out files and folders that match (may be repeated)" };
    readonly Option<bool> relocate = new("--relocate") { Description = "Write the new path where files name the old one" };
    readonly Option<bool> strict = new("--strict") { Description = "With --relocate: make nothing where a file does not work at the new path (exit code 4)" };
    readonly Option<bool> overwrite = new("--overwrite") { Description = "Replace the destination in one step, as a whole" };

    internal CloneCommand() : base("clone", "Clones a file or a whole tree, by sharing its blocks where that works.")
    {
        Arguments.Add(source);
        Arguments.Add(destination);
        Options.Add(strategy);
        Options.Add(relocate);
        Options.Add(strict);
        Options.Add(include);
        Options.Add(exclude);
        Options.Add(overwrite);
    }

    internal override IReadOnlyList<string> Examples =>
    [
        "holotree clone node_modules /tmp/experiment/node_modules",
        "holotree clone project copy --exclude .git --exclude '**/*.log'",
        "holotree clone .venv /srv/venv --relocate               scripts in it run from the new place",
        "holotree clone disk.img copy.img --strategy reflink     share blocks or fail (exit code 4)",
    ];

    internal override int Run(ParseResult parsed, Session session)
    {
        string from = FullPath(parsed.GetRequiredValue(source), "SOURCE"), to = FullPath(parsed.GetRequiredValue(destination), "DEST");
        StrategyChoice choice = StrategyChoice.Find(parsed.GetValue(strategy), session.Settings);
        var options = new TreeCloneOptions
        {
            Strategy = StrategyOf(choice.Strategy),
            Overwrite = parsed.GetValue(overwrite),
            Include = parsed.GetValue(include) ?? [],
            Exclude = parsed.GetValue(exclude) ?? [],
            Workers = session.Workers,
        };
        FileAttributes? kind = PathKind.Of(from);
        bool isTree = kind is { } there && there.HasFlag(FileAttributes.Directory), relocated = parsed.GetValue(relocate);
        if (kind is null) throw new HolotreeException(HolotreeFailure.NotFound, "source-missing", $"There is no '{from}'.") { Path = from };
        Check(from, to, isTree, relocated, options);
        bool strictly = parsed.GetValue(strict);
        if (strictly && !relocated)
            throw new HolotreeException(HolotreeFailure.Invalid, "usage", "--strict is about paths written into files and needs --relocate.");

        using var interruption = new Interruption();
        RestoreDocument done = isTree
            ? CloneTree(from, to, choice, relocated, strictly, options, session.Screen, interruption.Token)
            : CloneFile(from, to, choice, options, interruption.Token);
        Print(done with { Warnings = session.Warnings }, from, session.Screen);
        return ExitCodes.Done;
    }

    static TreeStrategy StrategyOf(Strategy strategy) => strategy switch
    {
        Strategy.Reflink => TreeStrategy.Reflink,
        Strategy.HardLink => TreeStrategy.HardLink,
        Strategy.Copy => TreeStrategy.Copy,
        Strategy.Smart => TreeStrategy.ReflinkOrCopy,
        _ => throw new HolotreeException(HolotreeFailure.Unsupported, "snapshot-unsupported", "A clone is not made by a snapshot in this version.")
        {
            Hint = "Use --strategy smart or reflink.",
        },
    };

    static void Check(string from, string to, bool isTree, bool relocated, TreeCloneOptions options)
    {
        if (!isTree && (relocated || options.Include.Count + options.Exclude.Count > 0))
            throw new HolotreeException(HolotreeFailure.Invalid, "usage", $"--include, --exclude and --relocate are for folders, and '{from}' is a file.") { Path = from };
        if (!isTree && PathKind.IsFolder(to) && new DirectoryInfo(to).LinkTarget is null)
        {
            throw new HolotreeException(HolotreeFailure.Exists, "destination-exists", $"'{to}' is a folder, and a file does not replace one.")
            {
                Path = to,
                Hint = $"Name the file to make in it: {Path.Join(to, Path.GetFileName(from))}.",
            };
        }
        if (!options.Overwrite && (PathKind.Of(to) is not null || new FileInfo(to).LinkTarget is not null))
            throw new HolotreeException(HolotreeFailure.Exists, "destination-exists", $"'{to}' exists.") { Path = to, Hint = Advice.Overwrite };
        if (Path.GetDirectoryName(to) is { } parent && !PathKind.IsFolder(parent))
        {
            throw new HolotreeException(HolotreeFailure.Failed, "destination-folder-missing", $"There is no folder '{parent}' to make '{Path.GetFileName(to)}' in.")
            {
                Path = parent,
                Hint = OperatingSystem.IsWindows() ? "Make it first: mkdir." : "Make it first: mkdir -p.",
            };
        }
    }

    static RestoreDocument CloneTree(
        string from, string to, StrategyChoice choice, bool relocated, bool strict, TreeCloneOptions options, Screen screen, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            using var progress = ProgressBar.Start(screen, "cloning");
            (TreeReport report, RelocationCounts? relocation) = relocated
                ? RelocatingCloner.Clone(from, to, options, strict, progress, cancellation)
                : (TreeCloner.Clone(from, to, options, progress, cancellation), null);
            return RestoreDocument.Of(report, relocation, to, choice, Stopwatch.GetElapsedTime(start));
        }
        catch (ArgumentException within) when (within.ParamName == "destination")
        {
            throw new HolotreeException(HolotreeFailure.Invalid, "clone-into-itself", $"'{from}' and '{to}' lie in one another.", within) { Path = to };
        }
    }

    static RestoreDocument CloneFile(string from, string to, StrategyChoice choice, TreeCloneOptions tree, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        var options = new CloneOptions { Overwrite = tree.Overwrite };
        CopyOutcome outcome = choice.Strategy switch
        {
            Strategy.Reflink => Reflink.Clone(from, to, options),
            Strategy.Copy => Reflink.Copy(from, to, options, cancellation),
            Strategy.HardLink => throw new HolotreeException(
                HolotreeFailure.Unsupported, "hardlink-unsupported", "A single file is not cloned by a hard link.")
            {
                Path = from,
                Hint = "ln makes a hard link; --strategy smart makes a clone.",
            },
            _ => Reflink.CloneOrCopy(from, to, options, cancellation),
        };
        return RestoreDocument.Of(outcome, to, choice, Stopwatch.GetElapsedTime(start));
    }

    static void Print(RestoreDocument done, string from, Screen screen)
    {
        if (screen.IsJson)
        {
            screen.Document(done, DocumentContext.Default.RestoreDocument);
            return;
        }
        screen.Headline($"Cloned {from} to {done.Path} in {Amounts.Time(done.ElapsedMilliseconds)}.");
        RestoreSummary.Print(done, "the source", "a change to one is a change to both", screen);
    }
}
