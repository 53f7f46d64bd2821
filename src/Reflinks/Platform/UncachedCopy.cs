namespace Reflinks.Platform;

/// <summary>
/// While it lives, a large copy goes past the system's cache, where the system has a switch for that (F_NOCACHE, fcntl(2) of macOS): it
/// would drive out all else, and is not read again soon. A descriptor is a caller's at times, so it is put back whatever happens.
/// </summary>
internal readonly ref struct UncachedCopy : IDisposable
{
    /// <summary>What is shorter is left to the cache: who copies a small file often reads it next.</summary>
    const long LeastBytes = 64L * 1024 * 1024;

    readonly int source, target;
    readonly bool isLarge;

    UncachedCopy(int source, int target, bool isLarge) => (this.source, this.target, this.isLarge) = (source, target, isLarge);

    internal static UncachedCopy Begin(int source, int target, long length)
    {
        var copy = new UncachedCopy(source, target, length >= LeastBytes);
        copy.Set(cached: false);
        return copy;
    }

    void Set(bool cached)
    {
        if (!isLarge) return;
        Kernel.SetCaching(source, cached);
        Kernel.SetCaching(target, cached);
    }

    public void Dispose() => Set(cached: true);
}
