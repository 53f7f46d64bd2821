using System.CommandLine;
using Holotree.Activation;
using Holotree.Cli.Output;
using Holotree.Cli.Settings;
using Holotree.Library;
using Holotree.Spaces;

namespace Holotree.Cli.Commands;

/// <summary>Shows the variables that working in a space needs, or the figures of its tree.</summary>
internal sealed class VariablesCommand : Verb
{
    readonly SpaceOption space;
    readonly Option<string?> tree = Choice.CreateOption("--tree", ["stats"], "Show the figures of the space's tree instead");
    readonly Option<string?> format = Choice.CreateOption("--format", VariableText.Formats, "For which shell or reader (default: shell, which is POSIX sh)");

    internal VariablesCommand(bool asRcc) : base("variables", "Shows the environment variables of a space.")
    {
        Aliases.Add("vars");
        space = new SpaceOption(asRcc);
        Options.Add(space);
        Options.Add(tree);
        Options.Add(format);
    }

    internal override IReadOnlyList<string> Examples =>
    [
        "holotree variables --space dev",
        "eval \"$(holotree variables --space dev)\"                               sh, bash, zsh",
        "holotree variables --space dev --format fish | source",
        "holotree variables --space dev --format pwsh | Out-String | Invoke-Expression",
        "holotree variables --space dev --format cmd > env.cmd && call env.cmd",
        "holotree variables --space dev --tree stats",
    ];

    internal override int Run(ParseResult parsed, Session session)
    {
        var store = new SpaceStore(session.Home);
        string name = space.NameOf(parsed, store);
        string? wanted = parsed.GetValue(format);
        bool json = session.Screen.IsJson || wanted == "json";
        if (session.Screen.IsJson && wanted is not (null or "json"))
            throw new HolotreeException(HolotreeFailure.Invalid, "usage", $"--json and --format {wanted} do not go together.");

        using SpaceUse use = store.Use(name, session.LockTimeout);
        if (parsed.GetValue(tree) is not null) ShowFigures(use.Space, json, session.Screen);
        else ShowVariables(use.Space, json ? "json" : wanted ?? "shell", session);
        return ExitCodes.Done;
    }

    static void ShowFigures(SpaceInfo space, bool json, Screen screen)
    {
        using var interruption = new Interruption();
        var figures = TreeStatisticsDocument.Of(space, SpaceFigures.Of(space, interruption.Token));
        if (json)
        {
            screen.Document(figures, DocumentContext.Default.TreeStatisticsDocument);
            return;
        }
        void Line(string label, string text) => screen.Answer($"{label,-12} {text}");
        Line("space", figures.Space);
        Line("path", figures.Path);
        Line("holds", Details.Contents(figures.Files, figures.Directories, figures.Symlinks, figures.Bytes));
        Line("relocated", System.FormattableString.Invariant($"{Amounts.Count(figures.RelocatedFiles, "file")} ({figures.RelocatedPercent:0.##} %), {Amounts.Count(figures.Relocations, "place")}"));
        foreach ((string name, long files) in figures.Mechanisms.Used()) Line(name, Amounts.Count(files, "file"));
    }

    static void ShowVariables(SpaceInfo space, string format, Session session)
    {
        var variables = SpaceVariables.Of(space, session.Home);
        IReadOnlyList<VariableChange> changes = variables.ChangesTo(CallerState.Environment());
        if (format == "json")
        {
            session.Screen.Document(VariablesDocument.Of(space, variables, changes), DocumentContext.Default.VariablesDocument);
            return;
        }
        foreach (string warning in variables.Warnings) session.Screen.Warn(warning);
        if (format == "cmd") WarnOfUnsaid(changes, session.Screen);
        session.Screen.Raw(VariableText.Of(format, changes));
    }

    static void WarnOfUnsaid(IReadOnlyList<VariableChange> changes, Screen screen)
    {
        foreach (VariableChange change in changes)
        {
            if (change.Value is { } value && BatchText.Refusal(change.Name, value.Span) is { } why)
                screen.Warn($"'{change.Name}' {why}, which a batch file cannot say; it is left out.");
        }
    }
}
