using System.Text;
using Holotree.Relocation;

namespace Holotree.Tests.Relocation;

/// <summary>Links and junctions of Windows that lead into the recorded tree, however their target is written.</summary>
public sealed class LinkTargetsTests
{
    [Theory]
    [InlineData(@"C:\opt\env", @"D:\new")]
    [InlineData(@"C:\opt\env\", @"D:\new\")]
    [InlineData(@"c:\opt\env\Lib\..\x", @"D:\new\Lib\..\x")]
    [InlineData("C:/opt/env/Lib", "D:\\new/Lib")]
    [InlineData(@"\??\C:\opt\env\Lib", @"\??\D:\new\Lib")]
    [InlineData(@"\\?\C:\opt\env", @"\\?\D:\new")]
    [InlineData(@"C:\opt\env2", null)]
    [InlineData(@"C:\opt", null)]
    [InlineData(@"D:\opt\env\x", null)]
    [InlineData(@"..\opt\env", null)]
    [InlineData(@"\??\UNC\opt\env", null)]
    [InlineData(@"\??\", null)]
    [InlineData("", null)]
    public void Links_into_a_drive_are_led_to_the_new_path(string target, string? expected) =>
        Assert.Equal(expected, Retargeted(@"C:\opt\env", @"D:\new", target));

    [Theory]
    [InlineData(@"\\srv\share\env\Lib", @"\\nas\x\Lib")]
    [InlineData("//srv/share/env/Lib", @"\\nas\x/Lib")]
    [InlineData(@"\??\UNC\srv\share\env\Lib", @"\??\UNC\nas\x\Lib")]
    [InlineData(@"\\?\UNC\srv\share\env", @"\\?\UNC\nas\x")]
    [InlineData(@"\\srv\share\env2", null)]
    [InlineData(@"\??\srv\share\env", null)]
    public void Links_into_a_share_are_led_to_the_new_path(string target, string? expected) =>
        Assert.Equal(expected, Retargeted(@"\\srv\share\env", @"\\nas\x", target));

    [Theory]
    [InlineData(@"C:\env", @"\\nas\x", @"\??\C:\env\a", @"\??\UNC\nas\x\a")]
    [InlineData(@"\\srv\s", @"D:\n", @"\??\UNC\srv\s\a", @"\??\D:\n\a")]
    [InlineData(@"C:\env", "/new", @"\??\C:\env\a", @"/new\a")]
    public void From_a_drive_to_a_share_and_back(string old, string other, string target, string expected) =>
        Assert.Equal(expected, Retargeted(old, other, target));

    static string? Retargeted(string old, string other, string target)
    {
        byte[]? found = LinkTargets.Retarget(Encoding.UTF8.GetBytes(old), Encoding.UTF8.GetBytes(other), Encoding.UTF8.GetBytes(target));
        Assert.Equal(found is not null, LinkTargets.LeadsInto(Encoding.UTF8.GetBytes(old), Encoding.UTF8.GetBytes(target)));
        return found is null ? null : Encoding.UTF8.GetString(found);
    }
}
