using System.Runtime.InteropServices;

namespace Holotree.Cli.Commands;

/// <summary>
/// Ctrl-C and a polite request to end (SIGTERM, SIGHUP) cancel the work, which then cleans up after itself; a second one ends
/// the program at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    readonly CancellationTokenSource source = new();
    readonly PosixSignalRegistration[] registrations;

    internal Interruption() => registrations =
        [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, Handle))];

    internal CancellationToken Token => source.Token;

    void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (source.IsCancellationRequested)
        {
            // The progress bar hides the cursor, and nobody will draw it any more.
            if (!Console.IsErrorRedirected) Console.Error.Write("\e[?25h");
            Environment.Exit(ExitCodes.Cancelled);
        }
        source.Cancel();
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in registrations) registration.Dispose();
        source.Dispose();
    }
}
