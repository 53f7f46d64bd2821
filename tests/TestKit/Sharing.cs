namespace TestKit;

/// <summary>How a file's data is held, as far as its extent map tells.</summary>
public enum Sharing
{
    /// <summary>There is no data: an empty file, or nothing but holes.</summary>
    NoData,

    /// <summary>All data lies inline among the metadata, which is never shared (btrfs, small files).</summary>
    Inline,

    /// <summary>Every extent belongs to other files too.</summary>
    Shared,

    /// <summary>Some extents do, some do not.</summary>
    Partly,

    /// <summary>No extent does.</summary>
    Apart,
}
