using System.Reflection;
using Xunit;
using Xunit.v3;

namespace TestKit;

/// <summary>A test, or a class of tests, of what only Linux has: elsewhere it is skipped, with what that is.</summary>
/// <param name="what">What the test is about.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class OnLinuxAttribute(string what) : BeforeAfterTestAttribute
{
    /// <summary>What the test is about.</summary>
    public string What { get; } = what;

    /// <summary>Whether every Unix has it, and only Windows does not.</summary>
    public bool OrAnotherUnix { get; set; }

    /// <inheritdoc/>
    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (!(OrAnotherUnix ? !OperatingSystem.IsWindows() : OperatingSystem.IsLinux())) Assert.Skip($"This system does not have it: {What}.");
    }
}
