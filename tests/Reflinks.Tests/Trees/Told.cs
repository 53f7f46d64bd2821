using Reflinks.Trees;

namespace Reflinks.Tests.Trees;

/// <summary>Progress as it is told, on the thread that tells it.</summary>
internal sealed class Told(Action<TreeProgress>? then = null) : IProgress<TreeProgress>
{
    readonly Lock gate = new();
    readonly List<TreeProgress> all = [];

    internal IReadOnlyList<TreeProgress> All => all;

    public void Report(TreeProgress value)
    {
        lock (gate) all.Add(value);
        then?.Invoke(value);
    }
}
