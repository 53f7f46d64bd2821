using System.CommandLine;
using System.Globalization;
using Holotree.Cli.Settings;
using Holotree.Spaces;

namespace Holotree.Cli.Commands;

/// <summary>
/// Has as many spaces waiting as <c>holotree.standby</c> says. Not for people: <c>init</c> starts it as a process of its own when it has
/// taken one away, or found none.
/// </summary>
internal sealed class StandbyCommand : Verb
{
    const string CommandName = "standby";

    internal StandbyCommand() : base(CommandName, "Has as many spaces waiting as the setting holotree.standby says.") => Hidden = true;

    internal override IReadOnlyList<string> Examples => [];

    internal override int Run(ParseResult parsed, Session session)
    {
        using var interruption = new Interruption();
        BackgroundCommand.StepBack();
        var options = new RestoreOptions
        {
            HardLinkExcludes = session.HardLinkExcludes,
            LockTimeout = session.LockTimeout,
            Workers = 1,
        };
        new StandbySpaces(session.Home).Fill(Wanted(session), options, interruption.Token);
        new SpaceStore(session.Home).Sync();
        return ExitCodes.Done;
    }

    /// <summary>Starts it where spaces are to wait and one may be missing, or some wait and none are to.</summary>
    internal static void After(RestoreReport made, Session session)
    {
        bool mayBeMissing = made.Mode == "created" && made.Mechanisms[Reflinks.Files.Mechanism.Snapshot] == 0;
        string? refused;
        try
        {
            if (!mayBeMissing || (Wanted(session) == 0 && new StandbySpaces(session.Home).Count().Spaces == 0)) return;
            refused = BackgroundCommand.Start(CommandName, session);
        }
        catch (Exception unseen) when (unseen is IOException or UnauthorizedAccessException)
        {
            // The space that was asked for stands.
            refused = unseen.Message;
        }
        if (refused is not null) session.Screen.Warn($"No space is made ready for the next time ({refused}).");
    }

    static int Wanted(Session session) =>
        int.Parse(Setting.Standby.Find(session.OptionOf(Setting.Standby), session.Settings).Word, CultureInfo.InvariantCulture);
}
