using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Platform;

namespace Reflinks.Tests;

/// <summary>An errno is told by number, by name and in the system's own words, and every exception carries it.</summary>
[SupportedOSPlatform("linux")]
[OnLinux("its numbers and words of errors")]
public sealed class NativeErrorTests
{
    [Fact]
    public void Known_errno_has_number_name_and_words()
    {
        var error = NativeError.FromErrno(28);
        Assert.Equal(new NativeError(28, "ENOSPC", "No space left on device"), error);
        Assert.Equal("No space left on device (ENOSPC, 28)", error.ToString());
    }

    [Fact]
    public void Errno_without_a_name_here_is_told_by_its_number()
    {
        var error = NativeError.FromErrno(71);      // EPROTO, which no decision depends on
        Assert.Equal("71", error.Name);
        Assert.Equal("Protocol error (71)", error.ToString());
    }

    [Fact]
    public void Finding_of_our_own_has_words_and_no_number()
    {
        Assert.Equal(0, NativeError.ShortClone.Code);
        Assert.Equal("The clone is not as long as its source", NativeError.ShortClone.ToString());
    }

    [Theory]
    [InlineData("ENOENT", typeof(FileNotFoundException))]
    [InlineData("EACCES", typeof(UnauthorizedAccessException))]
    [InlineData("EPERM", typeof(UnauthorizedAccessException))]
    [InlineData("ENAMETOOLONG", typeof(PathTooLongException))]
    [InlineData("ENOSPC", typeof(IOException))]
    [InlineData("EIO", typeof(IOException))]
    public void Exception_of_the_framework_carries_its_errno_action_and_path(string name, Type type)
    {
        var errno = Enum.Parse<Errno>(name);
        Exception exception = NativeErrors.Failure(errno, "open", "/some/where");

        Assert.IsType(type, exception);
        NativeError error = Assert.NotNull(NativeError.Of(exception));
        Assert.Equal(((int)errno, name), (error.Code, error.Name));
        Assert.Equal($"Cannot open '/some/where': {error}.", exception.Message);
    }

    [Fact]
    public void Clone_exception_carries_kind_errno_and_both_paths()
    {
        CloneException exception = NativeErrors.CloneFailed(Errno.EXDEV, "/here/a", "/there/b");

        Assert.Equal(CloneFailure.UnsupportedByPair, exception.Failure);
        Assert.Equal(("/here/a", "/there/b"), (exception.SourcePath, exception.DestinationPath));
        Assert.Equal(exception.Error, NativeError.Of(exception));
        Assert.Equal(18, exception.HResult);
        Assert.Equal("Cannot clone '/here/a' to '/there/b': Invalid cross-device link (EXDEV, 18).", exception.Message);
    }

    [Fact]
    public void Exception_from_elsewhere_has_no_errno() =>
        Assert.Null(NativeError.Of(new IOException("not ours")));
}
