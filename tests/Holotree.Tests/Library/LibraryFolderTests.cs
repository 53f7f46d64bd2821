using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Recording;
using Holotree.Spaces;

namespace Holotree.Tests.Library;

/// <summary>A library is made, known by its format, and swept by who happens to be alone in it.</summary>
[SupportedOSPlatform("linux")]
[OnLinux("modes of folders")]
public sealed class LibraryFolderTests : IDisposable
{
    readonly TemporaryFolder folder = new();
    readonly Home home;

    public LibraryFolderTests() => home = new Home(folder["home"]);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void New_library_is_private_and_says_its_format()
    {
        Assert.False(LibraryFolder.Exists(home));

        LibraryFolder.Create(home);

        Assert.True(LibraryFolder.Exists(home));
        Assert.Equal("holotree library 1\n", File.ReadAllText(home.FormatPath));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(home.LibraryPath));
        Assert.Equal(256, Directory.GetDirectories(Path.Combine(home.ObjectsPath, "sha256")).Length);
    }

    [Fact]
    public void Library_that_is_there_is_left_as_it_is()
    {
        LibraryFolder.Create(home);
        TreeSnapshot before = TreeSnapshot.Take(home.Path);

        LibraryFolder.Create(home);

        TreeComparison.AssertEqual(before, home.Path);
    }

    [Fact]
    public void Library_whose_making_was_cut_off_is_completed()
    {
        LibraryFolder.Create(home);
        File.Delete(home.FormatPath);
        Directory.Delete(home.IncomingPath);
        Directory.Delete(Path.Combine(home.ObjectsPath, "sha256", "ff"));

        LibraryFolder.Create(home);

        Assert.True(Directory.Exists(home.IncomingPath));
        Assert.True(Directory.Exists(Path.Combine(home.ObjectsPath, "sha256", "ff")));
        Assert.True(LibraryFolder.Exists(home));
    }

    [Fact]
    public async Task Many_may_make_the_same_library()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => LibraryFolder.Create(home))));

        Assert.True(LibraryFolder.Exists(home));
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(home.LibraryPath), path => Path.GetFileName(path).StartsWith('.'));
    }

    [Fact]
    public void Newer_library_is_refused_by_everything_and_left_alone()
    {
        LibraryFolder.Create(home);
        File.WriteAllText(home.FormatPath, "holotree library 2\n");
        Directory.CreateDirectory(folder["source"]);
        TreeSnapshot before = TreeSnapshot.Take(home.Path);

        foreach (Action use in new Action[]
        {
            () => new Recorder(home).Record(folder["source"], new RecordOptions()),
            () => new SpaceStore(home).Restore("space", "env", new RestoreOptions()),
            () => new CatalogStore(home).List(),
            () => new CatalogStore(home).Find("env"),
        })
        {
            var exception = Assert.Throws<HolotreeException>(use);
            Assert.Equal((HolotreeFailure.Unsupported, "library-newer"), (exception.Failure, exception.Code));
            Assert.Contains("format 2", exception.Message, StringComparison.Ordinal);
            Assert.Equal(home.LibraryPath, exception.Path);
        }
        TreeComparison.AssertEqual(before, home.Path);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("something else\n")]
    [InlineData("holotree library x\n")]
    [InlineData("holotree library -1\n")]
    [InlineData("holotree library 99999999999\n")]
    public void File_of_another_meaning_is_damage(string text)
    {
        LibraryFolder.Create(home);
        File.WriteAllText(home.FormatPath, text);

        var exception = Assert.Throws<HolotreeException>(() => LibraryFolder.Exists(home));

        Assert.Equal((HolotreeFailure.Damaged, "library-unknown"), (exception.Failure, exception.Code));
    }

    [Fact]
    public void Who_is_alone_sweeps_what_dead_processes_left()
    {
        LibraryFolder.Create(home);
        Leave();

        using FileLock shared = LibraryFolder.Share(home, TimeSpan.Zero, CancellationToken.None);

        Assert.Empty(Directory.EnumerateFileSystemEntries(home.IncomingPath));
        using FileLock other = LibraryFolder.Share(home, TimeSpan.Zero, CancellationToken.None);
    }

    [Fact]
    public void What_belongs_to_a_living_process_is_not_swept()
    {
        LibraryFolder.Create(home);
        using FileLock recording = LibraryFolder.Share(home, TimeSpan.Zero, CancellationToken.None);
        Leave();

        using FileLock other = LibraryFolder.Share(home, TimeSpan.Zero, CancellationToken.None);

        Assert.True(File.Exists(Path.Combine(home.IncomingPath, "session/0/17")));
    }

    [Fact]
    public void Sweeping_that_is_cut_off_gives_the_lock_back()
    {
        LibraryFolder.Create(home);
        Leave();

        Assert.Throws<OperationCanceledException>(() => LibraryFolder.Share(home, TimeSpan.Zero, new CancellationToken(canceled: true)));

        using FileLock alone = LibraryFolder.Own(home, TimeSpan.Zero, CancellationToken.None);
    }

    [Fact]
    public void Who_takes_away_waits_for_all_others()
    {
        LibraryFolder.Create(home);
        using (LibraryFolder.Share(home, TimeSpan.Zero, CancellationToken.None))
        {
            var exception = Assert.Throws<HolotreeException>(() => LibraryFolder.Own(home, TimeSpan.FromMilliseconds(50), CancellationToken.None));
            Assert.Equal(HolotreeFailure.Busy, exception.Failure);
            Assert.Contains("The library is in use", exception.Message, StringComparison.Ordinal);
        }
        using FileLock alone = LibraryFolder.Own(home, TimeSpan.Zero, CancellationToken.None);
        Assert.Throws<HolotreeException>(() => LibraryFolder.Share(home, TimeSpan.FromMilliseconds(50), CancellationToken.None));
    }

    [Theory]
    [InlineData("home", "home")]
    [InlineData("home/", "home")]
    [InlineData("./home//", "home")]
    [InlineData("real/../home", "home")]
    [InlineData("link/../home", "real/home")]
    public void Home_is_an_absolute_path_as_the_system_takes_it(string path, string expected)
    {
        folder.MakeFolder("real/inner");
        Directory.CreateSymbolicLink(folder["link"], folder["real/inner"]);

        Assert.Equal(folder[expected], new Home(folder[path]).Path);
    }

    void Leave()
    {
        Directory.CreateDirectory(Path.Combine(home.IncomingPath, "session/0"));
        File.WriteAllText(Path.Combine(home.IncomingPath, "session/0/17"), "half an object");
    }
}
