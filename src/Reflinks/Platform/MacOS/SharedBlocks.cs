namespace Reflinks.Platform.MacOS;

/// <summary>What APFS tells of how far a file shares its blocks.</summary>
/// <param name="OwnBytes">What would be free at once if the file were deleted (ATTR_CMNEXT_PRIVATESIZE); null where that is not told.</param>
/// <param name="CloneId">The same for files whose data are one (ATTR_CMNEXT_CLONEID); clones have been seen to differ in it. Null where it is not told.</param>
internal readonly record struct SharedBlocks(long? OwnBytes, ulong? CloneId);
