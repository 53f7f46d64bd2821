using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Platform.Windows;

namespace Windows.Tests;

public sealed class ErrorTests
{
    /// <summary>What Windows has no word of its own for: several of Linux's share one of its.</summary>
    static readonly Errno[] Wordless = [Errno.EIO, Errno.EISDIR, Errno.E2BIG, Errno.EOVERFLOW, Errno.ENXIO, Errno.ENFILE, Errno.ENOTTY, Errno.ETXTBSY, Errno.ENODATA];

    [Fact]
    public void An_error_number_comes_back_from_the_error_of_windows_that_says_the_same() =>
        Assert.All(Enum.GetValues<Errno>().Except(Wordless), error => Assert.Equal(error, WindowsErrors.ErrnoOf(WindowsErrors.CodeOf(error))));

    [Theory]
    [InlineData(0xC0000034, nameof(Errno.ENOENT))]      // OBJECT_NAME_NOT_FOUND
    [InlineData(0xC000003A, nameof(Errno.ENOENT))]      // OBJECT_PATH_NOT_FOUND
    [InlineData(0xC0000035, nameof(Errno.EEXIST))]      // OBJECT_NAME_COLLISION
    [InlineData(0xC0000022, nameof(Errno.EACCES))]      // ACCESS_DENIED
    [InlineData(0xC00000BA, nameof(Errno.EISDIR))]      // FILE_IS_A_DIRECTORY
    [InlineData(0xC0000103, nameof(Errno.ENOTDIR))]     // NOT_A_DIRECTORY
    [InlineData(0xC0000101, nameof(Errno.ENOTEMPTY))]   // DIRECTORY_NOT_EMPTY
    [InlineData(0xC0000043, nameof(Errno.EBUSY))]       // SHARING_VIOLATION
    [InlineData(0xC0000056, nameof(Errno.EBUSY))]       // DELETE_PENDING
    [InlineData(0xC0000121, nameof(Errno.EBUSY))]       // CANNOT_DELETE
    [InlineData(0xC000007F, nameof(Errno.ENOSPC))]      // DISK_FULL
    [InlineData(0xC00000A2, nameof(Errno.EROFS))]       // MEDIA_WRITE_PROTECTED
    [InlineData(0xC00000D4, nameof(Errno.EXDEV))]       // NOT_SAME_DEVICE
    [InlineData(0xC00000BB, nameof(Errno.EOPNOTSUPP))]  // NOT_SUPPORTED
    [InlineData(0xC0000010, nameof(Errno.EOPNOTSUPP))]  // INVALID_DEVICE_REQUEST
    [InlineData(0xC000000D, nameof(Errno.EINVAL))]      // INVALID_PARAMETER
    [InlineData(0xC0000033, nameof(Errno.EINVAL))]      // OBJECT_NAME_INVALID
    [InlineData(0xC000009A, nameof(Errno.ENOMEM))]      // INSUFFICIENT_RESOURCES
    [InlineData(0xC0000265, nameof(Errno.EMLINK))]      // TOO_MANY_LINKS
    [InlineData(0xC0000055, nameof(Errno.EAGAIN))]      // LOCK_NOT_GRANTED
    [InlineData(0xC0000008, nameof(Errno.EBADF))]       // INVALID_HANDLE
    public void A_status_becomes_the_number_that_linux_gives(uint status, string expected)
    {
        Assert.Equal(-1, WindowsErrors.Fail(status));
        Assert.Equal(expected, NativeErrors.Last.ToString());
    }

    [Fact]
    public void An_error_is_told_in_the_words_and_by_the_name_and_number_of_windows()
    {
        _ = WindowsErrors.Fail(Win32Error.PATH_NOT_FOUND);
        NativeError told = WindowsErrors.Describe(Errno.ENOENT);

        Assert.Equal((3, "ERROR_PATH_NOT_FOUND", Errno.ENOENT), (told.Code, told.Name, told.Errno));
        Assert.False(string.IsNullOrWhiteSpace(told.Message));
        Assert.DoesNotMatch(@"[.\s]$", told.Message);
    }

    [Fact]
    public void An_error_that_the_last_call_did_not_give_is_told_by_its_own_name()
    {
        _ = WindowsErrors.Fail(Win32Error.PATH_NOT_FOUND);

        Assert.Equal("ERROR_NOT_SAME_DEVICE", WindowsErrors.Describe(Errno.EXDEV).Name);
    }
}
