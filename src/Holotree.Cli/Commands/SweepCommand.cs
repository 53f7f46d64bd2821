using System.CommandLine;
using System.Text;
using Holotree.Cli.Settings;
using Holotree.Running;
using Holotree.Spaces;

namespace Holotree.Cli.Commands;

/// <summary>
/// Deletes what is left of deleted spaces. Not for people: <c>delete</c> starts it as a process of its own, so that nobody has to
/// wait for files that nobody can see any more.
/// </summary>
internal sealed class SweepCommand : Verb
{
    const string CommandName = "sweep";

    /// <summary>What a command does itself before it leaves the rest to a process of its own.</summary>
    static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(100);

    internal SweepCommand() : base(CommandName, "Deletes what is left of deleted spaces.") => Hidden = true;

    internal override IReadOnlyList<string> Examples => [];

    internal override int Run(ParseResult parsed, Session session)
    {
        using var interruption = new Interruption();
        BackgroundCommand.StepBack();
        new SpaceStore(session.Home).Sweep(Timeout.InfiniteTimeSpan, interruption.Token);
        return ExitCodes.Done;
    }

    /// <summary>Deletes what can be deleted at once, and starts a process that nobody waits for where that is not all.</summary>
    internal static void AfterDeleting(SpaceStore store, Session session)
    {
        if (!store.Sweep(AtOnce)) InBackground(session);
    }

    /// <summary>Goes on with what a process left that was to delete it and died.</summary>
    internal static void WhereLeft(SpaceStore store, Session session)
    {
        if (!store.Sweep(TimeSpan.Zero)) InBackground(session);
    }

    /// <summary>The command line of it, for whoever starts it when this process is not there any more.</summary>
    internal static SpaceCommand CommandLine(Session session) =>
        new([.. new[] { Environment.ProcessPath ?? "/proc/self/exe", "--home", session.Home.Path, CommandName }.Select(Encoding.UTF8.GetBytes)], CallerState.Environment());

    static void InBackground(Session session)
    {
        if (BackgroundCommand.Start(CommandName, session) is { } refused)
            session.Screen.Warn($"The files of deleted spaces are still on disk ({refused}); the next delete goes on with them.");
    }
}
