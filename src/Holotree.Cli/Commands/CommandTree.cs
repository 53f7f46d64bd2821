using System.CommandLine;
using System.CommandLine.Help;
using Holotree.Cli.Settings;

namespace Holotree.Cli.Commands;

/// <summary>All commands under the program's name.</summary>
internal static class CommandTree
{
    /// <summary>
    /// No response files: <c>@scope</c> is a usual name of a folder in <c>node_modules</c>, and a program that calls this one
    /// must not have to fear that an argument is read as a file. No bundling of one-letter options: there are two.
    /// </summary>
    static ParserConfiguration Grammar { get; } = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    static readonly (string Name, Func<bool, Verb> Make)[] Known =
    [
        ("clone", static _ => new CloneCommand()), ("doctor", static _ => new DoctorCommand()), ("record", static _ => new RecordCommand()),
        ("init", static _ => new InitCommand()), ("run", static asRcc => new RunCommand(asRcc)), ("variables", static asRcc => new VariablesCommand(asRcc)),
        ("list", static _ => new ListCommand()), ("catalogs", static _ => new CatalogsCommand()), ("delete", static _ => new DeleteCommand()),
        ("remove", static _ => new RemoveCommand()), ("gc", static _ => new GcCommand()), ("sweep", static _ => new SweepCommand()),
        ("standby", static _ => new StandbyCommand()), ("diff", static _ => new DiffCommand()), ("check", static _ => new CheckCommand()),
        ("statistics", static _ => new StatisticsCommand()), ("settings", static _ => new SettingsCommand()),
    ];

    /// <summary>Reads a command line.</summary>
    /// <remarks>
    /// To make all commands takes longer than to make one, so at first only those are made whose names occur among the arguments; no
    /// other can be meant. What is not plainly one command, or asks for help, is read again with all of them, for what is told then.
    /// </remarks>
    internal static ParseResult Parse(string[] arguments, GlobalOptions globals)
    {
        if (!ProgramName.IsRcc)
        {
            ParseResult parsed = Create(globals, asRcc: false, name => Array.IndexOf(arguments, name) >= 0).Parse(arguments, Grammar);
            if (globals.AsksForVersion(parsed) || IsPlain(parsed)) return parsed;
        }
        return Create(globals, ProgramName.IsRcc, static _ => true).Parse(arguments, Grammar);
    }

    static bool IsPlain(ParseResult parsed) =>
        parsed.CommandResult.Command is Verb && parsed.Action is not HelpWithExamples && parsed.Errors.Count == 0 && parsed.UnmatchedTokens.Count == 0;

    /// <param name="globals">The options that all commands share.</param>
    /// <param name="asRcc">Whether commands are also known as <c>holotree COMMAND</c> and <c>ht COMMAND</c>.</param>
    /// <param name="takes">Which commands to make, by name.</param>
    static Command Create(GlobalOptions globals, bool asRcc, Predicate<string> takes)
    {
        var root = new Command(
            asRcc ? "rcc" : "holotree",
            "Records whole environments once and restores isolated copies of them at once.");
        globals.AddTo(root);
        if (asRcc) RccSpelling.AddTo(root);
        root.Options.Add(new HelpOption("--help", "-h") { Description = "Show help", Action = new HelpWithExamples() });

        var verbs = new List<Verb>();
        foreach ((string name, Func<bool, Verb> make) in Known)
        {
            if (takes(name)) verbs.Add(make(asRcc));
        }
        foreach (Verb verb in verbs) root.Subcommands.Add(verb);
        if (asRcc)
        {
            var group = new Command("holotree", "The commands of holotree.") { Aliases = { "ht" } };
            foreach (Verb verb in verbs)
            {
                RccSpelling.AddTo(verb);
                group.Subcommands.Add(verb);
            }
            root.Subcommands.Add(group);
        }
        return root;
    }
}
