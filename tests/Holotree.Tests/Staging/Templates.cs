using System.Runtime.Versioning;
using Holotree.Spaces;
using Reflinks.Files;
using Reflinks.Platform;

namespace Holotree.Tests.Staging;

/// <summary>The templates of a site's home, and trees of which something is relocated.</summary>
[SupportedOSPlatform("linux")]
internal static class Templates
{
    internal static string PathOf(Site site, string catalog = "env") => Path.Join(site.Home.TemplatesPath, site.Catalogs.Find(catalog).Id);

    /// <summary>What lies beside each other in the folder of templates, without locks; a catalog's id reads ID.</summary>
    internal static string[] Names(Site site) => Directory.Exists(site.Home.TemplatesPath)
        ? [.. Directory.EnumerateFileSystemEntries(site.Home.TemplatesPath).Select(path => Path.GetFileName(path))
            .Where(static name => !name.EndsWith(".lock", StringComparison.Ordinal)).Select(static name => "ID" + name[64..]).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Every kind of entry that differs from space to space, in folders that are open and folders that are not.</summary>
    internal static void AddVarying(Site site, string folder = "varying")
    {
        string source = site.Source, at = $"source/{folder}";
        site.Folder.Write($"{at}/script", $"#!{source}/bin/python\nimport sys\n");
        site.Folder.Write($"{at}/text", $"{source}:{source}/bin\n");
        site.Folder.Write($"{at}/read-only/text", $"path={source}/etc\n");
        site.Folder.Write($"{at}/read-only/plain", "names nothing");
        byte[] large = new byte[400_000];
        new Random(1).NextBytes(large);
        System.Text.Encoding.UTF8.GetBytes($"\0{source}/lib\0").CopyTo(large, 200_000);
        site.Folder.Write($"{at}/library.so", large);
        site.Folder.Write($"{at}/small.so", $"\0{source}/lib\0");
        site.Folder.Write($"{at}/m.py", $"X = '{source}'\n");
        site.Folder.Write($"{at}/__pycache__/m.cpython-311.pyc", [0xA7, 0x0D, 0x0D, 0x0A, .. new byte[12], 1, 2, 3, .. System.Text.Encoding.UTF8.GetBytes(source)]);
        site.Folder.Write($"{at}/alone.pyc", [0xA7, 0x0D, 0x0D, 0x0A, .. new byte[12], 1, 2, 3, .. System.Text.Encoding.UTF8.GetBytes(source), 0]);
        Link(site.Folder[$"{at}/text"], site.Folder[$"{at}/read-only/the same text"]);
        Link(site.Folder[$"{at}/library.so"], site.Folder[$"{at}/the same library.so"]);
        File.CreateSymbolicLink(site.Folder[$"{at}/link"], $"{source}/{folder}/text");
        File.CreateSymbolicLink(site.Folder[$"{at}/root"], source);
        File.CreateSymbolicLink(site.Folder[$"{at}/other"], $"{source}2/text");
        Link(site.Folder[$"{at}/link"], site.Folder[$"{at}/read-only/the same link"]);
        File.SetUnixFileMode(site.Folder[$"{at}/script"], (UnixFileMode)0x16D);
        File.SetUnixFileMode(site.Folder[$"{at}/read-only/text"], (UnixFileMode)0x124);
        File.SetUnixFileMode(site.Folder[$"{at}/small.so"], (UnixFileMode)0x9ED);
        File.SetUnixFileMode(site.Folder[$"{at}/read-only"], (UnixFileMode)0x16D);
    }

    /// <summary>By the call itself: a program would be started by the thread pool, which an ordinary user's thread must not make larger.</summary>
    static unsafe void Link(string existing, string name)
    {
        fixed (byte* from = NativeFile.Terminated(existing), to = NativeFile.Terminated(name))
            Assert.Equal(0, Kernel.linkat(Kernel.AT_FDCWD, from, Kernel.AT_FDCWD, to, 0));
    }

    /// <summary>Asserts that two restores of one catalog to one path have told the same, but for what made the files.</summary>
    internal static void AssertSameReport(RestoreReport expected, RestoreReport actual)
    {
        Assert.Equal((expected.Files, expected.Directories, expected.Symlinks, expected.Mode), (actual.Files, actual.Directories, actual.Symlinks, actual.Mode));
        Assert.Equal((expected.Relocated.Files, expected.Relocated.Places, expected.Relocated.Links, expected.Relocated.Skipped),
            (actual.Relocated.Files, actual.Relocated.Places, actual.Relocated.Links, actual.Relocated.Skipped));
        Assert.Equal(expected.Relocated.Unfit.Order(StringComparer.Ordinal), actual.Relocated.Unfit.Order(StringComparer.Ordinal));
        Assert.Equal(expected.Relocated.Shebangs.Order(StringComparer.Ordinal), actual.Relocated.Shebangs.Order(StringComparer.Ordinal));
        Assert.Equal(Lost(expected), Lost(actual));
        Assert.Equal(expected.Bytes.Logical, actual.Bytes.Logical);
        Assert.Equal(actual.Bytes.Logical, actual.Bytes.Shared + actual.Bytes.Written);
        Assert.Equal((expected.Files, expected.Files), (expected.Mechanisms.Total, actual.Mechanisms.Total));
        Assert.Equal(expected.Mechanisms[Mechanism.Empty], actual.Mechanisms[Mechanism.Empty]);
        Assert.Equal(expected.Mechanisms[Mechanism.PlainCopy], actual.Mechanisms[Mechanism.PlainCopy]);
        Assert.Equal(expected.Mechanisms[Mechanism.Reflink], actual.Mechanisms[Mechanism.Snapshot]);
    }

    static IEnumerable<string> Lost(RestoreReport report) =>
        report.NotPreserved.Select(static lost => $"{lost.Path}: {lost.What} {lost.Error.Name}").Order(StringComparer.Ordinal);
}
