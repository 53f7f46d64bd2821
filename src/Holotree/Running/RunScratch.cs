using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Spaces;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Trees;
using SystemCalls = Reflinks.Platform.Kernel;

namespace Holotree.Running;

/// <summary>The folder in which one run's overlay keeps what is written: <c>runs/NAME</c>, beside a lock that the run's program holds, and nobody it starts.</summary>
[SupportedOSPlatform("linux")]
internal sealed class RunScratch : IDisposable
{
    /// <summary>The overlay's folders, relative to <see cref="Path"/>, as mount options.</summary>
    internal const string OverlayFolders = "lowerdir=lower,upperdir=upper,workdir=work";

    const string LockSuffix = ".lock";

    const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>What is deleted before the command's caller goes on; what takes longer is deleted behind its back.</summary>
    static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(50);

    readonly Home home;
    readonly FileLock held;
    bool removed;

    RunScratch(Home home, string name, FileLock held) => (this.home, Name, this.held) = (home, name, held);

    /// <summary>The run's name, not given to another one.</summary>
    internal string Name { get; }

    /// <summary>
    /// Whether the overlay can take over who owns a file of the tree when it is changed. In an ordinary user's namespace only the user and the group of
    /// the process have a name; the tree is of another group where its folder hands its own group on (inode(7): set-group-ID).
    /// </summary>
    internal bool CanCopyUp { get; private set; } = true;

    internal string Path => System.IO.Path.Join(home.RunsPath, Name);

    /// <summary>What mountinfo shows as the source of the run's mount: by it the processes of a run are known.</summary>
    internal string MountSource => SourceOf(Name);

    static string SourceOf(string name) => "holotree-" + name;

    /// <summary>Makes the folders for an overlay over a tree.</summary>
    /// <exception cref="IOException">They cannot be made; nothing is left of them, or the next sweep takes it away.</exception>
    internal static RunScratch Make(Home home, string lower)
    {
        Directory.CreateDirectory(home.RunsPath, Private);
        while (true)
        {
            string name = $"run-{NativeFile.FreshName()}";
            if (FileLock.TryTake(System.IO.Path.Join(home.RunsPath, name + LockSuffix), exclusive: true) is not { } held) continue;
            var made = new RunScratch(home, name, held);
            try
            {
                made.Fill(lower);
                return made;
            }
            catch
            {
                made.Dispose();
                throw;
            }
        }
    }

    void Fill(string lower)
    {
        Directory.CreateDirectory(Path, Private);
        Directory.CreateDirectory(System.IO.Path.Join(Path, "work"), Private);
        File.CreateSymbolicLink(System.IO.Path.Join(Path, "lower"), lower);
        string upper = System.IO.Path.Join(Path, "upper");
        Directory.CreateDirectory(upper, Private);

        // The top of the overlay is this folder with all that a folder has.
        int from = Open(lower), to = -1;
        try
        {
            to = Open(upper);
            Errno error = NativeFile.Stat(from, out SystemCalls.Statx stat);
            if (error != Errno.None) throw NativeErrors.Failure(error, "look at", lower);
            NativeMetadata.DropDefaultAccessControlList(to);
            uint user = SystemCalls.geteuid();
            if (user == 0) _ = Interop.fchown(to, stat.stx_uid, stat.stx_gid);
            else CanCopyUp = stat.stx_uid == user && stat.stx_gid == SystemCalls.getegid();
            NativeMetadata.CopyAttributes(from, to, Preserve.ExtendedAttributes | Preserve.AccessControlLists, static (_, _) => { });
            error = NativeMetadata.SetMode(to, stat.stx_mode & 0xFFF);
            if (error == Errno.None) error = NativeMetadata.SetTimes(to, stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec);
            if (error != Errno.None) throw NativeErrors.Failure(error, "set the mode and time of", upper);
        }
        finally
        {
            _ = SystemCalls.close(from);
            if (to >= 0) _ = SystemCalls.close(to);
        }
    }

    static int Open(string folder)
    {
        int descriptor = NativeFile.Open(folder, SystemCalls.O_RDONLY | OpenFlags.O_DIRECTORY, 0, out Errno error);
        return descriptor >= 0 ? descriptor : throw NativeErrors.FolderFailure(error, "open", folder);
    }

    /// <summary>Deletes what the run has written. What takes long, or cannot be deleted now, is left to whoever sweeps.</summary>
    internal void Remove()
    {
        if (removed) return;
        removed = true;
        try
        {
            Forget(home, Path, AtOnce, CancellationToken.None);
            held.Delete();
        }
        finally
        {
            held.Dispose();
        }
    }

    static void Forget(Home home, string path, TimeSpan time, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stop.CancelAfter(time);
        try
        {
            TreeRemover.Remove(path, stop.Token);
        }
        catch (Exception left) when (left is OperationCanceledException or IOException or UnauthorizedAccessException)
        {
            new Graveyard(home).Add(path);
        }
    }

    /// <summary>Ends what is left of runs whose program has died, and deletes what they have written.</summary>
    internal static void SweepDead(Home home, CancellationToken cancellation)
    {
        if (!NativeFile.IsFolder(home.RunsPath)) return;
        foreach (string lockPath in Directory.EnumerateFiles(home.RunsPath, "*" + LockSuffix))
        {
            // Without a name it would be the lock of the folder itself, and with all runs in it.
            if (System.IO.Path.GetFileName(lockPath).StartsWith('.')) continue;
            try
            {
                using FileLock? alone = FileLock.TryTake(lockPath, exclusive: true);
                if (alone is null) continue;
                string path = lockPath[..^LockSuffix.Length];
                if (!RunProcesses.End(SourceOf(System.IO.Path.GetFileName(path)), cancellation)) continue;
                if (NativeFile.IsFolder(path)) Forget(home, path, AtOnce, cancellation);
                alone.Delete();
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                // No matter of the command that came across it; the next one tries again.
            }
        }
    }

    /// <summary>The same as <see cref="Remove"/>.</summary>
    public void Dispose() => Remove();
}
