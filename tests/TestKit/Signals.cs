namespace TestKit;

/// <summary>Signals, sent by the tests themselves: a program that sends one has to be started first, and what is to be interrupted does not wait for that.</summary>
public static class Signals
{
    /// <summary>Sends a signal to a process.</summary>
    /// <param name="name">Without SIG.</param>
    /// <param name="process">Its id; negative for a group of processes.</param>
    public static void Send(string name, int process)
    {
        if (Native.Kill(process, NumberOf(name)) != 0) throw Native.Error($"kill -{name} {process}");
    }

    /// <summary>The number of a signal, as x86-64 and arm64 Linux have it (signal(7)).</summary>
    public static int NumberOf(string name) => name switch
    {
        "HUP" => 1,
        "INT" => 2,
        "QUIT" => 3,
        "KILL" => 9,
        "USR1" => 10,
        "TERM" => 15,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No test sends this signal."),
    };
}
