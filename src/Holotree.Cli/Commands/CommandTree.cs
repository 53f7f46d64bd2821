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
    internal static ParserConfiguration Grammar { get; } = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    /// <param name="globals">The options that all commands share.</param>
    /// <param name="asRcc">Whether commands are also known as <c>holotree COMMAND</c> and <c>ht COMMAND</c>.</param>
    internal static Command Create(GlobalOptions globals, bool asRcc)
    {
        var root = new Command(
            asRcc ? "rcc" : "holotree",
            "Records whole environments once and restores isolated copies of them at once.");
        globals.AddTo(root);
        if (asRcc) RccSpelling.AddTo(root);
        root.Options.Add(new HelpOption("--help", "-h") { Description = "Show help", Action = new HelpWithExamples() });

        Verb[] verbs =
        [
            new CloneCommand(), new DoctorCommand(), new RecordCommand(), new InitCommand(), new RunCommand(asRcc), new VariablesCommand(asRcc),
            new ListCommand(), new CatalogsCommand(), new DeleteCommand(), new RemoveCommand(), new GcCommand(), new SweepCommand(), new StandbyCommand(), new DiffCommand(),
            new CheckCommand(), new StatisticsCommand(), new SettingsCommand(),
        ];
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
