using System.CommandLine;
using Holotree.Cli.Settings;
using Holotree.Library;

namespace Holotree.Cli.Commands;

/// <summary>One command: its arguments and options are its fields, and <see cref="Run"/> reads like the sentence that describes it.</summary>
internal abstract class Verb(string name, string description) : Command(name, description)
{
    /// <summary>Lines for the end of the command's help: how it is used, what its exit codes mean here.</summary>
    internal abstract IReadOnlyList<string> Examples { get; }

    /// <summary>Does it, prints what was done, and returns the exit code. A failure is thrown.</summary>
    internal abstract int Run(ParseResult parsed, Session session);

    /// <summary>A name or reference that says something.</summary>
    protected string Word(string word, string argument) => word.Length > 0 ? word : throw Empty(argument);

    /// <summary>A path as the caller's folder makes it absolute, without a slash at its end.</summary>
    protected string FullPath(string path, string argument) =>
        path.Length > 0 && !path.Contains('\0', StringComparison.Ordinal)
            ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))
            : throw Empty(argument);

    HolotreeException Empty(string argument) =>
        new(HolotreeFailure.Invalid, "usage", $"{argument} is empty.") { Hint = $"See holotree {Name} --help." };
}
