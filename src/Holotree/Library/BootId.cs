namespace Holotree.Library;

/// <summary>Tells whether the machine was started anew since something was written.</summary>
internal static class BootId
{
    /// <summary>Another one each time the kernel is started (random(4)). Bound over by tests, in a mount namespace of their own.</summary>
    const string Source = "/proc/sys/kernel/random/boot_id";

    static readonly Lazy<string?> Read = new(ReadNow);

    /// <summary>The id of this start; null where the system does not tell it: then nothing is ever in doubt.</summary>
    internal static string? Current => Read.Value;

    static string? ReadNow()
    {
        try
        {
            return File.ReadAllText(Source).Trim() is { Length: > 0 } id ? id : null;
        }
        catch (Exception hidden) when (hidden is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
