using System.Runtime.Versioning;
using FsCheck;
using FsCheck.Fluent;
using Holotree.Relocation;
using Holotree.Tests.Staging;
using Microsoft.Win32.SafeHandles;
using Reflinks.Platform;

namespace Holotree.Tests.Relocation;

/// <summary>A file made of another one and edits has the edits' bytes in their places and the other's everywhere else.</summary>
[SupportedOSPlatform("linux")]
public sealed class EditedFileTests
{
    const int Longest = 32 * 1024;

    /// <summary>Distances and lengths of edits: adjacent ones, some in one block, some far beyond the buffer.</summary>
    static readonly Gen<List<(int Gap, int Length)>> Cases =
        (from gap in Gen.OneOf(Gen.Elements(0, 1, EditedFile.BlockBytes - 1, EditedFile.BlockBytes, 600_000), Gen.Choose(0, 20_000))
         from length in Gen.OneOf(Gen.Elements(1, EditedFile.BlockBytes, Longest), Gen.Choose(1, 100), Gen.Choose(1, Longest))
         select (gap, length)).NonEmptyListOf().Select(static edits => edits.ToList());

    [Fact]
    public void Patching_a_copy_changes_the_places_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        Law.Holds(Cases, cuts =>
        {
            (byte[] content, List<Edit> edits) = Make(cuts, _ => 0);

            byte[] made = Made(folder, content, content, (from, to) =>
            {
                Errno error = new EditedFile().Patch(from, to, content.Length, edits);
                return (error, content.Length);
            });

            Assert.True(made.AsSpan().SequenceEqual(Expected(content, edits)), "The patched file differs.");
        }, rounds: 100);
    }

    [Fact]
    public void Writing_anew_may_also_shorten_and_lengthen()
    {
        using var folder = new TemporaryFolder();
        Law.Holds(Cases, cuts =>
        {
            (byte[] content, List<Edit> edits) = Make(cuts, length => (length % 7) - 3);

            byte[] made = Made(folder, content, [], (from, to) =>
            {
                Errno error = new EditedFile().Write(from, to, content.Length, edits, out long written);
                return (error, written);
            });

            Assert.True(made.AsSpan().SequenceEqual(Expected(content, edits)), "The written file differs.");
        }, rounds: 100);
    }

    [Fact]
    public void Edits_without_end_in_neighbouring_blocks_are_all_written()
    {
        using var folder = new TemporaryFolder();
        // Ten times the buffer without a gap, each edit across the border of two blocks.
        (byte[] content, List<Edit> edits) = Make([.. Enumerable.Repeat((EditedFile.BlockBytes - 300, 301), 700)], _ => 0);

        byte[] made = Made(folder, content, content, (from, to) => (new EditedFile().Patch(from, to, content.Length, edits), content.Length));

        Assert.True(made.AsSpan().SequenceEqual(Expected(content, edits)), "The patched file differs.");
    }

    [Fact]
    public void Source_that_ends_too_early_is_an_error()
    {
        using var folder = new TemporaryFolder();
        Edit[] edits = [new(10, 1, "x"u8.ToArray())];

        Made(folder, new byte[100], new byte[100], (from, to) =>
        {
            Assert.Equal(NativeErrors.SourceShrank, new EditedFile().Patch(from, to, 101, edits));
            Assert.Equal(NativeErrors.SourceShrank, new EditedFile().Write(from, to, 101, edits, out _));
            return (Errno.None, 100);
        });
    }

    static (byte[] Content, List<Edit> Edits) Make(List<(int Gap, int Length)> cuts, Func<int, int> grows)
    {
        var random = new Random(cuts.Count);
        var edits = new List<Edit>();
        long at = 0;
        foreach ((int gap, int length) in cuts)
        {
            at += gap;
            byte[] bytes = new byte[Math.Max(0, length + grows(length))];
            random.NextBytes(bytes);
            edits.Add(new Edit(at, length, bytes));
            at += length;
        }
        byte[] content = new byte[at + random.Next(3) * 10_000];
        random.NextBytes(content);
        return (content, edits);
    }

    static byte[] Made(TemporaryFolder folder, byte[] content, byte[] target, Func<int, int, (Errno Error, long Length)> work)
    {
        using SafeFileHandle from = File.OpenHandle(folder.Write("from", content));
        string path = folder.Write("to", target);
        using (SafeFileHandle to = File.OpenHandle(path, access: FileAccess.ReadWrite))
        {
            (Errno error, long length) = work((int)from.DangerousGetHandle(), (int)to.DangerousGetHandle());
            Assert.Equal(Errno.None, error);
            Assert.Equal(length, new FileInfo(path).Length);
        }
        return File.ReadAllBytes(path);
    }

    static byte[] Expected(byte[] content, List<Edit> edits)
    {
        var expected = new List<byte>(content.Length);
        int from = 0;
        foreach (Edit edit in edits)
        {
            expected.AddRange(content.AsSpan(from..(int)edit.Offset));
            expected.AddRange(edit.Bytes.Span);
            from = (int)edit.Offset + edit.Length;
        }
        expected.AddRange(content.AsSpan(from));
        return [.. expected];
    }
}
