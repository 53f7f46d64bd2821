namespace Holotree.Relocation;

/// <summary>How a path is written inside a file.</summary>
internal enum PathSpelling
{
    /// <summary>As the system has it; on Unix there is no other way.</summary>
    Native,

    /// <summary>A Windows path with forward slashes: CMake, URLs, most configuration.</summary>
    Slashes,

    /// <summary>A Windows path between the quotes of JSON, TOML, Python or C, where a backslash is two.</summary>
    Doubled,

    /// <summary>A Windows path in UTF-16, as the system's own calls and resources have it.</summary>
    Wide,
}
