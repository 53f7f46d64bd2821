using System.CommandLine;
using System.Runtime.CompilerServices;
using Holotree.Cli.Output;
using Holotree.Cli.Settings;
using Holotree.Library;
using Holotree.Spaces;

namespace Holotree.Cli.Commands;

/// <summary>Deletes spaces.</summary>
internal sealed class DeleteCommand : Verb
{
    readonly Argument<string[]> spaces = new("SPACE") { Arity = ArgumentArity.OneOrMore, Description = "The spaces to delete, with all that is in them" };

    internal DeleteCommand() : base("delete", "Deletes spaces, at once. What they were made from stays in the library.") => Arguments.Add(spaces);

    internal override IReadOnlyList<string> Examples => ["holotree delete dev", "holotree delete test-1 test-2"];

    internal override int Run(ParseResult parsed, Session session)
    {
        string[] names = [.. parsed.GetRequiredValue(spaces).Select(space => Word(space, "SPACE")).Distinct(StringComparer.Ordinal)];
        var store = new SpaceStore(session.Home);
        CheckAll(names, store);

        using var interruption = new Interruption();
        long files = 0;
        foreach (string name in names)
        {
            files += store.Find(name)?.Files ?? 0;
            store.Delete(name, session.LockTimeout, interruption.Token);
            session.Screen.Headline($"Deleted space {name}.");
        }
        SweepCommand.AfterDeleting(store, files, session);
        if (session.Screen.IsJson) PrintJson(names, session.Screen);
        return ExitCodes.Done;
    }

    /// <summary>Apart, so that what writes JSON is loaded only where JSON is asked for.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void PrintJson(string[] names, Screen screen) => screen.Document(new DeletedDocument(names), DocumentContext.Default.DeletedDocument);

    /// <summary>All are known before the first one goes, so that a misspelt name changes nothing.</summary>
    static void CheckAll(string[] names, SpaceStore store)
    {
        if (names.Length == 1) return;
        HashSet<string> known = [.. store.List().Select(static space => space.Space)];
        foreach (string name in names)
        {
            if (!known.Contains(name))
                throw new HolotreeException(HolotreeFailure.NotFound, "space-unknown", $"There is no space '{name}'; nothing was deleted.")
                {
                    Path = name,
                    Hint = "holotree list shows the spaces.",
                };
        }
    }
}
