namespace Holotree.Maintenance;

/// <summary>What was openly done to the files of a space since it was restored: everyday life, and no damage.</summary>
/// <param name="Space">Its name.</param>
/// <param name="Changed">Files and links with another length, time, mode, kind or target.</param>
/// <param name="Removed">Files and links that are gone.</param>
/// <param name="Unverified">Files that could not be held against anything: they cannot be read, or the object they were made of is damaged.</param>
/// <param name="Example">One of them: its path below the space's.</param>
public sealed record SpaceChanges(string Space, long Changed, long Removed, long Unverified, string Example);
