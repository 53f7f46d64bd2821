using System.Globalization;
using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Volumes;

namespace Reflinks.Platform.Linux;

/// <summary>The trials behind <see cref="VolumeProbe"/>, each the very call that would be used for the work.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe class LinuxVolumeProbe
{
    /// <summary>More than one block of any filesystem in use, and more than btrfs would keep inside its metadata.</summary>
    const int TrialBytes = 128 * 1024;

    internal static VolumeCapabilities Probe(string from, string to)
    {
        using var sourceFolder = PendingTree.Create(Path.Join(from, "probe"));
        using var targetFolder = PendingTree.Create(Path.Join(to, "probe"));
        int source = CreateTrialFile(Path.Join(sourceFolder.Path, "source"));
        try
        {
            var refusals = new Dictionary<string, NativeError>();
            bool Works(string what, Errno error)
            {
                if (error != Errno.None) refusals[what] = LinuxErrors.Describe(error);
                return error == Errno.None;
            }

            string target = targetFolder.Path;
            return new VolumeCapabilities
            {
                Path = LinuxPath.Absolute(to),
                FileSystem = FileSystemOf(to),
                MountPoint = MountPointOf(to),
                Reflink = Works(nameof(VolumeCapabilities.Reflink), Try(target, "reflink", made => LinuxFile.Clone(source, made))),
                RangeClone = Works(nameof(VolumeCapabilities.RangeClone), Try(target, "range", made => LinuxFile.CloneRange(source, 0, made, 0, TrialBytes))),
                KernelCopy = Works(nameof(VolumeCapabilities.KernelCopy), Try(target, "copy", made => TryKernelCopy(source, made))),
                HardLink = Works(nameof(VolumeCapabilities.HardLink), TryLink(Path.Join(sourceFolder.Path, "source"), Path.Join(target, "link"))),
                ExtendedAttributes = Works(nameof(VolumeCapabilities.ExtendedAttributes),
                    Try(target, "attributes", made => LinuxMetadata.SetAttribute(made, "user.reflinks"u8.ToArray(), [1]))),
                Snapshot = Works(nameof(VolumeCapabilities.Snapshot), TrySnapshot(sourceFolder.Path, target)),
                QuotaGroups = Subvolume.HasQuotaGroups(to),
                Refusals = refusals,
            };
        }
        finally
        {
            _ = Interop.close(source);
        }
    }

    static int CreateTrialFile(string path)
    {
        int descriptor = LinuxFile.Open(path, Interop.O_RDWR | Interop.O_CREAT | Interop.O_EXCL, 0x180, out Errno error);
        if (descriptor < 0) throw LinuxErrors.Failure(error, "create", path);
        byte[] content = new byte[TrialBytes];
        content.AsSpan().Fill((byte)'r');
        error = LinuxFile.Write(descriptor, content, 0);
        if (error == Errno.None && Interop.fsync(descriptor) != 0) error = LinuxErrors.Last;
        if (error == Errno.None) return descriptor;
        _ = Interop.close(descriptor);
        throw LinuxErrors.Failure(error, "write", path);
    }

    static Errno Try(string folder, string name, Func<int, Errno> trial)
    {
        int made = LinuxFile.Open(Path.Join(folder, name), Interop.O_RDWR | Interop.O_CREAT | Interop.O_EXCL, 0x180, out Errno error);
        if (made < 0) return error;
        error = trial(made);
        _ = Interop.close(made);
        return error;
    }

    static Errno TryKernelCopy(int source, int target)
    {
        long from = 0, to = 0;
        Errno error = LinuxFile.KernelCopy(source, target, ref from, ref to, TrialBytes);
        return error == Errno.None && from < TrialBytes ? Errno.EINVAL : error;
    }

    static Errno TryLink(string source, string target)
    {
        fixed (byte* from = LinuxFile.Terminated(source), to = LinuxFile.Terminated(target))
            return Interop.linkat(Interop.AT_FDCWD, from, Interop.AT_FDCWD, to, 0) == 0 ? Errno.None : LinuxErrors.Last;
    }

    static Errno TrySnapshot(string from, string to)
    {
        // Empty subvolumes go by rmdir, which an ordinary user may do where the ioctl is refused; so they go with the folder.
        string subvolume = Path.Join(from, "subvolume");
        Errno error = Subvolume.Create(subvolume);
        return error == Errno.None ? Subvolume.Snapshot(subvolume, Path.Join(to, "snapshot")) : error;
    }

    internal static string FileSystemOf(string path)
    {
        fixed (byte* name = LinuxFile.Terminated(path))
        {
            Interop.StatfsPrefix result;
            return Interop.statfs(name, &result) == 0
                ? FileSystemKind.NameOf(unchecked((uint)result.f_type))
                : throw LinuxErrors.Failure(LinuxErrors.Last, "examine", path);
        }
    }

    /// <summary>Field 5 of the line of proc_pid_mountinfo(5) that has the mount's id, its octal escapes resolved.</summary>
    static string MountPointOf(string path)
    {
        fixed (byte* name = LinuxFile.Terminated(path))
        {
            if (LinuxFile.StatAt(Interop.AT_FDCWD, name, 0, out Interop.Statx stat) != Errno.None || !File.Exists("/proc/self/mountinfo")) return string.Empty;
            string id = stat.stx_mnt_id.ToString(CultureInfo.InvariantCulture);
            foreach (string line in File.ReadLines("/proc/self/mountinfo"))
            {
                string[] fields = line.Split(' ', 6);
                if (fields.Length == 6 && fields[0] == id)
                    return fields[4].Replace("\\040", " ", StringComparison.Ordinal).Replace("\\011", "\t", StringComparison.Ordinal)
                        .Replace("\\012", "\n", StringComparison.Ordinal).Replace("\\134", "\\", StringComparison.Ordinal);
            }
            return string.Empty;
        }
    }
}
