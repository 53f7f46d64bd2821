using System.Collections.Concurrent;
using Xunit;

namespace TestKit;

/// <summary>Counts which test used which volume, and writes "volume count" lines to the file that HOLOTREE_VOLUME_REPORT names when
/// the process ends: what each volume contributed to a run.</summary>
internal static class VolumeUse
{
    private static readonly ConcurrentDictionary<(string Volume, string Test), bool> Uses = new();

    static VolumeUse()
    {
        if (Environment.GetEnvironmentVariable("HOLOTREE_VOLUME_REPORT") is { Length: > 0 } path)
            AppDomain.CurrentDomain.ProcessExit += (_, _) => File.WriteAllLines(path, Uses.Keys.CountBy(use => use.Volume).Select(use => $"{use.Key} {use.Value}"));
    }

    internal static void Note(string volume)
    {
        if (TestContext.Current.Test is { } test) Uses[(volume, test.UniqueID)] = true;
    }
}
