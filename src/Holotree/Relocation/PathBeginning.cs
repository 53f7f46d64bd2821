namespace Holotree.Relocation;

/// <summary>Whether the prefix, found inside other bytes, can be where a path begins.</summary>
internal enum PathBeginning
{
    /// <summary>No: it is in the middle of a longer path.</summary>
    Nowhere,

    /// <summary>In a binary, where the byte before it may be a length or the end of another text; in a text it is in the middle of a path.</summary>
    InBinary,

    /// <summary>Yes.</summary>
    Anywhere,
}
