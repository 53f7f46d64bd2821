using System.Reflection;
using TestKit;
using Xunit;

namespace Architecture.Tests;

/// <summary>Arrows go down only: the program uses both libraries, Holotree uses Reflinks, Reflinks uses nobody.</summary>
public sealed class ReferenceTests
{
    private const string Framework = "the framework without System.Console", FrameworkAndConsole = "the framework";

    [Theory]
    [InlineData("Reflinks", Framework, "Microsoft.Extensions.FileSystemGlobbing")]
    [InlineData("Holotree", Framework, "Reflinks")]
    [InlineData("Holotree.Cli", FrameworkAndConsole, "Holotree", "Reflinks", "System.CommandLine", "Spectre.Console", "YamlDotNet")]
    [InlineData("TestKit", FrameworkAndConsole, "xunit.v3.assert", "xunit.v3.core", "xunit.v3.common")]
    public void An_assembly_uses_what_it_may_and_nothing_else(string assembly, string framework, params string[] others)
    {
        string[] references = [.. Load(assembly).GetReferencedAssemblies().Select(reference => reference.Name!).Order(StringComparer.Ordinal)];

        IEnumerable<string> surplus = references.Where(name => !others.Contains(name) && !(IsFramework(name) && (framework == FrameworkAndConsole || name != "System.Console")));

        Assert.True(!surplus.Any(), $"{assembly} may not use {string.Join(", ", surplus)}; it may use {framework} and {string.Join(", ", others)}.");
    }

    [Fact]
    public void The_list_is_held_against_real_references()
    {
        // An assembly that could not be read would have none, and pass.
        Assert.All(new[] { "Reflinks", "Holotree", "Holotree.Cli", "TestKit" }, name => Assert.NotEmpty(Load(name).GetReferencedAssemblies()));
    }

    [Fact]
    public void The_projects_say_the_same()
    {
        Assert.Empty(ProjectReferences("Reflinks"));
        Assert.Equal(["../Reflinks/Reflinks.csproj"], ProjectReferences("Holotree"));
        Assert.DoesNotContain(ProjectReferences("Holotree.Cli"), path => path.Contains("test", StringComparison.OrdinalIgnoreCase));
    }

    private static Assembly Load(string name) => Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, name + ".dll"));

    private static bool IsFramework(string name) =>
        File.Exists(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, name + ".dll"));

    private static IEnumerable<string> ProjectReferences(string project) =>
        System.Xml.Linq.XDocument.Load(Path.Combine(Repository.Root, "src", project, project + ".csproj"))
            .Descendants("ProjectReference")
            .Select(reference => reference.Attribute("Include")!.Value);
}
