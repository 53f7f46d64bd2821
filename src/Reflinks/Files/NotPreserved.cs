namespace Reflinks.Files;

/// <summary>Something of a file's metadata that could not be taken over; the file itself is right.</summary>
/// <param name="Path">The file, as the caller named it or relative to the tree's root.</param>
/// <param name="What">The attribute: an extended attribute's name, <c>set-id bits</c>, or <c>hard link</c> for a name that became a file of its own.</param>
/// <param name="Error">The system's reason.</param>
public readonly record struct NotPreserved(string Path, string What, NativeError Error);
