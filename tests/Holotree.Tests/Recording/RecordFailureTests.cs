using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Recording;
using Holotree.Tests.Staging;
using Reflinks.Files;

namespace Holotree.Tests.Recording;

/// <summary>What cannot be recorded: the message says what and why, and nothing is left over.</summary>
[SupportedOSPlatform("linux")]
public sealed class RecordFailureTests
{
    [Fact]
    public void Missing_source_is_not_found()
    {
        using var site = new Site("tmpfs");

        var exception = Assert.Throws<HolotreeException>(() => site.Record());

        Assert.Equal((HolotreeFailure.NotFound, "source-missing", site.Source, "ENOENT"), (exception.Failure, exception.Code, exception.Path, exception.Error?.Name));
        Assert.False(Directory.Exists(site.Home.Path));
    }

    [Fact]
    public void File_is_no_source()
    {
        using var site = new Site("tmpfs");
        site.Folder.Write("source", "a file");

        var exception = Assert.Throws<HolotreeException>(() => site.Record());

        Assert.Equal((HolotreeFailure.Invalid, "source-not-a-folder", site.Source), (exception.Failure, exception.Code, exception.Path));
        Assert.False(Directory.Exists(site.Home.Path));
    }

    [Theory]
    [InlineData("home")]
    [InlineData("home/library")]
    [InlineData("")]
    [InlineData("link")]
    [InlineData("link/home")]
    public void Source_that_holds_the_library_is_refused(string source)
    {
        using var site = new Site("tmpfs");
        site.Folder.MakeFolder("home/library");
        Directory.CreateSymbolicLink(site.Folder["link"], site.Folder.Path);

        var exception = Assert.Throws<HolotreeException>(() => site.Record("env", site.Folder[source]));

        Assert.Equal((HolotreeFailure.Invalid, "source-holds-library"), (exception.Failure, exception.Code));
        Assert.Empty(Directory.EnumerateFileSystemEntries(site.Home.LibraryPath));
    }

    [Fact]
    public void Source_that_will_hold_the_library_is_refused_before_it_is_made()
    {
        using var site = new Site("tmpfs");

        Assert.Equal("source-holds-library", Assert.Throws<HolotreeException>(() => site.Record("env", site.Folder.Path)).Code);
        Assert.Equal("source-holds-library", Assert.Throws<HolotreeException>(() => site.Record("env", "/")).Code);

        Assert.False(Directory.Exists(site.Home.Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("-x")]
    public void Name_that_is_none_is_refused_before_anything_is_made(string name)
    {
        using var site = new Site("tmpfs");
        site.MakeSample(files: 1);

        Assert.Equal("name-invalid", Assert.Throws<HolotreeException>(() => site.Record(name)).Code);
        Assert.False(Directory.Exists(site.Home.Path));
    }

    [Theory]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    public void File_that_may_not_be_read_is_named(string volume)
    {
        using var site = new Site(volume);
        site.GiveToUnprivileged();
        Unprivileged.Run(() =>
        {
            site.MakeSample(SampleParts.None, files: 60);
            string secret = site.Folder.Write("source/package-001/secret", "secret");
            File.SetUnixFileMode(secret, UnixFileMode.None);

            var exception = Assert.Throws<UnauthorizedAccessException>(() => site.Record());

            Assert.Contains($"'{secret}'", exception.Message, StringComparison.Ordinal);
            Assert.Equal("EACCES", NativeError.Of(exception)?.Name);
            site.AssertNothingLeft();
            Assert.Empty(site.Objects());
            Assert.Empty(site.Catalogs.List());
        });
    }

    [Fact]
    public void Folder_that_may_not_be_listed_is_named()
    {
        using var site = new Site("ext4");
        site.GiveToUnprivileged();
        Unprivileged.Run(() =>
        {
            string secret = site.Folder.MakeFolder("source/secret");
            File.SetUnixFileMode(secret, UnixFileMode.None);

            var exception = Assert.Throws<UnauthorizedAccessException>(() => site.Record());

            Assert.Contains(secret, exception.Message, StringComparison.Ordinal);
            site.AssertNothingLeft();
        });
    }

    [Fact]
    public void Library_of_somebody_else_is_refused_by_name()
    {
        using var site = new Site("xfs");
        site.MakeSample(files: 5);
        site.Record();
        Unprivileged.Run(() =>
        {
            var exception = Assert.ThrowsAny<Exception>(() => site.Record());
            Assert.Contains(site.Home.LibraryPath, exception.Message, StringComparison.Ordinal);
        });
        site.AssertNothingLeft();
    }

    [Fact]
    public void Cancelled_recording_leaves_nothing()
    {
        using var site = new Site("xfs");
        TreeSnapshot source = site.MakeSample(SampleParts.None, files: 200);
        for (int moment = 0; moment < 8; moment++)
        {
            using var cancellation = new CancellationTokenSource();
            int turns = 0;
            if (moment == 0) cancellation.Cancel();

            Assert.ThrowsAny<OperationCanceledException>(() => new Recorder(site.Home).Record(
                site.Source, new RecordOptions { Name = "env", Workers = 2 }, new Told(_ =>
                {
                    if (Interlocked.Increment(ref turns) == moment) cancellation.Cancel();
                }), cancellation.Token));

            site.AssertNothingLeft();
            Assert.Empty(site.Objects());
            Assert.Empty(site.Catalogs.List());
        }
        TreeComparison.AssertEqual(source, site.Source);
        site.Record();
    }

    [Fact]
    public void Busy_library_is_told_in_time()
    {
        using var site = new Site("tmpfs");
        site.MakeSample(files: 1);
        LibraryFolder.Create(site.Home);
        using FileLock alone = LibraryFolder.Own(site.Home, TimeSpan.Zero, CancellationToken.None);

        var options = new RecordOptions { Name = "env", LockTimeout = TimeSpan.FromMilliseconds(100) };
        var exception = Assert.Throws<HolotreeException>(() => new Recorder(site.Home).Record(site.Source, options));

        Assert.Equal(HolotreeFailure.Busy, exception.Failure);
        Assert.Contains($"(process {Environment.ProcessId})", exception.Message, StringComparison.Ordinal);
    }
}
