using System.Diagnostics;
using System.Globalization;
using Reflinks.Platform;

namespace Holotree.Library;

/// <summary>A lock on a file, by flock(2): it ends with the process that holds it, however that dies.</summary>
/// <remarks>The framework's own file locks can be switched off by an environment variable, so they are not used here.</remarks>
internal sealed class FileLock : IDisposable
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    readonly string path;
    int descriptor;

    FileLock(int descriptor, string path) => (this.descriptor, this.path) = (descriptor, path);

    /// <summary>Takes a lock, waiting for others to give it back.</summary>
    /// <param name="path">The lock's file, made if it is missing.</param>
    /// <param name="exclusive">Whether nobody else may hold it, or others may share it.</param>
    /// <param name="what">What the lock is for, for the message.</param>
    /// <exception cref="HolotreeException">Busy: it could not be had in time.</exception>
    internal static FileLock Take(string path, bool exclusive, TimeSpan timeout, string what, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            if (TryTake(path, exclusive) is { } taken) return taken;
            cancellation.ThrowIfCancellationRequested();
            if (Stopwatch.GetElapsedTime(start) >= timeout)
            {
                string holders = string.Join(", ", Holders(path).Distinct());
                throw new HolotreeException(HolotreeFailure.Busy, "busy",
                    $"The {what} is in use{(holders.Length > 0 ? $" by {holders}" : string.Empty)} and was not free within {timeout.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture)} s.")
                {
                    Path = path,
                    Hint = "Try again when that process has ended.",
                };
            }
            cancellation.WaitHandle.WaitOne(Pause);
        }
    }

    /// <summary>Takes a lock if nobody is in the way; null otherwise.</summary>
    internal static FileLock? TryTake(string path, bool exclusive) => Taken(OpenOrCreate(path, out Errno error), error, path, exclusive);

    /// <summary>Takes a lock on a file that says something itself; null also where there is none, and then none is made.</summary>
    internal static FileLock? TryTakeExisting(string path, bool exclusive)
    {
        int descriptor = NativeFile.Open(path, Kernel.O_RDONLY | Kernel.O_NONBLOCK | OpenFlags.O_NOFOLLOW, 0, out Errno error);
        return error == Errno.ENOENT ? null : Taken(descriptor, error, path, exclusive);
    }

    static FileLock? Taken(int descriptor, Errno error, string path, bool exclusive)
    {
        // On a filesystem that is read-only here it may still be written to through another mount, so the lock is no less needed.
        if (error == Errno.EROFS)
        {
            descriptor = NativeFile.Open(path, Kernel.O_RDONLY | OpenFlags.O_NOFOLLOW, 0, out Errno missing);
            if (missing != Errno.ENOENT) error = missing;
        }
        if (descriptor < 0) throw NativeErrors.Failure(error, "open lock", path);
        bool same = false;
        if (Lock(descriptor, exclusive, out error)) error = LookAt(path, descriptor, out same);
        if (same) return new FileLock(descriptor, path);
        _ = Kernel.close(descriptor);
        return error is Errno.None or Errno.EAGAIN ? null : throw NativeErrors.Failure(error, "lock", path);
    }

    /// <summary>Whether an open file still has its name. Whoever held the lock before may have deleted the file; a lock on one without a name keeps nobody out.</summary>
    static unsafe Errno LookAt(string path, int descriptor, out bool same)
    {
        same = false;
        Errno error = NativeFile.Stat(descriptor, out Kernel.Statx held);
        if (error != Errno.None) return error;
        Kernel.Statx named;
        fixed (byte* name = NativeFile.Terminated(path)) error = NativeFile.StatAt(Kernel.AT_FDCWD, name, 0, out named);
        same = error == Errno.None && named.stx_ino == held.stx_ino;
        return error == Errno.ENOENT ? Errno.None : error;
    }

    /// <summary>Opens the file of a lock. Others than its owner cannot, unless it is a group's: who can open it can keep everybody waiting.</summary>
    /// <remarks>
    /// Not in one call: in a sticky folder of a group the system refuses O_CREAT for a file of somebody else (proc_sys_fs(5): protected_regular).
    /// flock(2) asks for no right to write.
    /// </remarks>
    static int OpenOrCreate(string path, out Errno error)
    {
        const int any = Kernel.O_NONBLOCK;
        while (true)
        {
            int descriptor = NativeFile.Open(path, Kernel.O_RDWR | any | OpenFlags.O_NOFOLLOW, 0, out error);
            if (error == Errno.EACCES) descriptor = NativeFile.Open(path, Kernel.O_RDONLY | any | OpenFlags.O_NOFOLLOW, 0, out error);
            if (error != Errno.ENOENT) return descriptor;
            descriptor = NativeFile.Open(path, Kernel.O_RDWR | Kernel.O_CREAT | Kernel.O_EXCL | OpenFlags.O_NOFOLLOW, 0x180, out error);
            if (descriptor >= 0) SharedLibrary.Open(descriptor, path, 0x1B0);
            if (error != Errno.EEXIST) return descriptor;
        }
    }

    /// <summary>The open file that the lock belongs to.</summary>
    internal int Descriptor => descriptor;

    /// <summary>Lets others share a lock that was held alone. False where another process took it in between (flock(2): not atomic).</summary>
    internal bool TryShare() => Lock(descriptor, exclusive: false, out _);

    /// <summary>Deletes the lock's file, if that is possible; to be called by who holds it alone, when what it guards is gone.</summary>
    internal void Delete()
    {
        try
        {
            NativeFile.Delete(path);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // Nobody is kept out by a file that is left, and what it guarded is gone: that has not failed.
        }
    }

    static bool Lock(int descriptor, bool exclusive, out Errno error)
    {
        while (Kernel.flock(descriptor, (exclusive ? Kernel.LOCK_EX : Kernel.LOCK_SH) | Kernel.LOCK_NB) != 0)
        {
            error = NativeErrors.Last;
            if (error != Errno.EINTR) return false;
        }
        error = Errno.None;
        return true;
    }

    /// <summary>The processes that hold a lock on the file, by proc_locks(5): <c>1: FLOCK ADVISORY WRITE pid major:minor:inode …</c>.</summary>
    static IEnumerable<string> Holders(string path)
    {
        if (!OperatingSystem.IsLinux() || Stat(path) is not { } stat || !File.Exists("/proc/locks")) yield break;
        string inode = string.Create(CultureInfo.InvariantCulture, $"{DeviceOf(stat.stx_mnt_id)}:{stat.stx_ino}");
        foreach (string line in File.ReadLines("/proc/locks"))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 6 || fields[1] != "FLOCK" || !fields[5].EndsWith(inode, StringComparison.Ordinal)) continue;
            yield return NameOf(fields[4]) is { } name ? $"{name} (process {fields[4]})" : $"process {fields[4]}";
        }
    }

    /// <summary>
    /// The device of a mount's superblock as proc_locks(5) writes it; empty where it cannot be told, so that the inode decides
    /// alone. On btrfs it is another one than files have (proc_pid_mountinfo(5): the third field).
    /// </summary>
    static string DeviceOf(ulong mount)
    {
        string id = string.Create(CultureInfo.InvariantCulture, $"{mount} ");
        string? line = File.ReadLines("/proc/self/mountinfo").FirstOrDefault(line => line.StartsWith(id, StringComparison.Ordinal));
        return line?.Split(' ') is [_, _, var device, ..] && device.Split(':') is [var major, var minor]
            && int.TryParse(major, CultureInfo.InvariantCulture, out int majorNumber) && int.TryParse(minor, CultureInfo.InvariantCulture, out int minorNumber)
            ? string.Create(CultureInfo.InvariantCulture, $"{majorNumber:x2}:{minorNumber:x2}") : string.Empty;
    }

    static string? NameOf(string process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/comm").Trim();
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    static unsafe Kernel.Statx? Stat(string path)
    {
        fixed (byte* name = NativeFile.Terminated(path))
            return NativeFile.StatAt(Kernel.AT_FDCWD, name, 0, out Kernel.Statx stat) == Errno.None ? stat : null;
    }

    /// <summary>Whether processes that this one has started hold the lock as well, and keep it when this one gives it back.</summary>
    internal bool IsPassedOn { get; set; }

    /// <summary>Gives the lock back. Once only: the number of a closed descriptor may be another thread's by the second time.</summary>
    /// <remarks>
    /// Not by closing alone: the lock belongs to the open file (flock(2)), which whatever another thread is just starting has open too, from its fork
    /// until its exec.
    /// </remarks>
    public void Dispose()
    {
        int open = Interlocked.Exchange(ref descriptor, -1);
        if (open < 0) return;
        if (!IsPassedOn) _ = Kernel.flock(open, Kernel.LOCK_UN);
        _ = Kernel.close(open);
    }
}
