namespace Windows.Tests;

/// <summary>Tests that count milliseconds, and so run when no others do.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    internal const string Name = "alone";
}
