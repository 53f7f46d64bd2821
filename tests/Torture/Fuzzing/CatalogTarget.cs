using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Spaces;
using Reflinks.Files;
using TestKit;
using Xunit;

namespace Torture.Fuzzing;

/// <summary>Catalogs. Of those that are taken for right some are laid out, in a folder beside things that must stay as they are.</summary>
[SupportedOSPlatform("linux")]
internal sealed class CatalogTarget(FuzzSite site) : FuzzTarget
{
    readonly IReadOnlyList<byte[]> seeds = site.Files(".catalog");

    internal override string Name => "catalog";

    internal override IReadOnlyList<byte[]> Seeds => seeds;

    internal override IReadOnlyList<byte[]> Words => ["../"u8.ToArray(), "/"u8.ToArray(), "\0"u8.ToArray(), "..\0"u8.ToArray(), ".\0"u8.ToArray(), "file 1\0"u8.ToArray()];

    internal override int Executions => 2000;

    internal override Func<byte[], byte[]> Reseal => static file =>
    {
        if (file.Length >= 56) BitConverter.GetBytes((long)file.Length).CopyTo(file, 16);
        return FuzzSite.Sealed(file);
    };

    internal override bool Execute(byte[] input)
    {
        try
        {
            return CatalogReader.Read(input, "fuzzed") is { Listing.Directories.Length: > 0 };
        }
        catch (HolotreeException refused) when (refused.Failure is HolotreeFailure.Damaged or HolotreeFailure.Unsupported)
        {
            return false;
        }
    }

    internal override bool Use(byte[] input, Random random)
    {
        if (random.Next(8) != 0) return false;
        string id = CatalogWriter.IdOf(input), path = site.Catalogs.PathOf(id);
        bool isOwn = File.Exists(path);
        if (!isOwn) File.WriteAllBytes(path, input);
        using var around = new TemporaryFolder(Path.GetDirectoryName(site.Home.Path)!);
        around.Write("beside", "beside");
        around.Write("folder/inner", "inner");
        TreeSnapshot before = TreeSnapshot.Take(around.Path);

        // Beside a long path a short one: what is recorded at a longer one is shortened.
        string target = random.Next(2) == 0 ? around["folder/space"] : Path.Join(Path.GetDirectoryName(Path.GetDirectoryName(site.Home.Path)), Path.GetFileName(around.Path)[^3..]);
        if (Path.Exists(target)) return false;
        try
        {
            site.Spaces.Restore("fuzzed", id, new RestoreOptions
            {
                Destination = target,
                Strategy = random.Next(3) switch { 0 => Strategy.HardLink, 1 => Strategy.Copy, _ => Strategy.Smart },
                Workers = 1 + random.Next(2),
            });

            // By a program that takes names as bytes.
            Assert.Empty(Tool.Try("find", target, "-type", "f", "-perm", "/6000").Output);
            site.Spaces.Delete("fuzzed", TimeSpan.FromSeconds(5));
        }
        catch (Exception refused) when (refused is HolotreeException or CloneException or IOException or UnauthorizedAccessException)
        {
            Assert.False(Directory.Exists(target), $"A half-made space is left: {refused}");
        }
        finally
        {
            if (!isOwn) File.Delete(path);
        }
        Assert.True(site.Spaces.Sweep(Timeout.InfiniteTimeSpan), "Something of the space cannot be deleted.");
        Assert.Equal(before.Paths, TreeSnapshot.Take(around.Path).Paths);
        Assert.Equal(("beside", "inner"), (File.ReadAllText(around["beside"]), File.ReadAllText(around["folder/inner"])));
        return true;
    }
}
