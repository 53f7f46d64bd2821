namespace Holotree.Library;

/// <summary>What tells two objects of the same bytes apart.</summary>
[Flags]
internal enum ObjectTraits
{
    None = 0,

    /// <summary>It was executable for anybody: a hard link shares the mode, so this is an object of its own.</summary>
    Executable = 1,

    /// <summary>It has large holes and is named by a digest that leaves out what is zero (see <see cref="ContentHash"/>).</summary>
    Sparse = 2,
}
