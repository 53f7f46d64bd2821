namespace Holotree.Relocation;

/// <summary>What relocation will do with a file.</summary>
internal enum RelocationKind
{
    /// <summary>It does not name the prefix, or the space stands at the very same path.</summary>
    None,

    /// <summary>It names it and works as it is.</summary>
    Skipped,

    /// <summary>Its length stays: the places are overwritten.</summary>
    InPlace,

    /// <summary>It is a text and gets longer or shorter: it is written anew.</summary>
    Text,

    /// <summary>It is a launcher of Windows: the line that names its interpreter gets longer or shorter, and the rest is copied as it is.</summary>
    Launcher,

    /// <summary>It is Python bytecode of a source that is relocated: it is made to agree with it, or marked as out of date, so that it is compiled anew.</summary>
    Bytecode,

    /// <summary>It is Python bytecode without a source: its constants are replaced, or the places overwritten where it is not understood.</summary>
    LoneBytecode,

    /// <summary>It is no text and the new path is longer than the old: it stays as recorded.</summary>
    Unfit,
}
