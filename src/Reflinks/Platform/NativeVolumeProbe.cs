using Reflinks.Files;
using Reflinks.Platform.Linux;
using Reflinks.Volumes;

namespace Reflinks.Platform;

/// <summary>The trials behind <see cref="VolumeProbe"/>, each the very call that would be used for the work.</summary>
internal static unsafe class NativeVolumeProbe
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
                if (error != Errno.None) refusals[what] = NativeErrors.Describe(error);
                return error == Errno.None;
            }

            string target = targetFolder.Path;
            return new VolumeCapabilities
            {
                Path = NativePath.Absolute(to),
                FileSystem = FileSystemOf(to),
                MountPoint = Kernel.MountPointOf(to),
                Reflink = Works(nameof(VolumeCapabilities.Reflink), Kernel.ClonesByName ? TryCloneInto(source, Path.Join(target, "reflink")) : Try(target, "reflink", made => Kernel.Clone(source, made))),
                RangeClone = Works(nameof(VolumeCapabilities.RangeClone), Try(target, "range", made => Kernel.CloneRange(source, 0, made, 0, TrialBytes))),
                KernelCopy = Works(nameof(VolumeCapabilities.KernelCopy), Try(target, "copy", made => TryKernelCopy(source, made))),
                HardLink = Works(nameof(VolumeCapabilities.HardLink), TryLink(Path.Join(sourceFolder.Path, "source"), Path.Join(target, "link"))),
                ExtendedAttributes = Works(nameof(VolumeCapabilities.ExtendedAttributes),
                    Try(target, "attributes", TryAttribute)),
                Snapshot = Works(nameof(VolumeCapabilities.Snapshot), TrySnapshot(sourceFolder.Path, target)),
                SaysItClones = Kernel.SaysItClones(to),
                QuotaGroups = Subvolume.HasQuotaGroups(to),
                Refusals = refusals,
            };
        }
        finally
        {
            _ = Kernel.close(source);
        }
    }

    static int CreateTrialFile(string path)
    {
        int descriptor = NativeFile.Open(path, Kernel.O_RDWR | Kernel.O_CREAT | Kernel.O_EXCL, 0x180, out Errno error);
        if (descriptor < 0) throw NativeErrors.Failure(error, "create", path);
        byte[] content = new byte[TrialBytes];
        content.AsSpan().Fill((byte)'r');
        error = NativeFile.Write(descriptor, content, 0);
        if (error == Errno.None && Kernel.fsync(descriptor) != 0) error = NativeErrors.Last;
        if (error == Errno.None) return descriptor;
        _ = Kernel.close(descriptor);
        throw NativeErrors.Failure(error, "write", path);
    }

    static Errno Try(string folder, string name, Func<int, Errno> trial)
    {
        int made = NativeFile.Open(Path.Join(folder, name), Kernel.O_RDWR | Kernel.O_CREAT | Kernel.O_EXCL, 0x180, out Errno error);
        if (made < 0) return error;
        error = trial(made);
        _ = Kernel.close(made);
        return error;
    }

    /// <summary>Windows has no attributes with names of one's own, and streams for the same.</summary>
    static ReadOnlySpan<byte> TrialAttribute => OperatingSystem.IsWindows() ? "windows.stream.reflinks"u8 : "user.reflinks"u8;

    static Errno TryAttribute(int made)
    {
        byte[] name = TrialAttribute.ToArray();
        Errno error = NativeMetadata.SetAttribute(made, name, [1]);
        if (error == Errno.None) _ = NativeMetadata.RemoveAttribute(made, name);
        return error;
    }

    static Errno TryCloneInto(int source, string path)
    {
        fixed (byte* name = NativeFile.Terminated(path)) return Kernel.CloneInto(source, Kernel.AT_FDCWD, name);
    }

    static Errno TryKernelCopy(int source, int target)
    {
        if (Kernel.CopiesWholeFiles) return Kernel.CopyWhole(source, target);
        long from = 0, to = 0;
        Errno error = NativeFile.KernelCopy(source, target, ref from, ref to, TrialBytes);
        return error == Errno.None && from < TrialBytes ? Errno.EINVAL : error;
    }

    static Errno TryLink(string source, string target)
    {
        fixed (byte* from = NativeFile.Terminated(source), to = NativeFile.Terminated(target))
            return Kernel.linkat(Kernel.AT_FDCWD, from, Kernel.AT_FDCWD, to, 0) == 0 ? Errno.None : NativeErrors.Last;
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
        Errno error = Kernel.FileSystemOf(path, out string name);
        return error == Errno.None ? name : throw NativeErrors.Failure(error, "examine", path);
    }
}
