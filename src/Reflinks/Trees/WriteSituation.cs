using Reflinks.Files;
using Reflinks.Platform;

namespace Reflinks.Trees;

/// <summary>What the workers of one tree know in common about the pair of places they work between.</summary>
internal sealed class WriteSituation(TransferLadder ladder, ulong targetDevice, int umask, Mechanism[] madeBy, TreeStamps? stamps, bool answersForClones = false)
{
    internal TransferLadder Ladder => ladder;

    internal ulong TargetDevice => targetDevice;

    /// <summary>Whether a clone needs no look to know how it came out.</summary>
    internal bool AnswersForClones => answersForClones;

    /// <summary>What times the target can hold.</summary>
    internal TimeKeeping Times { get; } = new();

    /// <summary>Permission bits that a creating call leaves out.</summary>
    internal int Umask => umask;

    /// <summary>What made each file.</summary>
    internal Mechanism[] MadeBy => madeBy;

    /// <summary>How everything looks when it is made; null where nobody asks.</summary>
    internal TreeStamps? Stamps => stamps;

    /// <summary>Why no file can be reflinked between these places; then a hard link is made without trying first.</summary>
    internal volatile Errno ReflinkAbsent;

    /// <summary>A file was reflinked: from then on a refusal tells of one file only, as of one that lies on another mount.</summary>
    internal volatile bool ReflinkWorked;
}
