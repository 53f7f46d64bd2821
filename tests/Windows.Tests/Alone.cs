namespace Windows.Tests;

/// <summary>Tests that run when no others do: they count milliseconds, or press keys.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    internal const string Name = "alone";
}
