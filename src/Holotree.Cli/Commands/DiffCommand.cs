using System.CommandLine;
using Holotree.Cli.Output;
using Holotree.Cli.Settings;
using Holotree.Spaces;

namespace Holotree.Cli.Commands;

/// <summary>Lists what was changed in a space since it was made.</summary>
internal sealed class DiffCommand : Verb
{
    readonly Argument<string> space = new("SPACE") { Description = "The space to look at" };

    internal DiffCommand() : base("diff", "Lists what was changed in a space since it was made.") => Arguments.Add(space);

    internal override IReadOnlyList<string> Examples => ["holotree diff dev"];

    internal override int Run(ParseResult parsed, Session session)
    {
        using var interruption = new Interruption();
        SpaceDifference difference = new SpaceStore(session.Home).Diff(Word(parsed.GetRequiredValue(space), "SPACE"), session.LockTimeout, interruption.Token);
        Screen screen = session.Screen;
        if (screen.IsJson)
        {
            screen.Document(DiffDocument.Of(difference), DocumentContext.Default.DiffDocument);
            return ExitCodes.Done;
        }
        foreach (string path in difference.Added) screen.Answer($"added    {path}");
        foreach (string path in difference.Removed) screen.Answer($"removed  {path}");
        foreach (string path in difference.Changed) screen.Answer($"changed  {path}");
        if (difference.Added.Count + difference.Removed.Count + difference.Changed.Count == 0)
            screen.Headline($"Nothing was changed in space {difference.Space}.");
        return ExitCodes.Done;
    }
}
