using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Holotree.Catalogs;
using Holotree.Library;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Recording;

/// <summary>Records trees: what is in a folder becomes objects of the library and a catalog that lists them.</summary>
/// <param name="home">Whose library; it is made where it is missing.</param>
public sealed class Recorder(Home home)
{
    /// <summary>Records a folder.</summary>
    /// <param name="directory">An existing folder. Its absolute path is the prefix that is looked for in its files.</param>
    /// <param name="options">The name, and how to work.</param>
    /// <param name="progress">Told about files as they are read, from the threads that work.</param>
    /// <param name="cancellation">Ends the work; nothing is published, and objects made by then are gone.</param>
    /// <returns>What was found and stored.</returns>
    /// <exception cref="HolotreeException">The folder is missing, a file changed while it was read, the library is busy or newer.</exception>
    /// <exception cref="UnauthorizedAccessException">A file cannot be read.</exception>
    /// <exception cref="IOException">The system failed: no space, an I/O error.</exception>
    /// <remarks>
    /// Every file is read once, by as many threads as asked for, and becomes an object by a clone where the filesystem can, so
    /// that no data is written. Files that have not changed since the last recording under the same name are not read. Objects
    /// are on disk before the catalog is published: after a crash at any time the library is as it was before, or complete.
    /// </remarks>
    public RecordReport Record(
        string directory, RecordOptions options, IProgress<TreeProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ArgumentNullException.ThrowIfNull(options);
        string root = NativePath.Absolute(directory);
        CheckSource(root);
        string name = options.Name ?? Names.From(root);
        Names.Check(name, "catalog");
        try
        {
            return RecordOnLinux(root, name, options, progress, cancellation);
        }
        catch (IOException gone) when (IsVanished(gone, root))
        {
            throw RecordingRun.Changed(NativeError.PathOf(gone)!, gone);
        }
    }

    void CheckSource(string root)
    {
        if (!NativeFile.IsFolder(root))
        {
            throw NativeFile.IsFile(root)
                ? new HolotreeException(HolotreeFailure.Invalid, "source-not-a-folder", $"'{root}' is a file; folders are recorded.") { Path = root }
                : new HolotreeException(HolotreeFailure.NotFound, "source-missing", $"There is no folder '{root}'.")
                {
                    Path = root,
                    Error = NativeErrors.Describe(Errno.ENOENT),
                };
        }
        if (NativePath.IsInside(Existing(home.LibraryPath), root))
        {
            throw new HolotreeException(HolotreeFailure.Invalid, "source-holds-library", $"'{root}' holds the library '{home.LibraryPath}' itself.")
            {
                Path = root,
                Hint = "Use --home with a folder outside of what is recorded.",
            };
        }
    }

    /// <summary>The nearest folder on the way to a path that exists already.</summary>
    static string Existing(string path) => NativeFile.IsFolder(path) ? path : Existing(Path.GetDirectoryName(path)!);

    RecordReport RecordOnLinux(string root, string name, RecordOptions options, IProgress<TreeProgress>? progress, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        LibraryFolder.Create(home);
        using FileLock shared = LibraryFolder.Share(home, options.LockTimeout, cancellation);
        using var store = new ObjectStore(home);
        var catalogs = new CatalogStore(home);
        byte[] prefix = Encoding.UTF8.GetBytes(root);
        DateTimeOffset begun = DateTimeOffset.UtcNow;
        Moment moment = KeepsTimesOfMappings(root) ? Moment.Of(begun) : default;

        // On Linux a clone waits for its source to be on disk. One call for all is quicker than one wait for each file.
        if (OperatingSystem.IsLinux()) DurableFile.SyncFileSystem(root);
        int workers = options.Workers > 0 ? options.Workers : Environment.ProcessorCount;
        TreeScan scan = TreeScanner.ScanWithStamps(root, workers, cancellation);
        using var run = new RecordingRun(
            scan.Listing, scan.Stamps!.Files, root, prefix, home, store, moment, home.Access.IsPrivate ? SourceIndex.Load(catalogs, name, prefix) : null, workers, progress, cancellation);
        run.ReadAll();
        run.Publish();

        var facts = new CatalogFacts(name, prefix, $"{(OperatingSystem.IsLinux() ? "linux" : OperatingSystem.IsMacOS() ? "macos" : OperatingSystem.IsWindows() ? "windows" : "unknown")}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}", string.Empty);
        Catalog catalog = CatalogAssembly.Assemble(scan.Listing, run, facts);
        TreeTally tally = run.Tally;
        NativeError notPermitted = NativeErrors.Describe(Errno.EPERM);
        tally.NotPreserved.AddRange(scan.LinkAttributes);
        tally.NotPreserved.AddRange(scan.LostSetId.Select(path => new NotPreserved(path, NativeMetadata.SetIdBits, notPermitted)));

        var report = new RecordReport
        {
            Catalog = string.Empty,
            Name = name,
            Prefix = root,
            Files = scan.Listing.Files.Length,
            Directories = scan.Listing.Directories.Length - 1,
            Symlinks = scan.Listing.Symlinks.Length,
            LogicalBytes = scan.Listing.LogicalBytes,
            AddedBytes = run.Counts.AddedBytes,
            ObjectsAdded = run.Counts.Added,
            ObjectsKnown = run.Counts.Known,
            Hashed = run.Counts.Hashed,
            RelocatedFiles = catalog.Contents.Count(static content => content.RelocationCount > 0),
            Relocations = catalog.Relocations.Length,
            Mechanisms = tally.Mechanisms,
            Fallbacks = tally.Fallbacks(),
            Skipped = scan.Skipped,
            NotPreserved = tally.NotPreserved,
        };
        (string id, _) = catalogs.Publish(catalog, Figures(report, facts, begun));
        // Where others write too nobody believes what is said to have been read: each recording reads for itself.
        if (home.Access.IsPrivate) SaveIndex(catalogs.SourcesOf(id), scan.Stamps!.Files, moment);
        return report with { Catalog = id, Elapsed = Stopwatch.GetElapsedTime(start) };
    }

    /// <summary>Whether something below the root was listed, and then was not there or not what it was.</summary>
    bool IsVanished(IOException failure, string root) =>
        NativeErrors.Of(failure) is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP
        && NativeError.PathOf(failure) is { } path && path != root && !path.StartsWith(home.LibraryPath + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>
    /// Whether a write through a mapping shows in a file's times. On tmpfs only the first one ever does, as its pages never go
    /// to disk; nothing there counts as settled, so objects are always held against their digest, and files always read.
    /// </summary>
    static bool KeepsTimesOfMappings(string root) => NativeVolumeProbe.FileSystemOf(root) != "tmpfs";

    static void SaveIndex(string path, FileStamp[] stamps, Moment begun)
    {
        try
        {
            SourceIndex.Save(path, stamps, begun);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // The catalog stands, so the recording has succeeded. Without the index the next one reads all files.
        }
    }

    static CatalogInfo Figures(RecordReport report, CatalogFacts facts, DateTimeOffset begun) => new()
    {
        Id = string.Empty,
        Name = report.Name,
        Platform = facts.Platform,
        Prefix = report.Prefix,
        Files = report.Files,
        Directories = report.Directories,
        Symlinks = report.Symlinks,
        Bytes = report.LogicalBytes,
        RelocatedFiles = report.RelocatedFiles,
        Relocations = report.Relocations,
        Created = begun,
    };
}
