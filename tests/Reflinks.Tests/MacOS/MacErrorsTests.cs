using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Platform.MacOS;

namespace Reflinks.Tests.MacOS;

/// <summary>Error numbers of macOS in those that the code decides by: pure, and so true wherever it runs.</summary>
[SupportedOSPlatform("macos")]
public sealed class MacErrorsTests
{
    const int Last = 106;       // ELAST, sys/errno.h

    [Theory]
    [InlineData(1, nameof(Errno.EPERM))]
    [InlineData(2, nameof(Errno.ENOENT))]
    [InlineData(18, nameof(Errno.EXDEV))]
    [InlineData(35, nameof(Errno.EAGAIN))]
    [InlineData(45, nameof(Errno.EOPNOTSUPP))]
    [InlineData(62, nameof(Errno.ELOOP))]
    [InlineData(63, nameof(Errno.ENAMETOOLONG))]
    [InlineData(66, nameof(Errno.ENOTEMPTY))]
    [InlineData(69, nameof(Errno.EDQUOT))]
    [InlineData(78, nameof(Errno.ENOSYS))]
    [InlineData(84, nameof(Errno.EOVERFLOW))]
    [InlineData(92, nameof(Errno.EILSEQ))]
    [InlineData(93, nameof(Errno.ENODATA))]
    [InlineData(102, nameof(Errno.EOPNOTSUPP))]
    public void Number_has_its_meaning(int mac, string meant) => Assert.Equal(Enum.Parse<Errno>(meant), (Errno)MacErrors.ToLinux(mac));

    [Fact]
    public void Number_without_a_like_on_Linux_is_taken_for_none_of_its_numbers()
    {
        foreach (int code in (int[])[67, 72, 79, 83, 88, 103, 106, 107, 5000])
        {
            Assert.Equal(MacErrors.Unknown + code, MacErrors.ToLinux(code));
            Assert.Equal(CloneFailure.Failed, NativeErrors.Classify((Errno)MacErrors.ToLinux(code)));
        }
    }

    [Fact]
    public void Every_number_can_be_turned_back()
    {
        // Two pairs mean one thing on Linux: the one that files give is taken.
        for (int code = 1; code <= Last; code++)
            Assert.Equal(code switch { 96 => 93, 102 => 45, _ => code }, MacErrors.FromLinux(MacErrors.ToLinux(code)));
    }

    [Fact]
    public void Every_error_the_code_decides_by_exists_there()
    {
        foreach (Errno error in Enum.GetValues<Errno>().Where(value => value != Errno.None))
            Assert.Equal((int)error, MacErrors.ToLinux(MacErrors.FromLinux((int)error)));
    }

    [Fact]
    public void Message_has_the_name_and_number_of_macOS()
    {
        NativeError error = MacErrors.Describe(Errno.EOPNOTSUPP);

        Assert.Equal((45, "ENOTSUP", Errno.EOPNOTSUPP), (error.Code, error.Name, error.Errno));
        Assert.Equal((11, "EDEADLK", (Errno)35), (MacErrors.Describe(11).Code, MacErrors.Describe(11).Name, MacErrors.Describe(11).Errno));
    }

    /// <summary>A file that lies in a cloud and may not be fetched (clonefile(2)): there is no other way to its bytes.</summary>
    [Fact]
    public void File_that_is_not_here_is_a_failure_and_no_reason_to_copy() =>
        Assert.Equal(CloneFailure.Failed, NativeErrors.Classify((Errno)MacErrors.ToLinux(11)));
}
