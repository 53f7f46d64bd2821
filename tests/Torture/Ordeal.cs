namespace Torture;

/// <summary>One way to mistreat the program. It is repeated round by round, each on a home of its own.</summary>
internal abstract class Ordeal
{
    /// <summary>The word it is called by on the command line.</summary>
    internal abstract string Name { get; }

    /// <summary>What is done, in a line.</summary>
    internal abstract string What { get; }

    /// <summary>What it needs and this machine does not have; null where it can be done.</summary>
    internal virtual string? Missing => Environment.GetEnvironmentVariable("HOLOTREE_TEST_VOLUMES") is null ? "test volumes" : null;

    /// <summary>Its part of the time, beside the others.</summary>
    internal virtual int Share => 1;

    /// <summary>Does it once. What must not happen is thrown: an assertion of xunit, or any other exception.</summary>
    /// <param name="number">Of the round. Rounds with near numbers take turns: volumes, commands, strategies.</param>
    /// <param name="random">Seeded by the run's seed and the number, so that a round can be done again.</param>
    /// <param name="tally">Takes what was done, in figures.</param>
    internal abstract void Round(int number, Random random, Tally tally);
}
