using System.CommandLine;
using Holotree.Cli.Output;

namespace Holotree.Cli.Settings;

/// <summary>The options that every command takes, before or after its name.</summary>
internal sealed class GlobalOptions
{
    readonly Option<string?> home = new("--home")
    {
        HelpName = "DIR",
        Description = "The folder of the library and the spaces (default: HOLOTREE_HOME, ROBOCORP_HOME, ~/.holotree)",
        Recursive = true,
    };

    readonly Option<bool> json = new("--json") { Description = "Write one JSON document, and errors as JSON", Recursive = true };

    readonly Option<bool> quiet = new("--quiet", "-q") { Description = "Say nothing but what was asked for and what went wrong", Recursive = true };

    readonly Option<bool> verbose = new("--verbose", "-v") { Description = "Show lists in full", Recursive = true };

    readonly Option<bool> noProgress = new("--no-progress") { Description = "Show no progress bar", Recursive = true };

    readonly Option<string?> workers = new("--workers")
    {
        HelpName = "N",
        Description = "How many threads work (default: HOLOTREE_WORKERS, the settings, one a processor)",
        Recursive = true,
    };

    readonly Option<string?> color = Choice.CreateOption("--color", ColorChoice.Words, "When to use colours (default: auto; NO_COLOR turns it off)");

    readonly Option<bool> version = new("--version") { Description = "Show the version", Recursive = true };

    internal GlobalOptions() => workers.Validators.Add(static result =>
    {
        foreach (var token in result.Tokens)
        {
            if (!Setting.Workers.Accepts(token.Value)) result.AddError($"--workers: '{token.Value}' {Setting.Workers.Refusal}; it has to be {Setting.Workers.Values}.");
        }
    });

    internal void AddTo(Command root)
    {
        root.Options.Add(home);
        root.Options.Add(json);
        root.Options.Add(quiet);
        root.Options.Add(verbose);
        root.Options.Add(noProgress);
        root.Options.Add(workers);
        color.Recursive = true;
        root.Options.Add(color);
        root.Options.Add(version);
    }

    /// <summary>The screen that was asked for; also where the command line is wrong, as far as it can be understood.</summary>
    internal Screen OpenScreen(ParseResult parsed)
    {
        // A wrong value was told already or will be; the way to tell it must not depend on it.
        string word = parsed.GetResult(color) is { Tokens: [{ Value: { } given }] } && ColorChoice.Words.Contains(given) ? given : "auto";
        return new Screen(new ScreenOptions(
            Json: Has(parsed, json), Quiet: Has(parsed, quiet), Verbose: Has(parsed, verbose), Progress: !Has(parsed, noProgress), new ColorChoice(word)));
    }

    /// <summary>What a command needs to know of these options.</summary>
    internal Session Begin(ParseResult parsed, Screen screen) => new(parsed.GetValue(home), parsed.GetValue(workers), screen);

    internal bool AsksForVersion(ParseResult parsed) => Has(parsed, version);

    static bool Has(ParseResult parsed, Option<bool> option) =>
        parsed.GetResult(option) is { Implicit: false } given && !given.Tokens.Any(static token => token.Value is "false");
}
