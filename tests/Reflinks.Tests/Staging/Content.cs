namespace Reflinks.Tests.Staging;

/// <summary>Bytes for files: the same for the same seed, and no two blocks alike.</summary>
internal static class Content
{
    internal static byte[] Random(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
