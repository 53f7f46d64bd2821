namespace TestKit;

/// <summary>One place to test on.</summary>
/// <param name="Name">The name by which <see cref="TestVolumes.Get"/> finds it.</param>
/// <param name="Path">Its root, writable by everyone.</param>
/// <param name="CanReflink">Whether cloning a file within it has to work.</param>
public sealed record Volume(string Name, string Path, bool CanReflink)
{
    /// <summary>A new folder on this volume, deleted with all it holds when disposed.</summary>
    public TemporaryFolder Folder() => new(Path);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
