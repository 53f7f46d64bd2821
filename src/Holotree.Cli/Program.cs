using System.CommandLine;
using System.Reflection;
using System.Runtime.CompilerServices;
using Holotree.Cli.Commands;
using Holotree.Cli.Output;
using Holotree.Cli.Settings;

namespace Holotree.Cli;

/// <summary>Reads the command line, runs the command, and turns whatever happens into words and an exit code.</summary>
internal static class Program
{
    static int Main(string[] arguments)
    {
        var globals = new GlobalOptions();
        ParseResult parsed = CommandTree.Parse(arguments, globals);
        Screen screen = globals.OpenScreen(parsed);
        try
        {
            int code = Run(parsed, globals, screen);
            screen.Flush();
            return code;
        }
#pragma warning disable CA1031 // The last line of defence: whatever comes here is told and becomes an exit code.
        catch (Exception exception)
        {
            Fault fault = ExitCodes.Of(exception);
            screen.Fail(fault, exception);
            return fault.ExitCode;
        }
#pragma warning restore CA1031
    }

    static int Run(ParseResult parsed, GlobalOptions globals, Screen screen)
    {
        if (parsed.Action is HelpWithExamples) return parsed.Invoke(new InvocationConfiguration { Output = screen.Output });
        if (globals.AsksForVersion(parsed)) return TellVersion(screen);
        UsageErrors.ThrowIfAny(parsed);
        return ((Verb)parsed.CommandResult.Command).Run(parsed, globals.Begin(parsed, screen));
    }

    static int TellVersion(Screen screen)
    {
        string version = typeof(Program).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        if (screen.IsJson) PrintJson(version, screen);
        else screen.Answer($"holotree {version}");
        return ExitCodes.Done;
    }

    /// <summary>Apart, so that what writes JSON is loaded only where JSON is asked for.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void PrintJson(string version, Screen screen) => screen.Document(new VersionDocument(version), DocumentContext.Default.VersionDocument);
}
