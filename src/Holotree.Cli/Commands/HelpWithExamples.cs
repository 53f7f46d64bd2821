using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Holotree.Cli.Commands;

/// <summary>The parser's own help, and below it what the command looks like in use.</summary>
internal sealed class HelpWithExamples : SynchronousCommandLineAction
{
    readonly HelpAction help = new();

    /// <summary>Somebody who asks for help need not have the rest right.</summary>
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is not Verb { Examples: { Count: > 0 } examples }) return ExitCodes.Done;
        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (string example in examples) output.WriteLine($"  {example}");
        output.WriteLine();
        return ExitCodes.Done;
    }
}
