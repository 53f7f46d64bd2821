namespace Holotree.Running;

/// <summary>How a command ended.</summary>
/// <param name="ExitCode">Its exit code; 128 and the signal's number where it died of one, as shells have it.</param>
/// <param name="Signal">The signal that it died of; 0 for none.</param>
public readonly record struct CommandEnd(int ExitCode, int Signal)
{
    /// <summary>Takes the status of waitpid(2) apart.</summary>
    internal static CommandEnd Of(int status)
    {
        int signal = status & 0x7F;
        return signal == 0 ? new CommandEnd((status >> 8) & 0xFF, 0) : new CommandEnd(128 + signal, signal);
    }
}
