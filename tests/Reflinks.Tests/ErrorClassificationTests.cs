using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Platform;

namespace Reflinks.Tests;

/// <summary>What an errno of a clone call is taken for: it decides between another way, another file and giving up.</summary>
[SupportedOSPlatform("linux")]
public sealed class ErrorClassificationTests
{
    [Theory]
    [InlineData("ENOSYS", CloneFailure.UnsupportedBySystem)]
    [InlineData("EOPNOTSUPP", CloneFailure.UnsupportedByPair)]
    [InlineData("ENOTTY", CloneFailure.UnsupportedByPair)]
    [InlineData("EXDEV", CloneFailure.UnsupportedByPair)]
    [InlineData("EINVAL", CloneFailure.UnsupportedByFile)]
    [InlineData("ETXTBSY", CloneFailure.UnsupportedByFile)]
    [InlineData("EBADF", CloneFailure.UnsupportedByFile)]
    [InlineData("EAGAIN", CloneFailure.UnsupportedByFile)]
    [InlineData("EBUSY", CloneFailure.UnsupportedByFile)]
    [InlineData("EMLINK", CloneFailure.UnsupportedByFile)]
    [InlineData("EPERM", CloneFailure.Refused)]
    [InlineData("EACCES", CloneFailure.Refused)]
    [InlineData("ENOSPC", CloneFailure.Failed)]
    [InlineData("EDQUOT", CloneFailure.Failed)]
    [InlineData("EIO", CloneFailure.Failed)]
    [InlineData("EROFS", CloneFailure.Failed)]
    [InlineData("ENOMEM", CloneFailure.Failed)]
    [InlineData("EFBIG", CloneFailure.Failed)]
    [InlineData("ELOOP", CloneFailure.Failed)]
    [InlineData("ENAMETOOLONG", CloneFailure.Failed)]
    [InlineData("EEXIST", CloneFailure.Failed)]
    [InlineData("ENOENT", CloneFailure.Failed)]
    [InlineData("EISDIR", CloneFailure.Failed)]
    public void Errno_has_its_class(string errno, CloneFailure expected) =>
        Assert.Equal(expected, NativeErrors.Classify(Enum.Parse<Errno>(errno)));

    [Fact]
    public void Unknown_errno_is_a_real_failure_and_never_a_reason_to_copy() =>
        Assert.Equal(CloneFailure.Failed, NativeErrors.Classify((Errno)4711));

    [Fact]
    public void Short_clone_concerns_the_one_file() =>
        Assert.Equal(CloneFailure.UnsupportedByFile, NativeErrors.Classify(NativeErrors.ShortClone));

    [Fact]
    public void Source_that_shrank_is_a_real_failure() =>
        Assert.Equal(CloneFailure.Failed, NativeErrors.Classify(NativeErrors.SourceShrank));
}
