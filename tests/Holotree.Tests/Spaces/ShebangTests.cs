using System.ComponentModel;
using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Spaces;
using Holotree.Tests.Staging;
using Reflinks.Trees;

namespace Holotree.Tests.Spaces;

/// <summary>Scripts that do not start at the new path are named, or refused before anything is made.</summary>
[SupportedOSPlatform("linux")]
public sealed class ShebangTests
{
    static readonly string[] Broken = ["bin/show", "bin/with-argument"];

    [Theory]
    [InlineData("xfs", Strategy.Reflink)]
    [InlineData("ext4", Strategy.Smart)]
    public void Scripts_whose_first_line_gets_too_long_are_named(string volume, Strategy strategy)
    {
        using var site = new Site(volume);
        MakeScripts(site);
        string target = site.Folder[new string('n', 240)];
        site.Record();

        RestoreReport report = site.Restore("space", strategy, options: new RestoreOptions { Destination = target });

        Assert.Equal(Broken, report.Relocated.Shebangs);
        Assert.Empty(report.Relocated.Unfit);
        Assert.Equal(6, report.Relocated.Files);
        Assert.StartsWith($"#!{target}/bin/echo\n", File.ReadAllText(Path.Join(target, "bin/show")), StringComparison.Ordinal);
        Assert.Throws<Win32Exception>(() => Tool.Try(Path.Join(target, "bin/show")));
        Assert.Equal("started\n", Tool.Run(Path.Join(target, "bin/by-shell")));
    }

    [Theory]
    [InlineData("target", false)]
    [InlineData("tar et", true)]
    [InlineData("t", false)]
    [InlineData("t t", true)]
    public void Scripts_whose_interpreter_gets_a_blank_are_named(string name, bool broken)
    {
        using var site = new Site("xfs");
        MakeScripts(site);
        string target = site.Folder[name];
        site.Record();

        RestoreReport report = site.Restore("space", Strategy.Reflink, options: new RestoreOptions { Destination = target });

        Assert.Equal(broken ? Broken : [], report.Relocated.Shebangs);
        if (broken) Assert.Throws<Win32Exception>(() => Tool.Try(Path.Join(target, "bin/show")));
        else Assert.Equal($"{target}/bin/show\n", Tool.Run(Path.Join(target, "bin/show")));
    }

    [Theory]
    [InlineData(240)]
    [InlineData(1)]
    public void Strict_makes_nothing(int length)
    {
        using var site = new Site("xfs");
        MakeScripts(site);
        string target = site.Folder[(length == 1 ? "a b" : new string('n', length))];
        site.Record();

        var restored = Assert.Throws<HolotreeException>(() => site.Restore(options: new RestoreOptions { Destination = target, Strict = true }));
        var cloned = Assert.Throws<HolotreeException>(() => RelocatingCloner.Clone(site.Source, target, new TreeCloneOptions { Workers = 1 }, strict: true));

        foreach (HolotreeException exception in new[] { restored, cloned })
        {
            Assert.Equal((HolotreeFailure.Unsupported, "relocation-shebang", "bin/show"), (exception.Failure, exception.Code, exception.Path));
            Assert.Contains("shorter path without blanks", exception.Hint, StringComparison.Ordinal);
        }
        Assert.False(Directory.Exists(target));
        site.AssertNothingLeft();
        site.Restore(options: new RestoreOptions { Destination = site.Folder["target"], Strict = true });
        RelocatingCloner.Clone(site.Source, site.Folder["other"], strict: true);
    }

    [Fact]
    public void Clone_names_them_too()
    {
        using var site = new Site("btrfs");
        MakeScripts(site);

        (_, RelocationCounts relocated) = RelocatingCloner.Clone(site.Source, site.Folder[new string('n', 240)]);

        Assert.Equal(Broken, relocated.Shebangs);
    }

    [Fact]
    public void Strict_clone_refuses_a_binary_that_the_path_does_not_fit_into()
    {
        using var site = new Site("xfs");
        site.Folder.Write("source/lib/x.so", $"\0{site.Source}\0");

        var exception = Assert.Throws<HolotreeException>(() => RelocatingCloner.Clone(site.Source, site.Folder["target-that-is-longer"], strict: true));

        Assert.Equal((HolotreeFailure.Unsupported, "relocation-unfit", "lib/x.so"), (exception.Failure, exception.Code, exception.Path));
        Assert.False(Directory.Exists(site.Folder["target-that-is-longer"]));
        RelocatingCloner.Clone(site.Source, site.Folder["target"], strict: true);
    }

    static void MakeScripts(Site site)
    {
        string long300 = new('x', 300);
        site.Folder.Write("source/bin/echo", File.ReadAllBytes("/bin/echo"));
        site.Folder.Write("source/bin/show", $"#!{site.Source}/bin/echo\nmore\n");
        site.Folder.Write("source/bin/with-argument", $"#!{site.Source}/bin/echo -n\n");
        site.Folder.Write("source/bin/by-shell", $"#!/bin/sh\nexec \"{site.Source}/bin/echo\" started\n");
        site.Folder.Write("source/bin/too-long-before", $"#!{site.Source}/bin/{long300}\n");
        foreach (string script in Directory.EnumerateFiles(Path.Join(site.Source, "bin"))) File.SetUnixFileMode(script, (UnixFileMode)0x1ED);
        site.Folder.Write("source/lib/not-executable", $"#!{site.Source}/bin/echo\n");
        site.Folder.Write("source/lib/text", $"{site.Source}\n");
    }
}
