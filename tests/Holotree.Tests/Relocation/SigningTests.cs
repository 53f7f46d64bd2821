using System.Runtime.Versioning;
using System.Text;
using Holotree.Library;
using Holotree.Spaces;
using Holotree.Tests.Staging;
using Reflinks.Files;
using Reflinks.Trees;

namespace Holotree.Tests.Relocation;

/// <summary>
/// A program of macOS that was relocated is signed again. What signs here is a simulation of codesign: a script that puts another file into
/// the place of the one it is given, as that does, with a word behind its bytes.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class SigningTests
{
    const string Codesign = """
        #!/bin/sh
        echo call "$@" >>"$0.log"
        while [ $# -gt 0 ]; do
            case $1 in
                --sign) shift ;;
                --*) ;;
                *)
                    [ -w "$1" ] || exit 3
                    case $1 in *refused*) echo "$1: replacing existing signature" >&2; echo "$1: unsealed contents present" >&2; exit 1 ;; esac
                    cp "$1" "$1.new" && printf signed >>"$1.new" && mv "$1.new" "$1" || exit 1 ;;
            esac
            shift
        done
        """;

    static readonly DateTime Old = new(2015, 6, 7, 8, 9, 10, DateTimeKind.Utc);

    [Theory]
    [InlineData("xfs", Strategy.Reflink)]
    [InlineData("ext4", Strategy.Copy)]
    [InlineData("ext4", Strategy.Smart)]
    [InlineData("btrfs", Strategy.Snapshot)]
    public void Relocated_programs_are_signed_in_one_call_and_are_else_as_any_other_file(string volume, Strategy strategy)
    {
        using Site site = Make(volume, out RestoreOptions options);

        RestoreReport report = site.Restore("space", strategy, options: options);

        string space = options.Destination!;
        AssertSigned(site, space);
        Assert.Empty(report.NotPreserved);
        Assert.Single(Calls(options));
        Assert.Equal("call --force --sign - --preserve-metadata=identifier,entitlements", Calls(options)[0][..Calls(options)[0].IndexOf(" ./", StringComparison.Ordinal)]);
        Assert.Equal(RestoreReport.Unchanged, site.Restore("space", strategy, options: options).Mode);
        Assert.Single(Calls(options));
    }

    [Fact]
    public void Space_that_waited_has_its_programs_signed_at_its_path()
    {
        using Site site = Make("xfs", out RestoreOptions options);
        site.Restore("first", options: options with { Destination = null });
        Assert.Equal(1, new StandbySpaces(site.Home).Fill(1, options));

        RestoreReport report = site.Restore("space", options: options);

        Assert.True(report.Waited);
        AssertSigned(site, options.Destination!);
    }

    [Fact]
    public void Relocated_clone_is_signed()
    {
        using Site site = Make("xfs", out RestoreOptions options);

        (TreeReport report, _) = RelocatingCloner.Clone(site.Source, options.Destination!, null, strict: true, options.CodeSigner, null, CancellationToken.None);

        AssertSigned(site, options.Destination!);
        Assert.Empty(report.NotPreserved);
    }

    [Fact]
    public void Program_that_cannot_be_signed_is_told_and_the_others_are_signed()
    {
        using Site site = Make("xfs", out RestoreOptions options);
        site.Folder.Write("source/bin/refused", Program(site, 3_000));
        Directory.SetLastWriteTimeUtc(site.Folder["source/bin"], Old);
        site.Record();

        RestoreReport report = site.Restore("space", options: options);

        AssertSigned(site, options.Destination!);
        NotPreserved lost = Assert.Single(report.NotPreserved);
        Assert.Equal(("bin/refused", "code signature", "UNSIGNED"), (lost.Path, lost.What, lost.Error.Name));
        Assert.Equal($"{options.CodeSigner}: ./bin/refused: unsealed contents present", lost.Error.Message);
        Assert.Equal(Relocated(site, options, 3_000), File.ReadAllBytes(Path.Join(options.Destination, "bin/refused")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Strictly_a_program_that_cannot_be_signed_leaves_nothing(bool cloned)
    {
        using Site site = Make("xfs", out RestoreOptions options);
        site.Folder.Write("source/bin/refused", Program(site, 3_000));
        Directory.SetLastWriteTimeUtc(site.Folder["source/bin"], Old);
        site.Record();
        options = options with { Strict = true };

        var failure = Assert.Throws<HolotreeException>(() =>
        {
            if (cloned) RelocatingCloner.Clone(site.Source, options.Destination!, null, strict: true, options.CodeSigner, null, CancellationToken.None);
            else site.Restore("space", options: options);
        });

        Assert.Equal("relocation-unsigned", failure.Code);
        Assert.Contains("bin/refused", failure.Message, StringComparison.Ordinal);
        Assert.Contains("unsealed contents present", failure.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(options.Destination));
        site.AssertNothingLeft();
    }

    [Fact]
    public void Where_there_is_nothing_to_sign_by_every_program_is_told()
    {
        using Site site = Make("xfs", out RestoreOptions options);

        RestoreReport report = site.Restore("space", options: options with { CodeSigner = site.Folder["absent"] });

        Assert.Equal(["bin/small", "second"], report.NotPreserved.Where(lost => lost.What == "code signature").Select(lost => lost.Path).Order());
        Assert.Equal(Relocated(site, options, 3_000), File.ReadAllBytes(Path.Join(options.Destination, "bin/small")));
    }

    /// <summary>A recorded tree with programs that name its path, small and large, with two names and read-only; and with others.</summary>
    static Site Make(string volume, out RestoreOptions options)
    {
        var site = new Site(volume);
        site.Folder.Write("source/bin/small", Program(site, 3_000));
        site.Folder.Write("source/lib/large.dylib", Program(site, 300_000));
        Tool.Run("ln", site.Folder["source/lib/large.dylib"], site.Folder["source/second"]);
        site.Folder.Write("source/bin/other", [0xCF, 0xFA, 0xED, 0xFE, .. new byte[3_000]]);
        site.Folder.Write("source/bin/script", $"#!{site.Source}/bin/small\n");
        File.SetUnixFileMode(site.Folder["source/bin/small"], (UnixFileMode)0x16D);            // r-xr-xr-x
        foreach (string file in Directory.EnumerateFiles(site.Source, "*", SearchOption.AllDirectories)) File.SetLastWriteTimeUtc(file, Old);
        foreach (string folder in (string[])["bin", "lib", ""]) Directory.SetLastWriteTimeUtc(Path.Join(site.Source, folder), Old);
        site.Record();
        string codesign = site.Folder.Write("codesign", Codesign);
        File.SetUnixFileMode(codesign, (UnixFileMode)0x1ED);
        options = new RestoreOptions { LockTimeout = Site.Patience, Destination = site.Folder["made"], CodeSigner = codesign };
        return site;
    }

    static byte[] Program(Site site, int length) =>
        [0xCF, 0xFA, 0xED, 0xFE, 12, 0, 0, 1, .. new byte[length], .. Encoding.UTF8.GetBytes(site.Source + "/lib"), 0, .. "after"u8];

    static byte[] Relocated(Site site, RestoreOptions options, int length)
    {
        byte[] path = Encoding.UTF8.GetBytes(options.Destination + "/lib");
        return [0xCF, 0xFA, 0xED, 0xFE, 12, 0, 0, 1, .. new byte[length], .. path, .. new byte[site.Source.Length + 4 - path.Length], 0, .. "after"u8];
    }

    static string[] Calls(RestoreOptions options) => File.ReadAllLines(options.CodeSigner + ".log");

    static void AssertSigned(Site site, string made)
    {
        var options = new RestoreOptions { Destination = made };
        Assert.Equal([.. Relocated(site, options, 3_000), .. "signed"u8], File.ReadAllBytes(Path.Join(made, "bin/small")));
        Assert.Equal([.. Relocated(site, options, 300_000), .. "signed"u8], File.ReadAllBytes(Path.Join(made, "lib/large.dylib")));
        Assert.Equal(File.ReadAllBytes(site.Folder["source/bin/other"]), File.ReadAllBytes(Path.Join(made, "bin/other")));
        Assert.Equal($"#!{made}/bin/small\n", File.ReadAllText(Path.Join(made, "bin/script")));
        Assert.Equal((UnixFileMode)0x16D, File.GetUnixFileMode(Path.Join(made, "bin/small")));
        Assert.Equal(Inode(made, "lib/large.dylib"), Inode(made, "second"));
        foreach (string name in (string[])["bin/small", "lib/large.dylib", "bin/script", "bin", "lib", ""]) Assert.Equal(Old, Directory.GetLastWriteTimeUtc(Path.Join(made, name)));

        static string Inode(string made, string name) => Tool.Run("stat", "--format=%i", Path.Join(made, name));
    }
}
