namespace Reflinks.Files;

/// <summary>One rung of the ladder that was left, and why.</summary>
/// <param name="From">What was tried.</param>
/// <param name="To">What was tried next.</param>
/// <param name="Error">The system's reason.</param>
public readonly record struct Fallback(Mechanism From, Mechanism To, NativeError Error);
