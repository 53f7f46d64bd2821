using System.Runtime.Versioning;
using System.Text;
using Holotree.Catalogs;
using Holotree.Recording;
using Holotree.Relocation;
using Microsoft.Win32.SafeHandles;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Tests.Staging;

/// <summary>Relocates bytes the way a restore does: found, judged, then patched in a copy or written anew, in real files.</summary>
[SupportedOSPlatform("linux")]
internal sealed class Relocated(string oldPrefix, string newPrefix) : IDisposable
{
    readonly TemporaryFolder folder = new();
    readonly Relocator relocator = new(Encoding.UTF8.GetBytes(oldPrefix), Encoding.UTF8.GetBytes(newPrefix));

    /// <summary>What became of the bytes relocated last.</summary>
    internal RelocationKind Kind { get; private set; }

    internal ContentChange Change { get; private set; }

    internal string Of(string text) => Encoding.UTF8.GetString(Of(Encoding.UTF8.GetBytes(text)));

    internal byte[] Of(byte[] content, ContentTraits traits = 0, int sourcePlaces = 0, bool isBytecode = false)
    {
        (long[] offsets, ContentTraits found) = oldPrefix[0] == '/' ? Search(content) : Read(content);
        Kind = relocator.KindOf(new FileContent { RelocationCount = offsets.Length, Traits = traits | found }, isBytecode);
        Change = Relocator.ChangeFor(Kind, content.Length, offsets);
        if (Change == ContentChange.None) return content;

        using SafeFileHandle source = File.OpenHandle(folder.Write("source", content));
        string path = folder.Write("target", Change == ContentChange.Patch ? content : []);
        Errno error;
        long length = content.Length;
        using (SafeFileHandle target = File.OpenHandle(path, access: FileAccess.ReadWrite))
        {
            int from = (int)source.DangerousGetHandle(), to = (int)target.DangerousGetHandle();
            error = Change == ContentChange.Patch
                ? relocator.Patch(Kind, from, to, content.Length, offsets)
                : relocator.Rewrite(Kind, from, to, content.Length, offsets, sourcePlaces, out length);
        }
        Assert.Equal(Errno.None, error);
        byte[] made = File.ReadAllBytes(path);
        Assert.Equal(length, made.Length);
        return made;
    }

    (long[] Offsets, ContentTraits Traits) Search(byte[] content)
    {
        bool binary = content.Contains((byte)0);
        var finder = new PrefixFinder(Encoding.UTF8.GetBytes(oldPrefix));
        finder.Search(content, 0, last: true);
        return ([.. finder.Offsets(binary)], binary ? ContentTraits.Binary : 0);
    }

    /// <summary>As a recording does: what a Windows path means for a file is not told by its places alone.</summary>
    (long[] Offsets, ContentTraits Traits) Read(byte[] content)
    {
        using var reader = new ContentReader(Encoding.UTF8.GetBytes(oldPrefix), hashing: false);
        using SafeFileHandle file = File.OpenHandle(folder.Write("source", content));
        int descriptor = (int)file.DangerousGetHandle();
        Assert.Equal(Errno.None, NativeFile.Stat(descriptor, out Kernel.Statx stat));
        Assert.Equal(Errno.None, reader.Read(descriptor, stat, out _, CancellationToken.None));
        return ([.. reader.Offsets], reader.Traits);
    }

    public void Dispose() => folder.Dispose();
}
