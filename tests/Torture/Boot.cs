using TestKit;

namespace Torture;

/// <summary>Lets the programs of this mount namespace believe that the machine was started anew: binds another file over the kernel's id of a start.</summary>
internal sealed class Boot : IDisposable
{
    const string Id = "/proc/sys/kernel/random/boot_id";

    readonly string file;

    internal Boot(TemporaryFolder folder)
    {
        file = folder["boot id"];
        Again();
        Tool.Run("mount", "--bind", file, Id);
    }

    /// <summary>Starts it anew.</summary>
    internal void Again() => File.WriteAllText(file, $"{Guid.NewGuid()}\n");

    public void Dispose() => Tool.Try("umount", Id);
}
