using Reflinks.Trees;

namespace Holotree.Tests.Staging;

/// <summary>Progress that is told at once and on the thread that works, so that a test can act between two steps of the work.</summary>
internal sealed class Told(Action<TreeProgress> act) : IProgress<TreeProgress>
{
    public void Report(TreeProgress value) => act(value);
}
