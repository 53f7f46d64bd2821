namespace Holotree.Spaces;

/// <summary>A damaged or missing object that was replaced by a whole copy of its content.</summary>
/// <param name="Name">Its name: the digest, with <c>.x</c> behind it for an executable.</param>
/// <param name="From">The file that the content was taken from.</param>
public sealed record HealedObject(string Name, string From);
