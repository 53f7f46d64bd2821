using System.CommandLine;
using System.CommandLine.Parsing;
using Holotree.Cli.Settings;
using Holotree.Library;

namespace Holotree.Cli.Commands;

/// <summary>Says what is wrong with a command line, and what may have been meant.</summary>
internal static class UsageErrors
{
    internal static void ThrowIfAny(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string help = $"{PathOf(parsed.CommandResult)} --help";
        if (UnknownOption(parsed) is { } option)
        {
            throw Wrong("option-unknown", $"There is no option '{option}'.",
                Spelling.Nearest(option, OptionsOf(parsed.CommandResult)) is { } near ? $"Did you mean {near}? See {help}." : $"See {help}.");
        }
        if (OptionWithoutValue(parsed) is { } lacking) throw Wrong("usage", $"{lacking} needs a value.", $"See {help}.");
        if (command.Subcommands.Count > 0 || StraysBeforeCommand(parsed))
        {
            if (command is Verb) (command, help) = (RootOf(parsed.CommandResult).Command, $"{RootOf(parsed.CommandResult).Command.Name} --help");
            string[] names = [.. command.Subcommands.OfType<Verb>().Select(static verb => verb.Name)];
            string all = string.Join(", ", names);
            if (parsed.UnmatchedTokens.Count == 0) throw Wrong("command-missing", $"No command was given: {all}.", $"See {help}.");
            string unknown = parsed.UnmatchedTokens[0];
            string? near = Spelling.Nearest(unknown, names);
            throw Wrong("command-unknown", $"There is no command '{unknown}'.",
                (near is null ? string.Empty : $"Did you mean {near}? ") + $"There are: {all}. See {help}.");
        }
        if (parsed.Errors.Count > 0)
            throw Wrong("usage", string.Join(' ', parsed.Errors.Select(static error => error.Message).Distinct()), $"See {help}.");
    }

    /// <summary>Whether a word that is no command stands before one that is: <c>holotree frob list</c>.</summary>
    static bool StraysBeforeCommand(ParseResult parsed) =>
        parsed.UnmatchedTokens.Count > 0
        && parsed.Tokens.TakeWhile(static token => token.Type != TokenType.Command).Any(token => token.Value == parsed.UnmatchedTokens[0]);

    static CommandResult RootOf(CommandResult command) => command.Parent is CommandResult parent ? RootOf(parent) : command;

    /// <summary>What looks like an option but is none; the parser would take it for an argument and go on.</summary>
    static string? UnknownOption(ParseResult parsed)
    {
        var literal = parsed.Tokens.SkipWhile(static token => token.Type != TokenType.DoubleDash).ToHashSet(ReferenceEqualityComparer.Instance);
        return parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(static argument => argument.Tokens)
            .Where(token => !literal.Contains(token)).Select(static token => token.Value)
            .Concat(literal.Count == 0 ? parsed.UnmatchedTokens : [])
            .FirstOrDefault(static value => value.Length > 1 && value[0] == '-');
    }

    /// <summary>An option that took the one behind it for its value, as the parser lets it.</summary>
    static string? OptionWithoutValue(ParseResult parsed)
    {
        HashSet<string> names = [.. OptionsOf(parsed.CommandResult)];
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult command; at = at.Parent)
        {
            OptionResult? lacking = command.Children.OfType<OptionResult>().FirstOrDefault(option => option.Tokens.Any(token => names.Contains(token.Value)));
            if (lacking is not null) return lacking.Option.Name;
        }
        return null;
    }

    static IEnumerable<string> OptionsOf(CommandResult command)
    {
        for (SymbolResult? at = command; at is CommandResult { Command: var known }; at = at.Parent)
        {
            foreach (Option option in known.Options)
            {
                if (at == command || option.Recursive) yield return option.Name;
            }
        }
    }

    static string PathOf(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{PathOf(parent)} {command.Command.Name}" : command.Command.Name;

    static HolotreeException Wrong(string code, string message, string hint) => new(HolotreeFailure.Invalid, code, message) { Hint = hint };
}
