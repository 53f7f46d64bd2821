namespace Holotree.Library;

/// <summary>What a close look at an object found.</summary>
internal enum ObjectCondition
{
    /// <summary>Its content has its digest, and it is sealed.</summary>
    Whole,

    /// <summary>Its content has its digest; mode or time are not those of the seal.</summary>
    Unsealed,

    /// <summary>It is not what its name says.</summary>
    Damaged,

    /// <summary>There is nothing of that name.</summary>
    Missing,
}

/// <param name="Condition">What it is.</param>
/// <param name="Reason">What is wrong with it; empty where nothing is.</param>
/// <param name="Inode">What was looked at; 0 where there was nothing.</param>
/// <param name="Size">Its length in bytes.</param>
internal readonly record struct ObjectFinding(ObjectCondition Condition, string Reason, ulong Inode, long Size);
