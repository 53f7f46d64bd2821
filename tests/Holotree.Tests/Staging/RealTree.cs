using System.Runtime.Versioning;
using Holotree.Spaces;

namespace Holotree.Tests.Staging;

/// <summary>A tree of the kind that people have: built at the site's source, recorded, and used at other places when its first one is gone.</summary>
[SupportedOSPlatform("linux")]
internal static class RealTree
{
    internal const string SampleLibrary = "lib/libsample.so";

    public static TheoryData<string, Strategy> Volumes() => new() { { "btrfs", Strategy.Reflink }, { "xfs", Strategy.Reflink }, { "ext4", Strategy.Smart } };

    /// <summary>Records the source, takes it away, and restores it at a path as long, at a shorter and at a longer one.</summary>
    /// <param name="site">Where the tree was built.</param>
    /// <param name="strategy">How it is restored.</param>
    /// <param name="use">Does something real with it at the path it is given; told which files do not work there.</param>
    internal static void UseAtOtherPlaces(Site site, Strategy strategy, Action<string, RestoreReport> use)
    {
        site.Record();
        Directory.Move(site.Source, site.Folder["gone"]);       // nothing may be found there by accident
        foreach (string name in new[] { "copied", "s", "a-longer-name-than-before" })
        {
            string place = site.Folder[name];
            RestoreReport report = site.Restore(name, strategy, options: new RestoreOptions { Destination = place, Strict = place.Length <= site.Source.Length });

            Assert.Equal(place.Length > site.Source.Length, report.Relocated.Unfit.Count > 0);
            Assert.Empty(report.Relocated.Shebangs);
            use(place, report);
            (int code, string named) = Tool.Try("grep", "-rIlF", site.Source, place);
            Assert.True(code == 1, $"text files still name {site.Source}: {named}");
        }
    }

    /// <summary>Compiles a shared library into the source; returns what a program or extension has to be linked with to find it there by its full path.</summary>
    internal static string[] BuildSampleLibrary(Site site)
    {
        string code = site.Folder.Write("sample.c", "int sample_number(void) { return 42; }\n"), library = Path.Join(site.Source, SampleLibrary);
        Directory.CreateDirectory(Path.GetDirectoryName(library)!);
        Tool.Run("gcc", "-shared", "-fPIC", "-o", library, code);
        string folder = Path.GetDirectoryName(library)!;
        return ["-L" + folder, "-lsample", "-Wl,-rpath," + folder];
    }

    internal static void MakeExecutable(string path) => File.SetUnixFileMode(path, (UnixFileMode)0x1ED);
}
