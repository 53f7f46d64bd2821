using System.Runtime.Versioning;
using Holotree.Library;
using Reflinks.Files;

namespace Holotree.Tests.Library;

/// <summary>A name in a home may stand for anything: it is read where it is a file of its kind, and nothing else is waited for.</summary>
[SupportedOSPlatform("linux")]
[OnLinux("FIFOs and devices among files")]
public sealed class StoredFileTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void File_is_read_as_it_is()
    {
        string path = folder.WriteRandom("file", 100_000);

        Assert.Equal(File.ReadAllBytes(path), StoredFile.Read(path, 100_000));
        Assert.Empty(StoredFile.Read(folder.Write("empty", ""), 10)!);
        File.CreateSymbolicLink(folder["link"], path);
        Assert.Equal(100_000, StoredFile.Read(folder["link"], 100_000)!.Length);
    }

    [Fact]
    public void Where_there_is_nothing_there_is_nothing_to_read()
    {
        folder.Write("file", "");

        Assert.Null(StoredFile.Read(folder["missing"], 10));
        Assert.Null(StoredFile.Read(folder["file/below"], 10));
    }

    [Theory]
    [InlineData("fifo", "EINVAL")]
    [InlineData("device", "EINVAL")]
    [InlineData("folder", "EINVAL")]
    [InlineData("long", "EFBIG")]
    public void What_is_no_small_file_is_refused_at_once(string what, string errno)
    {
        string path = folder["it"];
        switch (what)
        {
            case "fifo": Tool.Run("mkfifo", path); break;
            case "device": File.CreateSymbolicLink(path, "/dev/zero"); break;
            case "folder": Directory.CreateDirectory(path); break;
            default: Tool.Run("truncate", "--size", "1T", path); break;
        }

        var refused = Assert.ThrowsAny<IOException>(() => StoredFile.Read(path, 1 << 20));

        Assert.Equal((errno, path), (NativeError.Of(refused)?.Name, NativeError.PathOf(refused)));
        FactFile facts = FactFile.Read(path)!;
        Assert.Empty(facts.All);
    }
}
