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

    /// <summary>How many files a command deletes itself: no more than it takes to start a process that does it.</summary>
    const long FewFiles = 500;

    static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(100);

    /// <summary>For more files than that: a subvolume goes by one call, whatever is in it.</summary>
    static readonly TimeSpan Briefly = TimeSpan.FromMilliseconds(1);

    internal SweepCommand() : base(CommandName, "Deletes what is left of deleted spaces.") => Hidden = true;

    internal override IReadOnlyList<string> Examples => [];

    internal override int Run(ParseResult parsed, Session session)
    {
        using var interruption = new Interruption();
        BackgroundCommand.StepBack();
        var store = new SpaceStore(session.Home);
        store.Sweep(Timeout.InfiniteTimeSpan, interruption.Token);
        store.Sync();
        return ExitCodes.Done;
    }

    /// <summary>Deletes what can be deleted at once, and starts a process that nobody waits for where that is not all.</summary>
    /// <param name="files">How many files the deleted spaces were made with.</param>
    internal static void AfterDeleting(SpaceStore store, long files, Session session)
    {
        Sweep(store, files > FewFiles ? Briefly : AtOnce, session);
    }

    /// <summary>Goes on with what a process left that was to delete it and died.</summary>
    internal static void WhereLeft(SpaceStore store, Session session) => Sweep(store, TimeSpan.Zero, session);

    static void Sweep(SpaceStore store, TimeSpan time, Session session)
    {
        try
        {
            if (!store.Sweep(time)) InBackground(session);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // What was asked for has happened: the spaces are gone, or stand.
            session.Screen.Warn($"The files of deleted spaces are still on disk ({refused.Message}); the next delete goes on with them.");
        }
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
