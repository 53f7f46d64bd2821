using System.Text.RegularExpressions;
using Reflinks.Volumes;

namespace Reflinks.Tests.Volumes;

/// <summary>The table of docs/platforms.md claims what the program says of itself, and nothing without a test.</summary>
public sealed partial class PlatformTableTests
{
    static readonly Dictionary<string, SupportEvidence> Words = new()
    {
        ["tested"] = SupportEvidence.Tested,
        ["emulated"] = SupportEvidence.Emulated,
        ["simulated"] = SupportEvidence.Simulated,
        ["compiled"] = SupportEvidence.CompiledOnly,
    };

    [Fact]
    public void Every_row_says_what_doctor_says()
    {
        string[] wrong = [.. Rows().Where(row => FileSystemKind.EvidenceFor(row.System, row.FileSystem) != Words[row.Verified]).Select(row => $"{row.System} {row.FileSystem}")];

        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_claim_names_tests_that_exist_and_what_has_none_says_so()
    {
        Row[] rows = Rows();
        string[] missing = [.. rows.SelectMany(row => Test().Matches(row.Tests).Select(match => match.Value.Trim('`'))).Distinct().Where(test => !Exists(test.Split('.')))];
        string[] unproven = [.. rows.Where(row => row.Verified == "compiled" ? row.Tests != "none" : !Test().IsMatch(row.Tests)).Select(row => $"{row.System} {row.FileSystem}")];

        Assert.True(missing.Length == 0, $"There are no such tests: {string.Join(", ", missing)}");
        Assert.True(unproven.Length == 0, $"Claimed without a test: {string.Join(", ", unproven)}");
    }

    [Fact]
    public void Every_filesystem_for_which_more_is_claimed_than_that_it_compiles_has_its_row()
    {
        Row[] rows = Rows();
        string[] names = ["btrfs", "xfs", "ext4", "tmpfs", "overlay", "zfs", "bcachefs", "ocfs2", "cifs", "nfs", "fuse", "f2fs", "9p", "ceph", "exfat", "vfat", "apfs", "hfs", "NTFS", "ReFS"];

        string[] silent = [.. from system in (string[])["Linux", "macOS", "Windows"]
                              from name in names
                              where FileSystemKind.EvidenceFor(system, name) != SupportEvidence.CompiledOnly && !rows.Any(row => row.System == system && row.FileSystem == name)
                              select $"{system} {name}"];

        Assert.Empty(silent);
        Assert.True(rows.Length > 20, "The table has lost its rows.");
    }

    static Row[] Rows() =>
    [
        .. File.ReadLines(Path.Combine(Repository.Root, "docs", "platforms.md")).Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length == 7 && Words.ContainsKey(cells[3])).Select(cells => new Row(cells[1], cells[2], cells[3], cells[5])),
    ];

    static bool Exists(string[] test) =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), test[0] + ".cs", SearchOption.AllDirectories)
            .Any(file => File.ReadAllText(file).Contains($" {test[1]}(", StringComparison.Ordinal));

    sealed record Row(string System, string FileSystem, string Verified, string Tests);

    [GeneratedRegex("`[A-Z][A-Za-z]+Tests\\.[A-Za-z0-9_]+`")]
    private static partial Regex Test();
}
