using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Holotree.Library;

namespace Holotree.Cli.Output;

/// <summary>
/// The two streams. Text for people goes to standard output, or exactly one JSON document does; errors, warnings and
/// progress go to standard error, with JSON an error as one JSON object.
/// </summary>
/// <remarks>
/// It is no failure when the reader of a pipe goes away: the runtime's streams drop what nobody reads any more. The streams are
/// the process's own and are not closed.
/// Names from disks may hold any byte; control characters are shown, not sent to the terminal.
/// </remarks>
internal sealed class Screen
{
    const string Bold = "\e[1m", Red = "\e[1;31m", Yellow = "\e[1;33m", Cyan = "\e[36m", Plain = "\e[0m";

    readonly StreamWriter output = Open(new StandardStream(Console.OpenStandardOutput(), "standard output"));
    readonly StreamWriter errors = Open(new StandardStream(Console.OpenStandardError(), "standard error"));
    readonly bool quiet, colouredOutput, colouredErrors;

    internal Screen(ScreenOptions options)
    {
        (IsJson, IsVerbose, quiet) = (options.Json, options.Verbose, options.Quiet);
        colouredOutput = options.Color.AppliesTo(Console.IsOutputRedirected);
        colouredErrors = options.Color.AppliesTo(Console.IsErrorRedirected);
        ShowsProgress = options.Progress && !IsJson && !quiet && !Console.IsErrorRedirected && !ColorChoice.TerminalIsDumb;
    }

    /// <summary>Whether standard output is for a program to read.</summary>
    internal bool IsJson { get; }

    /// <summary>Whether lists are shown in full.</summary>
    internal bool IsVerbose { get; }

    /// <summary>Whether somebody watches and did not ask for silence.</summary>
    internal bool ShowsProgress { get; }

    internal bool HasColor => colouredOutput;

    internal bool HasColorOnErrors => colouredErrors;

    /// <summary>Where a table is written that was asked for; not to be used with JSON.</summary>
    internal TextWriter Output => output;

    internal TextWriter Errors => errors;

    /// <summary>Says what was done; left out when quiet.</summary>
    internal void Headline(string text)
    {
        if (!IsJson && !quiet) output.WriteLine(Paint(colouredOutput, Bold, Printable.Of(text)));
    }

    /// <summary>Says more about what was done; left out when quiet.</summary>
    internal void Say(string text)
    {
        if (!IsJson && !quiet) output.WriteLine(Printable.Of(text));
    }

    /// <summary>Shows something that was asked for, quiet or not.</summary>
    internal void Answer(string text)
    {
        if (!IsJson) output.WriteLine(Printable.Of(text));
    }

    /// <summary>Says what can be done next; for people at a terminal, as it would be noise in a log.</summary>
    internal void Next(string text)
    {
        if (!IsJson && !quiet && !Console.IsOutputRedirected) output.WriteLine($"{Paint(colouredOutput, Cyan, "next:")} {Printable.Of(text)}");
    }

    /// <summary>Something for a program to read, byte for byte.</summary>
    internal void Raw(ReadOnlySpan<byte> bytes)
    {
        output.Flush();
        output.BaseStream.Write(bytes);
    }

    /// <summary>The one document of a command with <c>--json</c>.</summary>
    internal void Document<T>(T document, JsonTypeInfo<T> type)
    {
        output.WriteLine(Json.Text(document, type));
    }

    /// <summary>Something is not as it should be, but the work goes on. A JSON document says it in its own way.</summary>
    internal void Warn(string text)
    {
        if (IsJson) return;
        output.Flush();
        errors.WriteLine($"{Paint(colouredErrors, Yellow, "warning:")} {Printable.Of(text)}");
        errors.Flush();
    }

    /// <param name="fault">What to tell.</param>
    /// <param name="exception">Where it happened, for who asked for everything.</param>
    internal void Fail(Fault fault, Exception exception)
    {
        try
        {
            output.Flush();
        }
        catch (HolotreeException)
        {
            // It may be the very failure that is to be told.
        }
        try
        {
            WriteFault(fault, exception);
        }
        catch (HolotreeException)
        {
            // Standard error is closed or full: the exit code is all that is left to say it with.
        }
    }

    void WriteFault(Fault fault, Exception exception)
    {
        if (IsJson)
        {
            errors.WriteLine(Json.Text(ErrorDocument.Of(fault), DocumentContext.Default.ErrorDocument));
        }
        else
        {
            errors.WriteLine($"{Paint(colouredErrors, Red, "error:")} {Printable.Of(fault.Message)}");
            if (fault.Hint is { } hint) errors.WriteLine($"{Paint(colouredErrors, Cyan, "hint:")} {Printable.Of(hint)}");
            if (IsVerbose) errors.WriteLine(exception);
        }
        errors.Flush();
    }

    internal void Flush()
    {
        output.Flush();
        errors.Flush();
    }

    static string Paint(bool coloured, string colour, string text) => coloured ? colour + text + Plain : text;

    static StreamWriter Open(Stream stream) => new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 4096) { NewLine = "\n" };
}
