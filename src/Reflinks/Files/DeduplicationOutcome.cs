namespace Reflinks.Files;

/// <summary>What the kernel found when it compared two ranges in order to share them.</summary>
/// <param name="Same">Whether the whole range was the same and is now shared. Where false, bytes from <paramref name="SharedBytes"/> on differ or were not reached, and nothing was changed there.</param>
/// <param name="SharedBytes">How many bytes from the start of the range are now shared.</param>
public readonly record struct DeduplicationOutcome(bool Same, long SharedBytes);
