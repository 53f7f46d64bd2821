using System.Runtime.InteropServices;
using Holotree.Catalogs;

namespace Holotree.Recording;

/// <summary>What one read of a file found: numbers into the tables of the recording, so that a million files are one array.</summary>
/// <param name="Object">Its content, in the table of objects; -1 for a file of no bytes.</param>
/// <param name="Attributes">Its set of extended attributes, in their table; -1 where it has none.</param>
/// <param name="FirstOffset">Where its places of the prefix begin among those of all files.</param>
/// <param name="OffsetCount">How many places of the prefix it has.</param>
/// <param name="Traits">What its bytes say of it.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct RecordedFile(int Object, int Attributes, int FirstOffset, int OffsetCount, ContentTraits Traits);
