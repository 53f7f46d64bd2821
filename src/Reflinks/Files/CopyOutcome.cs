namespace Reflinks.Files;

/// <summary>What was done to make one file or range.</summary>
/// <param name="Mechanism">What made it.</param>
/// <param name="LengthBytes">Its length.</param>
/// <param name="Fallbacks">Every rung that was left on the way, in order; empty where the first one held.</param>
/// <param name="NotPreserved">Metadata that could not be taken over; empty where all was.</param>
public sealed record CopyOutcome(
    Mechanism Mechanism,
    long LengthBytes,
    IReadOnlyList<Fallback> Fallbacks,
    IReadOnlyList<NotPreserved> NotPreserved);
