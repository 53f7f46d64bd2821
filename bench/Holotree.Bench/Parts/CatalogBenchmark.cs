using System.Globalization;
using System.Runtime.Versioning;
using BenchmarkDotNet.Attributes;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Recording;
using Holotree.Spaces;

namespace Holotree.Bench.Parts;

/// <summary>What a command does with a catalog before it makes a file: load and check it, and decide what happens to each file.</summary>
[SupportedOSPlatform("linux")]
public class CatalogBenchmark
{
    internal const int Files = 20_000;
    const int FilesEach = 50;

    readonly string folder = Path.Join(Path.GetTempPath(), $"holotree-catalog-{Environment.ProcessId}");
    readonly byte[] newPrefix = "/home/user/.holotree/spaces/tools"u8.ToArray();
    string path = string.Empty;
    byte[] file = [];
    Catalog? catalog;

    /// <summary>Records a tree of 20,000 small files, one in a hundred of which names its place.</summary>
    [GlobalSetup]
    public void Record()
    {
        string tree = Path.Join(folder, "tree");
        for (int number = 0; number < Files; number++)
        {
            string parent = Path.Join(tree, $"package-{number / FilesEach}");
            if (number % FilesEach == 0) Directory.CreateDirectory(parent);
            string name = string.Create(CultureInfo.InvariantCulture, $"file-{number:D5}.js");
            File.WriteAllText(Path.Join(parent, name), number % 100 == 0 ? $"root = '{tree}/lib'\n" : $"exports.value = {number};\n");
        }
        var home = new Home(Path.Join(folder, "home"));
        string id = new Recorder(home).Record(tree, new RecordOptions { Name = "tree" }).Catalog;
        path = Directory.EnumerateFiles(home.Path, $"{id}.catalog", SearchOption.AllDirectories).Single();
        file = File.ReadAllBytes(path);
        catalog = CatalogReader.Read(file, path);
    }

    /// <summary>Loads the catalog.</summary>
    [Benchmark(Description = "catalog load, 20,000 files")]
    public object Load() => CatalogReader.Read(file, path);

    /// <summary>Plans a restore.</summary>
    [Benchmark(Description = "plan of a restore, 20,000 files")]
    public object Plan() => RestorePlan.For(catalog!, newPrefix, []);

    /// <summary>Removes the tree.</summary>
    [GlobalCleanup]
    public void Remove() => Directory.Delete(folder, recursive: true);
}
