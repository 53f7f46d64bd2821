namespace Holotree.Relocation;

/// <summary>Other bytes in the place of some of a file's.</summary>
/// <param name="Offset">Where the file's own begin.</param>
/// <param name="Length">How many they are.</param>
/// <param name="Bytes">What stands there afterwards.</param>
internal readonly record struct Edit(long Offset, int Length, ReadOnlyMemory<byte> Bytes);
