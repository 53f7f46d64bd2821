using System.Globalization;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Library;

/// <summary>Makes the folders of a library, checks its format, and hands out its lock.</summary>
internal static class LibraryFolder
{
    /// <summary>The layout described in docs/format.md. A library of a higher number is refused.</summary>
    const int Format = 1;

    /// <summary>Makes what is missing of a library.</summary>
    internal static void Create(Home home)
    {
        if (Exists(home)) return;

        try
        {
            if (home.Access is { Exists: true, IsShared: true } || (!home.Access.Exists && SharedLibrary.IsWanted(home.Path))) SharedLibrary.Make(home);
            else MakeFolders(home);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new HolotreeException(HolotreeFailure.Failed, "home-unwritable", $"Cannot make the library '{home.LibraryPath}': {refused.Message}", refused)
            {
                Path = home.Path,
                Error = NativeError.Of(refused) ?? NativeError.FromErrno((int)(refused is UnauthorizedAccessException ? Errno.EACCES : (Errno)refused.HResult)),
                Hint = "Use --home or HOLOTREE_HOME with a folder on a disk that you can write to.",
            };
        }
        DurableFile.SyncFileSystem(home.LibraryPath);

        // Last: where this file stands, all the others do. In the library of a group another user's cannot be replaced.
        if (home.IsShared && NativeFile.IsFile(home.FormatPath)) return;
        DurableFile.Write(home.FormatPath, System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"holotree library {Format}\n")));
    }

    static void MakeFolders(Home home)
    {
        // Objects hold what may be readable by their owner alone, so others are kept out of the whole library.
        const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(home.Path);
        if (OperatingSystem.IsWindows()) PrivateFolder.Create(home.LibraryPath);
        else Directory.CreateDirectory(home.LibraryPath, Private);
        Directory.CreateDirectory(home.CatalogsPath);
        Directory.CreateDirectory(home.IncomingPath);
        string objects = Path.Join(home.ObjectsPath, ObjectEntry.Sha256);
        for (int i = 0; i < 256; i++) Directory.CreateDirectory(Path.Join(objects, i.ToString("x2", CultureInfo.InvariantCulture)));
    }

    /// <summary>Whether there is a library; one of a newer format is refused.</summary>
    internal static bool Exists(Home home)
    {
        if (NativeFile.IsMissing(home.FormatPath)) return false;
        CheckFormat(home);
        return true;
    }

    static void CheckFormat(Home home)
    {
        string line = System.Text.Encoding.UTF8.GetString(StoredFile.Read(home.FormatPath, longest: 4096) ?? []).Split('\n')[0];
        if (line.StartsWith("holotree library ", StringComparison.Ordinal)
            && int.TryParse(line.AsSpan(17), NumberStyles.None, CultureInfo.InvariantCulture, out int found))
        {
            if (found is > 0 and <= Format) return;
            if (found > Format) throw new HolotreeException(HolotreeFailure.Unsupported, "library-newer",
                $"The library '{home.LibraryPath}' has format {found}; this program knows formats up to {Format}.")
            { Path = home.LibraryPath, Hint = "Use a newer version of Holotree." };
        }
        throw new HolotreeException(HolotreeFailure.Damaged, "library-unknown", $"The file '{home.FormatPath}' does not say what it should: '{line}'.")
        { Path = home.FormatPath };
    }

    /// <summary>
    /// Takes the library's lock together with others who add to it or read from it. Who happens to be alone first sweeps what
    /// dead processes left in the folder of incoming objects.
    /// </summary>
    internal static FileLock Share(Home home, TimeSpan timeout, CancellationToken cancellation)
    {
        if (home.IsShared) SharedLibrary.MakeUsers(home);
        if (FileLock.TryTake(home.LibraryLockPath, exclusive: true) is { } alone)
        {
            bool shared = false;
            try
            {
                SweepIncoming(home, cancellation);
                shared = alone.TryShare();
                if (shared) return alone;
            }
            finally
            {
                if (!shared) alone.Dispose();
            }
        }
        return FileLock.Take(home.LibraryLockPath, exclusive: false, timeout, "library", cancellation);
    }

    static void SweepIncoming(Home home, CancellationToken cancellation)
    {
        try
        {
            foreach (string left in Directory.EnumerateFileSystemEntries(home.IncomingPath)) TreeRemover.Remove(left, cancellation);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // Nobody takes what is left there for an object; `check` counts it, and the next command tries again.
        }
    }

    /// <summary>
    /// Clears away what dead processes left in the library beside its objects; by who holds its lock alone: recordings that were cut off,
    /// what is said about catalogs that are not there, small files that were being written.
    /// </summary>
    /// <param name="home">Whose library.</param>
    /// <param name="catalogs">The ids of all catalogs there are.</param>
    /// <param name="cancellation">Ends the work.</param>
    internal static void ClearUp(Home home, IReadOnlySet<string> catalogs, CancellationToken cancellation)
    {
        SweepIncoming(home, cancellation);
        foreach (string path in Directory.EnumerateFiles(home.CatalogsPath))
        {
            bool isAbout = Path.GetExtension(path) is ".label" or ".used" or ".sources" && Path.GetFileNameWithoutExtension(path).Length == Digest.HexLength;
            if (isAbout && !catalogs.Contains(Path.GetFileNameWithoutExtension(path))) TryDelete(home, path);
        }
        foreach (string folder in (string[])[home.Path, home.LibraryPath, home.CatalogsPath, home.TemplatesPath, home.LowersPath]) Unfinished.Sweep(folder);
        foreach (string standby in NativeFile.IsFolder(home.StandbyPath) ? Directory.EnumerateDirectories(home.StandbyPath) : []) Unfinished.Sweep(standby);
    }

    /// <summary>Deletes a file that a user of a shared library may have made who is another one: then it is left to him to clear it up.</summary>
    internal static void TryDelete(Home home, string path)
    {
        try
        {
            NativeFile.Delete(path);
        }
        catch (UnauthorizedAccessException) when (home.IsShared)
        {
            // The folder is sticky.
        }
    }

    /// <summary>Takes the library's lock alone, to take something away.</summary>
    internal static FileLock Own(Home home, TimeSpan timeout, CancellationToken cancellation) =>
        FileLock.Take(home.LibraryLockPath, exclusive: true, timeout, "library", cancellation);
}
