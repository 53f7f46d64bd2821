using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.Versioning;
using System.Text;
using Holotree.Activation;
using Holotree.Catalogs;
using Holotree.Cli.Blueprints;
using Holotree.Cli.Output;
using Holotree.Cli.Settings;
using Holotree.Library;
using Holotree.Running;
using Holotree.Spaces;

namespace Holotree.Cli.Commands;

/// <summary>Runs a command in a space, which is made first where it has to be.</summary>
internal sealed class RunCommand : Verb
{
    readonly Argument<string?> blueprint = new("BLUEPRINT") { Arity = ArgumentArity.ZeroOrOne, Description = "A file of tasks (robot.yaml, holotree.yaml) or its folder" };
    readonly Argument<string[]> command = new("COMMAND") { Arity = ArgumentArity.ZeroOrMore, Description = "Behind --: the command and its arguments" };
    readonly Option<string?> catalog = new("--catalog") { HelpName = "REF", Description = "Make the space from this catalog, unless it is there already" };
    readonly Option<string?> task = new("--task") { HelpName = "T", Description = "The task of the blueprint to run (default: its only one)" };
    readonly Option<string?> robot = new("--robot", "-r") { HelpName = "FILE", Description = "The same as BLUEPRINT" };
    readonly Option<bool> ephemeral = new("--ephemeral") { Description = "Make a space for this command alone and take it away after" };
    readonly SpaceOption space;
    readonly RestoreChoices choices = new();

    internal RunCommand(bool asRcc) : base("run", "Runs a command in a space, with the space's variables.")
    {
        space = new SpaceOption(asRcc);
        Arguments.Add(blueprint);
        Arguments.Add(command);
        Options.Add(catalog);
        Options.Add(space);
        Options.Add(task);
        if (asRcc) Options.Add(robot);
        Options.Add(ephemeral);
        choices.AddTo(this);
    }

    internal override IReadOnlyList<string> Examples =>
    [
        "holotree run --space dev -- python -m pytest",
        "holotree run --catalog tools --space dev -- make          makes the space if it is not there",
        "holotree run --catalog tools --ephemeral -- sh            a space for this one shell",
        "holotree run --space dev --task test                      a task of holotree.yaml or robot.yaml in this folder",
    ];

    internal override int Run(ParseResult parsed, Session session)
    {
        Job job = JobOf(parsed);
        foreach (string warning in job.Blueprint?.Warnings ?? []) session.Screen.Warn(warning);
        StrategyChoice choice = choices.Strategy(parsed, session);
        RestoreOptions options = choices.Read(parsed, session, choice, FullPath);
        string? reference = parsed.GetValue(catalog) is { } given ? Word(given, "--catalog") : null;
        if (reference is not null) ForeignCatalog.Tell(reference, session);
        return parsed.GetValue(ephemeral)
            ? RunEphemeral(job, reference, parsed.GetValue(space), options, choice, session)
            : RunIn(job, reference, parsed, options, choice, session);
    }

    /// <summary>Becomes the command, so that nothing stands between it and the caller; where a process cannot do that, waits for it.</summary>
    int RunIn(Job job, string? reference, ParseResult parsed, RestoreOptions options, StrategyChoice choice, Session session)
    {
        var store = new SpaceStore(session.Home);
        if (job.Blueprint is { } unbuilt && reference is null && (space.Given(parsed) is not { } known || store.Find(known) is null)) throw NotBuilt(unbuilt);
        string name = space.NameOf(parsed, store);
        SpaceUse use;
        using (var interruption = new Interruption())
        {
            use = reference is null
                ? store.Use(name, session.LockTimeout, interruption.Token)
                : UseOf(reference, name, store, options, choice, session, interruption.Token);
            interruption.Token.ThrowIfCancellationRequested();
        }
        using (use)
        {
            SpaceCommand ready = Prepare(job, use.Space, null, session);
            session.Screen.Flush();
            if (!OperatingSystem.IsLinux()) return AttendedCommand.Run(ready);
            CommandRunner.Become(ready, use);
        }
        return ExitCodes.Failed;
    }

    /// <summary>Takes a space into use that is as the catalog says, and makes it where it is not.</summary>
    static SpaceUse UseOf(string reference, string name, SpaceStore store, RestoreOptions options, StrategyChoice choice, Session session, CancellationToken cancellation)
    {
        string wanted = new CatalogStore(session.Home).Find(reference).Id;
        bool Fits(SpaceInfo? found) =>
            found is { Complete: true } or { InDoubt: true } && found.Catalog == wanted && (options.Destination is null || options.Destination == found.Path);
        while (true)
        {
            RestoreReport? made = null;
            if (!Fits(store.Find(name)))
            {
                using (var progress = ProgressBar.Start(session.Screen, "restoring"))
                    made = store.Restore(name, reference, options, progress, cancellation);
                Tell(made, choice, session.Screen);
            }
            SpaceUse use = store.Use(name, session.LockTimeout, cancellation);
            // What was just made fits, also where --to names its place by another path.
            if (Fits(use.Space) || (made is not null && made.Path == use.Space.Path && use.Space.Catalog == wanted)) return use;

            // Somebody made another one of it in between.
            use.Dispose();
        }
    }

    /// <summary>Standard output is the command's, so only what must not go unsaid is said, on standard error.</summary>
    static void Tell(RestoreReport made, StrategyChoice choice, Screen screen)
    {
        RestoreSummary.WarnOfWhatDoesNotWork(RestoreDocument.Of(made, choice), screen);
        if (made.JournalFailure is { } why) screen.Warn($"The journal has no line about this restore: {why}");
    }

    /// <summary>Stays beside the command, to take its space away.</summary>
    static int RunEphemeral(Job job, string? reference, string? name, RestoreOptions options, StrategyChoice choice, Session session)
    {
        if (reference is null)
        {
            if (job.Blueprint is { } unbuilt) throw NotBuilt(unbuilt);
            throw new HolotreeException(HolotreeFailure.Invalid, "usage", "--ephemeral needs --catalog: what shall the space be made from?")
            {
                Hint = "holotree catalogs lists what was recorded.",
            };
        }

        // A space is what was asked for where it is to have a name, a place or a certain make.
        if (!OperatingSystem.IsLinux()) return RunAttended(job, reference, name, options, choice, session);
        if (name is null && options is { Destination: null, VerifyFull: false, Strategy: Strategy.Smart } && RunMounted(job, reference, options, session) is { } code) return code;

        SpaceUse use;
        Supervision supervision;
        using (var interruption = new Interruption())
        {
            use = MakeEphemeral(name, reference, options, session, interruption.Token);
            supervision = new Supervision();
        }
        if (use.Made is { } made) Tell(made, choice, session.Screen);
        CommandEnd end;
        using (supervision)
        {
            try
            {
                end = supervision.Run(Prepare(job, use.Space, null, session), use);
            }
            finally
            {
                TakeAway(use, session);
            }
        }
        session.Screen.Flush();
        if (end.Signal != 0) CommandRunner.DieOf(end.Signal);
        return end.ExitCode;
    }

    /// <summary>The same on systems that know nothing of mounts of one's own and of processes that become others.</summary>
    static int RunAttended(Job job, string reference, string? name, RestoreOptions options, StrategyChoice choice, Session session)
    {
        SpaceUse use;
        using (var interruption = new Interruption()) use = MakeEphemeral(name, reference, options, session, interruption.Token);
        if (use.Made is { } made) Tell(made, choice, session.Screen);
        try
        {
            return AttendedCommand.Run(Prepare(job, use.Space, null, session));
        }
        finally
        {
            TakeAway(use, session);
            session.Screen.Flush();
        }
    }

    static SpaceUse MakeEphemeral(string? name, string reference, RestoreOptions options, Session session, CancellationToken cancellation)
    {
        using var progress = ProgressBar.Start(session.Screen, "restoring");
        return new SpaceStore(session.Home).MakeEphemeral(name, reference, options, progress, cancellation);
    }

    static void TakeAway(SpaceUse use, Session session)
    {
        try
        {
            use.End();
            SweepCommand.AfterDeleting(new SpaceStore(session.Home), use.Space.Files, session);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // How the command ended is what the caller wants to know.
            session.Screen.Warn($"The space {use.Space.Space} could not be taken away: {refused.Message} The next command tries again.");
        }
    }

    /// <summary>Stays beside a command that has a tree mounted for itself alone.</summary>
    /// <returns>Its exit code; null where the system does not allow that, which has been said.</returns>
    [SupportedOSPlatform("linux")]
    static int? RunMounted(Job job, string reference, RestoreOptions options, Session session)
    {
        LowerTree tree;
        Supervision supervision;
        using (var interruption = new Interruption())
        {
            using (var progress = ProgressBar.Start(session.Screen, "restoring"))
                tree = new SpaceStore(session.Home).UseLower(reference, options, progress, interruption.Token);
            supervision = new Supervision();
        }
        if (tree.LaidOut is { } relocated) RestoreSummary.WarnOfPaths(RelocatedDocument.Of(relocated), tree.MountPath, session.Screen);
        CommandEnd end;
        using (tree)
        using (supervision)
        using (var run = PrivateRun.Begin(session.Home, new PrivateMount(tree.Path, tree.MountPath), SweepCommand.CommandLine(session)))
        {
            var space = new SpaceInfo
            {
                Space = run.Name,
                Path = tree.MountPath,
                Catalog = tree.Catalog.Id,
                Name = tree.Catalog.Name,
                Mechanisms = new Dictionary<string, long>(),
                Ephemeral = true,
                Complete = true,
            };
            if (supervision.TryRun(Prepare(job, space, tree.Path, session), run, out end) is { } refusal)
            {
                session.Screen.Warn($"This system gives the command no mount of its own ({refusal}); a space is made for it.");
                return null;
            }
        }
        SweepCommand.AfterDeleting(new SpaceStore(session.Home), files: 0, session);
        session.Screen.Flush();
        if (end.Signal != 0) CommandRunner.DieOf(end.Signal);
        return end.ExitCode;
    }

    /// <param name="seenAt">Where the tree is seen by this process, if that is elsewhere than at the space's path.</param>
    static SpaceCommand Prepare(Job job, SpaceInfo space, string? seenAt, Session session)
    {
        EnvironmentBlock environment = CallerState.Environment();
        var variables = SpaceVariables.Of(space, session.Home, seenAt);
        foreach (string warning in variables.Warnings) session.Screen.Warn(warning);
        foreach (VariableChange change in variables.ChangesTo(environment)) environment.Apply(change);
        if (job.Blueprint is { } blueprint) Apply(blueprint, environment, job.IsTask);
        return new SpaceCommand(job.Words, environment);
    }

    /// <summary>What rcc tells its robots; a task, unlike a command, runs in the blueprint's folder.</summary>
    static void Apply(Blueprint blueprint, EnvironmentBlock environment, bool isTask)
    {
        void Set(string name, string value) => environment.Apply(new VariableChange(name, Encoding.UTF8.GetBytes(value)));

        if (blueprint.Folders.Count > 0)
        {
            string folders = string.Join(Path.PathSeparator, blueprint.Folders);
            environment.Apply(new VariableChange("PATH", environment["PATH"] is { } path ? [.. Encoding.UTF8.GetBytes(folders + Path.PathSeparator), .. path.Span] : Encoding.UTF8.GetBytes(folders)));
        }
        if (blueprint.PythonFolders.Count > 0) Set("PYTHONPATH", string.Join(Path.PathSeparator, blueprint.PythonFolders));
        Set("ROBOT_ROOT", blueprint.Root);
        if (blueprint.Artifacts is { } artifacts) Set("ROBOT_ARTIFACTS", artifacts);
        if (!isTask) return;
        if (blueprint.Artifacts is not null) Directory.CreateDirectory(blueprint.Artifacts);
        Directory.SetCurrentDirectory(blueprint.Root);
        Set("PWD", blueprint.Root);
    }

    static HolotreeException NotBuilt(Blueprint blueprint) =>
        new(HolotreeFailure.Unsupported, "blueprint-unsupported", $"This version does not build environments, so '{blueprint.Path}' alone does not say where to run.")
        {
            Path = blueprint.Path,
            Hint = "Record the environment (holotree record DIR --name NAME) and give --catalog NAME, or --space with a space that is there.",
        };

    /// <summary>What is to be run.</summary>
    /// <param name="Words">The program and its arguments.</param>
    /// <param name="Blueprint">Whose variables it gets; null where there is none.</param>
    /// <param name="IsTask">Whether the words are those of one of its tasks.</param>
    sealed record Job(IReadOnlyList<byte[]> Words, Blueprint? Blueprint, bool IsTask);

    /// <summary>A command stands behind <c>--</c>; the parser gives the words to the arguments in turn, wherever they stand.</summary>
    Job JobOf(ParseResult parsed)
    {
        string[] all = [.. Tokens(blueprint).Concat(Tokens(command))];
        int behind = parsed.Tokens.SkipWhile(static token => token.Type != TokenType.DoubleDash).Skip(1).Count();
        string[] before = all[..^behind];
        if (before.Length > 1)
        {
            throw new HolotreeException(HolotreeFailure.Invalid, "usage", $"A command stands behind --, and '{before[0]}' does not.")
            {
                Hint = $"holotree run [OPTIONS] -- {string.Join(' ', all)}",
            };
        }
        string? place = before is [var named] ? Word(named, "BLUEPRINT") : parsed.GetValue(robot);
        string? wanted = parsed.GetValue(task);
        if (behind > 0)
        {
            if (wanted is not null) throw new HolotreeException(HolotreeFailure.Invalid, "usage", "--task and a command do not go together.");
            return new Job(CallerState.LastWords(all[^behind..]), place is null ? null : Blueprint.Read(place), IsTask: false);
        }
        if (place is null && Blueprint.InFolder(Directory.GetCurrentDirectory()) is null)
        {
            throw new HolotreeException(HolotreeFailure.Invalid, "usage", "There is no command to run, and neither holotree.yaml nor robot.yaml in this folder.")
            {
                Hint = "A command stands behind --: holotree run --space dev -- COMMAND.",
            };
        }
        var read = Blueprint.Read(place ?? ".");
        return new Job([.. read.Task(wanted).Words.Select(Encoding.UTF8.GetBytes)], read, IsTask: true);

        IEnumerable<string> Tokens(Argument argument) => parsed.GetResult(argument)?.Tokens.Select(static token => token.Value) ?? [];
    }
}
