using System.Runtime.Versioning;
using Reflinks.Platform;

namespace Reflinks.Tests;

/// <summary>The mode of a name in a directory is set for what has the name, never for what a link there leads to.</summary>
[SupportedOSPlatform("linux")]
[OnLinux("modes of files")]
public sealed unsafe class ModeAtTests : IDisposable
{
    readonly TemporaryFolder place = new();

    public void Dispose() => place.Dispose();

    [Theory]
    [InlineData(0x124)]
    [InlineData(0)]
    [InlineData(0x1ED)]
    public void Mode_of_a_file_and_of_a_folder_is_set(int mode)
    {
        string file = place.Write("file", "x"), folder = place.MakeFolder("folder");
        File.SetUnixFileMode(file, UnixFileMode.None);

        Assert.Equal(Errno.None, Set(file, mode));
        Assert.Equal(Errno.None, Set(folder, mode));

        Assert.Equal(((UnixFileMode)mode, (UnixFileMode)mode), (File.GetUnixFileMode(file), File.GetUnixFileMode(folder)));
    }

    [Fact]
    public void Link_is_refused_and_what_it_leads_to_keeps_its_mode()
    {
        string file = place.Write("file", "x"), folder = place.MakeFolder("folder");
        File.SetUnixFileMode(file, UnixFileMode.UserRead);
        UnixFileMode before = File.GetUnixFileMode(folder);
        File.CreateSymbolicLink(place["to file"], file);
        File.CreateSymbolicLink(place["to folder"], folder);
        File.CreateSymbolicLink(place["to nothing"], "nothing");

        foreach (string link in (string[])["to file", "to folder", "to nothing"]) Assert.Equal(Errno.ELOOP, Set(place[link], 0x1FF));

        Assert.Equal((UnixFileMode.UserRead, before), (File.GetUnixFileMode(file), File.GetUnixFileMode(folder)));
        Assert.Equal(Errno.ENOENT, Set(place["missing"], 0x1FF));
    }

    static Errno Set(string path, int mode)
    {
        fixed (byte* name = NativeFile.Terminated(path)) return Kernel.SetModeAt(Kernel.AT_FDCWD, name, mode);
    }
}
