namespace Windows.Tests;

public sealed class HelloTests
{
    [Fact]
    public void Is_windows() => Assert.True(OperatingSystem.IsWindows());
}
