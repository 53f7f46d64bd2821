namespace Holotree.Spaces;

/// <summary>What a refresh does with one file of the catalog.</summary>
internal enum FileAction : byte
{
    /// <summary>It stands as it shall.</summary>
    Keep,

    /// <summary>Its bytes are right; mode and time are set.</summary>
    Adjust,

    /// <summary>It is made, in the place of whatever stands there.</summary>
    Make,
}
