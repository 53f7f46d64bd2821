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
        TextWriter output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is Verb verb) Write(output, "Examples:", verb.Examples);
        else Write(output, "Exit codes:", ExitCodes.Meanings);
        return ExitCodes.Done;
    }

    static void Write(TextWriter output, string heading, IReadOnlyList<string> lines)
    {
        output.WriteLine(heading);
        foreach (string line in lines) output.WriteLine($"  {line}");
        output.WriteLine();
    }
}
