using Reflinks.Files;

namespace Reflinks.Trees;

/// <summary>How a tree is cloned.</summary>
public sealed record TreeCloneOptions
{
    /// <summary>Shares where possible, copies elsewhere, takes everything, preserves everything, refuses an existing destination.</summary>
    public static TreeCloneOptions Default { get; } = new();

    /// <summary>By which means files may be made.</summary>
    public TreeStrategy Strategy { get; init; } = TreeStrategy.ReflinkOrCopy;

    /// <summary>What is taken over besides the bytes. Without <see cref="Preserve.Mode"/> new entries get what the umask leaves.</summary>
    public Preserve Preserve { get; init; } = Preserve.All;

    /// <summary>Whether an existing destination, whatever it is, gives way as a whole. It is never merged with.</summary>
    public bool Overwrite { get; init; }

    /// <summary>
    /// Glob patterns relative to the tree's root (<c>*</c>, <c>**</c>, <c>?</c> is not one) of the files to take. With any, only
    /// the directories that lead to a match are made. Empty: all are taken.
    /// </summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>
    /// Glob patterns of files and directories to leave out; stronger than <see cref="Include"/>. A directory that is named (<c>build</c>,
    /// <c>build/</c>, <c>build/**</c>) is left out with all below it and not looked into. One that only loses its files stays.
    /// </summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>
    /// Up to how many entries (files, directories, links) a tree is cloned by one call of the system, where it has one: macOS, clonefile(2)
    /// of a directory. 0, the default: never. Elsewhere this does nothing.
    /// </summary>
    /// <remarks>
    /// Such a call is several times as fast as one a file, and Apple strongly discourages it. It tells of no progress and cannot be cancelled;
    /// a large one keeps all other work on the volume waiting for seconds. It makes everything or nothing. What changes in the source after it
    /// was listed is cloned as it is by then, and the report counts what was listed. Files keep flags that forbid any change, and access
    /// control lists are joined by those that the destination's folder passes on. So it is used only for a tree that is taken as a whole:
    /// without <see cref="Include"/> and <see cref="Exclude"/>, with everything preserved, by sharing, and without sockets, files of several
    /// names, or set-id bits. Where the system refuses, each file is cloned by itself and the reason is reported, as a way from
    /// <see cref="Mechanism.Snapshot"/>; where it does not, each file counts as <see cref="Mechanism.Reflink"/>.
    /// </remarks>
    public int WholeTreeLimit { get; init; }

    /// <summary>How many threads make files; 0 for as many as there are processors.</summary>
    public int Workers { get; init; }
}
