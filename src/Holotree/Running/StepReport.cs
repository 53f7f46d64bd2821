using Reflinks.Platform;

namespace Holotree.Running;

/// <summary>What a forked child writes of a step that failed, and at its end.</summary>
internal struct StepReport
{
    /// <summary>The step; -1 where there are no more.</summary>
    internal int Step;

    /// <summary>errno; none where a call succeeded with another result than the one that was wanted.</summary>
    internal Errno Error;

    internal readonly bool IsEnd => Step < 0;
}
