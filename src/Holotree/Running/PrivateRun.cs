using System.Runtime.Versioning;
using Holotree.Library;
using Reflinks.Platform;

namespace Holotree.Running;

/// <summary>One command's private view of a tree: an overlay that is mounted in the command's own namespace, and goes with it.</summary>
/// <remarks>
/// An ordinary user's command is in a user namespace too, in which it is the same user and no other exists. Root's command is root as outside.
/// When this process dies, even killed, what the command started is killed too and nothing is left on disk.
/// </remarks>
[SupportedOSPlatform("linux")]
public sealed class PrivateRun : IDisposable
{
    readonly PrivateMount mount;
    readonly SpaceCommand afterDeath;
    readonly RunScratch scratch;
    Caretaker? caretaker;

    PrivateRun(PrivateMount mount, SpaceCommand afterDeath, RunScratch scratch) =>
        (this.mount, this.afterDeath, this.scratch) = (mount, afterDeath, scratch);

    /// <summary>The name of this run.</summary>
    public string Name => scratch.Name;

    /// <summary>Makes the folder for what a command will write.</summary>
    /// <param name="home">Where: on its disk, below <c>runs</c>.</param>
    /// <param name="mount">What the command sees, and where.</param>
    /// <param name="afterDeath">What cleans up where this process is killed, by calling <see cref="Spaces.SpaceStore.Sweep"/>: a path and its arguments.</param>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    public static PrivateRun Begin(Home home, PrivateMount mount, SpaceCommand afterDeath)
    {
        ArgumentNullException.ThrowIfNull(home);
        ArgumentNullException.ThrowIfNull(mount);
        ArgumentNullException.ThrowIfNull(afterDeath);
        return new PrivateRun(mount, afterDeath, RunScratch.Make(home, mount.Lower));
    }

    /// <summary>Starts the command, as a child of this process.</summary>
    internal MountRefusal? Start(SpaceCommand command, out int process)
    {
        process = 0;
        if (!scratch.CanCopyUp) return new MountRefusal("change files of another user or group in a user namespace", NativeErrors.Describe(Errno.EOVERFLOW));
        caretaker = Caretaker.Start(afterDeath, out Errno error);
        return caretaker is null ? new MountRefusal("make a process", NativeErrors.Describe(error)) : NamespaceChild.Start(command, mount, scratch, out process);
    }

    /// <summary>Deletes what the command has written. What takes long is left to <see cref="Spaces.SpaceStore.Sweep"/>.</summary>
    public void Dispose()
    {
        scratch.Remove();
        caretaker?.Dispose();
        caretaker = null;
    }
}
