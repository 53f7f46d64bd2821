using System.Buffers.Binary;
using System.Globalization;

namespace TestKit;

/// <summary>Makes a tree that looks like a real one and has every oddity that a tree can have; the same every time for one seed.</summary>
/// <remarks>All times are set, to the nanosecond.</remarks>
public static class SampleTree
{
    /// <summary>Makes the tree as a new folder at <paramref name="path"/>.</summary>
    /// <param name="path">Where; its parent exists, it does not.</param>
    /// <param name="parts">The oddities.</param>
    /// <param name="files">How many ordinary files, of 0 to some 100,000 bytes, spread over folders of 25.</param>
    /// <param name="seed">Another seed, another content. One link leads to <paramref name="path"/>, so that differs too.</param>
    /// <returns>The tree as it stands.</returns>
    public static TreeSnapshot Make(string path, SampleParts parts = SampleParts.All, int files = 100, int seed = 1)
    {
        Directory.CreateDirectory(path);
        using (var maker = new Maker(path, seed))
        {
            maker.Ordinary(files);
            if (parts.HasFlag(SampleParts.OddNames)) maker.OddNames();
            if (parts.HasFlag(SampleParts.Deep)) maker.Nested("deep"u8, "level"u8, 60);
            if (parts.HasFlag(SampleParts.BeyondPathMax)) maker.Nested("beyond"u8, Maker.Long((byte)'d', 250), 20);
            if (parts.HasFlag(SampleParts.Links)) maker.Links();
            if (parts.HasFlag(SampleParts.HardLinks)) maker.HardLinks();
            if (parts.HasFlag(SampleParts.Holes)) maker.Holes();
            if (parts.HasFlag(SampleParts.Special)) maker.Special();
            // From here on nothing is added: attributes, then modes that lock, then times.
            if (parts.HasFlag(SampleParts.Xattrs)) maker.Xattrs();
            if (parts.HasFlag(SampleParts.Acls)) maker.Acls();
            if (parts.HasFlag(SampleParts.Privileged)) maker.Privileged();
            if (parts.HasFlag(SampleParts.Modes)) maker.Modes();
            maker.Times(parts.HasFlag(SampleParts.Times));
        }

        return TreeSnapshot.Take(path);
    }

    private sealed class Maker(string path, int seed) : IDisposable
    {
        private readonly Random random = new(seed);
        private readonly int root = Native.Open(Native.AT_FDCWD, Native.Bytes(path), Native.O_RDONLY | Native.Numbers.O_DIRECTORY);

        public void Dispose() => _ = Native.Close(root);

        internal static byte[] Long(byte character, int length) => [.. Enumerable.Repeat(character, length)];

        internal void Ordinary(int files)
        {
            int folder = -1;
            for (int index = 0; index < files; index++)
            {
                if (index % 25 == 0)
                {
                    if (folder >= 0) _ = Native.Close(folder);
                    string name = string.Create(CultureInfo.InvariantCulture, $"package-{index / 25:D3}");
                    folder = Folder(root, Native.Bytes(name));
                }

                // Most files of real trees are small, some are not, a few are empty.
                int length = index % 20 == 0 ? 0 : random.Next(10) < 7 ? random.Next(1, 4096) : random.Next(4096, 100_000);
                byte[] content = new byte[length];
                random.NextBytes(content);
                WriteFile(folder, Native.Bytes(string.Create(CultureInfo.InvariantCulture, $"file-{index:D5}.js")), content);
            }

            if (folder >= 0) _ = Native.Close(folder);
            _ = Native.Close(Folder(root, "empty folder"u8));
        }

        internal void OddNames()
        {
            int folder = Folder(root, "odd names"u8);
            byte[][] names =
            [
                [.. " leading and trailing "u8], [.. "line\nbreak"u8], [.. "tab\tquote'\"$`;*?"u8], [.. "-rf"u8], [.. "--"u8], [.. "..."u8],
                [.. ".hidden"u8], [.. "back\\slash"u8], [.. "\\xFF"u8], [0xFF, 0xFE, (byte)'x'], [(byte)'c', 0xE9], [.. "日本語"u8],
                [.. "e\u0301"u8], [.. "\u00e9"u8], [0x01], Long((byte)'n', 255), [.. "Case"u8], [.. "case"u8],
            ];
            foreach (byte[] name in names) WriteFile(folder, name, name);
            foreach (byte[] name in names)
            {
                if (name.Length > 200) continue;
                int inner = Folder(folder, [.. name, .. " (folder)"u8]);
                WriteFile(inner, "file"u8, name);
                _ = Native.Close(inner);
            }

            _ = Native.Close(folder);
        }

        internal void Nested(ReadOnlySpan<byte> name, ReadOnlySpan<byte> levelName, int levels)
        {
            int folder = Folder(root, name);
            for (int level = 0; level < levels; level++)
            {
                WriteFile(folder, "file"u8, Native.Bytes($"level {level}"));
                int next = Folder(folder, levelName);
                _ = Native.Close(folder);
                folder = next;
            }

            WriteFile(folder, "bottom"u8, "bottom"u8);
            _ = Native.Close(folder);
        }

        internal void Links()
        {
            int folder = Folder(root, "links"u8);
            WriteFile(folder, "target"u8, "target"u8);
            Native.MakeLink(folder, "relative"u8, "target"u8);
            Native.MakeLink(folder, "upwards"u8, "../links/./target"u8);
            Native.MakeLink(folder, "to a folder"u8, ".."u8);
            Native.MakeLink(folder, "absolute"u8, "/usr/bin/env"u8);
            Native.MakeLink(folder, "into the tree itself"u8, Native.Bytes(Path.Combine(path, "links/target")));
            Native.MakeLink(folder, "dangling"u8, "nowhere"u8);
            Native.MakeLink(folder, "circle one"u8, "circle two"u8);
            Native.MakeLink(folder, "circle two"u8, "circle one"u8);
            Native.MakeLink(folder, "itself"u8, "itself"u8);
            Native.MakeLink(folder, "not UTF-8"u8, [0xFF, 0xFE]);
            // XFS takes no more than 1024 bytes.
            Native.MakeLink(folder, "long"u8, Long((byte)'l', 1000));
            _ = Native.Close(folder);
        }

        internal void HardLinks()
        {
            int folder = Folder(root, "hard links"u8), other = Folder(root, "hard links elsewhere"u8);
            byte[] content = new byte[20_000];
            random.NextBytes(content);
            WriteFile(folder, "one"u8, content);
            Native.MakeHardLink(folder, "one"u8, folder, "two"u8);
            Native.MakeHardLink(folder, "one"u8, other, "three"u8);
            WriteFile(folder, "same content, another file"u8, content);
            WriteFile(folder, "empty"u8, []);
            Native.MakeHardLink(folder, "empty"u8, folder, "empty too"u8);
            Native.MakeLink(folder, "link"u8, "one"u8);
            Native.MakeHardLink(folder, "link"u8, other, "link by another name"u8);
            _ = Native.Close(folder);
            _ = Native.Close(other);
        }

        internal void Holes()
        {
            const int mebibyte = 1 << 20;
            int folder = Folder(root, "holes"u8);
            byte[] data = new byte[100_000];
            random.NextBytes(data);
            WriteFile(folder, "at the start"u8, data, at: mebibyte);
            WriteFile(folder, "in the middle"u8, data);
            WriteFile(folder, "in the middle"u8, data, at: 3 * mebibyte);
            WriteFile(folder, "at the end"u8, data, size: 2 * mebibyte);
            WriteFile(folder, "nothing else"u8, [], size: mebibyte);
            WriteFile(folder, "nothing else, of odd length"u8, [], size: mebibyte + 1);
            WriteFile(folder, "written zeros"u8, new byte[mebibyte]);
            _ = Native.Close(folder);
        }

        internal void Special()
        {
            int folder = Folder(root, "special"u8);
            Native.MakeSpecial(folder, "fifo"u8, Native.S_IFIFO);
            Native.MakeSpecial(folder, "socket"u8, Native.S_IFSOCK);
            WriteFile(folder, "ordinary"u8, "file"u8);
            _ = Native.Close(folder);
        }

        internal void Xattrs()
        {
            int folder = Folder(root, "attributes"u8);
            byte[] file = Native.PathIn(folder, "file"u8), other = Native.PathIn(folder, "other"u8);
            WriteFile(folder, "file"u8, "file"u8);
            WriteFile(folder, "other"u8, "other"u8);
            Native.SetXattr(file, "user.text", "value"u8);
            Native.SetXattr(file, "user.bytes", [0, 1, 2, 0xFF]);
            Native.SetXattr(file, "user.empty", []);
            Native.SetXattr(other, "user.large", Long((byte)'v', 2000));
            Native.SetXattr(Native.PathIn(root, "attributes"u8), "user.folder", "value"u8);
            _ = Native.Close(folder);
        }

        internal void Acls()
        {
            const ushort read = 4, write = 2, execute = 1;
            int folder = Folder(root, "acl"u8);
            WriteFile(folder, "file"u8, "file"u8);
            WriteFile(folder, "ordinary"u8, "file"u8);
            byte[] acl = Acl(read | write | execute, read | write, 1234, read, read);
            Native.SetXattr(Native.PathIn(folder, "file"u8), "system.posix_acl_access", acl);
            Native.SetXattr(Native.PathIn(root, "acl"u8), "system.posix_acl_access", acl);
            // After the files, or they would inherit it.
            Native.SetXattr(Native.PathIn(root, "acl"u8), "system.posix_acl_default", acl);
            _ = Native.Close(folder);
        }

        internal void Privileged()
        {
            // linux/capability.h: version 2 with the effective bit, cap_net_raw permitted.
            byte[] capability = [1, 0, 0, 2, 0, 0x20, 0, 0, .. new byte[12]];
            int folder = Folder(root, "privileged"u8);
            WriteFile(folder, "capable"u8, "program"u8);
            WriteFile(folder, "trusted"u8, "trusted"u8);
            Native.SetMode(folder, "capable"u8, 0x1ED);
            Native.SetXattr(Native.PathIn(folder, "capable"u8), "security.capability", capability);
            Native.SetXattr(Native.PathIn(folder, "trusted"u8), "trusted.note", "value"u8);
            Native.SetXattr(Native.PathIn(folder, "trusted"u8), "security.note", [0, 1]);
            Native.SetXattr(Native.PathIn(root, "privileged"u8), "trusted.folder", "value"u8);
            _ = Native.Close(folder);
        }

        internal void Modes()
        {
            int folder = Folder(root, "modes"u8);
            // What its owner may not read can be cloned by root alone: that it is a failure for others, tests of their own show.
            uint file = Root.IsHere ? 0u : 0x100u, way = Root.IsHere ? 0u : 0x140u;
            foreach (uint mode in new uint[] { 0x1FF, 0x1ED, 0x1B6, 0x180, 0x124, 0x100, 0x49, 0, 0x9ED, 0x5ED, 0xDED, 0xFFF })
            {
                if ((mode & file) != file) continue;
                byte[] name = Native.Bytes("file " + Convert.ToString(mode, 8));
                WriteFile(folder, name, name);
                Native.SetMode(folder, name, mode);
            }

            foreach (uint mode in new uint[] { 0x1FF, 0x3FF, 0x5ED, 0x9ED, 0xFFF, 0x16D, 0x1C0, 0x140, 0x49, 0 })
            {
                if ((mode & way) != way) continue;
                byte[] name = Native.Bytes("folder " + Convert.ToString(mode, 8));
                int inner = Folder(folder, name);
                WriteFile(inner, "file"u8, name);
                _ = Native.Close(inner);
                Native.SetMode(folder, name, mode);
            }

            _ = Native.Close(folder);
        }

        /// <summary>Sets the time of everything, from the leaves up, because an addition touches the folder.</summary>
        internal void Times(bool odd)
        {
            if (odd)
            {
                int folder = Folder(root, "times"u8);
                WriteFile(folder, "before 1970"u8, "old"u8);
                WriteFile(folder, "1970"u8, "epoch"u8);
                WriteFile(folder, "2038"u8, "signed"u8);
                WriteFile(folder, "2200"u8, "far"u8);
                WriteFile(folder, "2446"u8, "farther"u8);
                WriteFile(folder, "1901"u8, "older"u8);
                Native.MakeLink(folder, "link of 2446"u8, "2446"u8);
                _ = Native.Close(Folder(folder, "folder of 1901"u8));
                _ = Native.Close(folder);
            }

            TimesBelow(root);
            Native.SetTime(Native.AT_FDCWD, Native.Bytes(path), 1_600_000_000, 987_654_321);
            if (!odd) return;
            int times = Native.Open(root, "times"u8, Native.O_RDONLY | Native.Numbers.O_DIRECTORY);
            Native.SetTime(times, "before 1970"u8, -86_400 * 365, 999_999_999);
            Native.SetTime(times, "1970"u8, 0, 0);
            Native.SetTime(times, "2038"u8, 2_147_483_648, 999_999_999);
            Native.SetTime(times, "2200"u8, 7_258_118_400, 1);
            // The range of ext4 with inodes of 256 bytes: 34 bits, from 1901-12-13 to 2446-05-10. The kernel takes the nanoseconds
            // from the very ends of a range.
            Native.SetTime(times, "2446"u8, 15_032_385_534, 999_999_999);
            Native.SetTime(times, "link of 2446"u8, 15_032_385_534, 999_999_998);
            Native.SetTime(times, "1901"u8, -2_147_483_647, 1);
            Native.SetTime(times, "folder of 1901"u8, -2_147_483_647, 2);
            _ = Native.Close(times);
        }

        private void TimesBelow(int folder)
        {
            foreach (byte[] name in Native.ReadFolder(folder))
            {
                uint mode = Native.Stat(folder, name).Mode;
                if ((mode & Native.S_IFMT) == Native.S_IFDIR)
                {
                    // An ordinary user needs the way in; the mode does not touch the time that is set last.
                    Native.SetMode(folder, name, 0x1C0);
                    int inner = Native.Open(folder, name, Native.O_RDONLY | Native.Numbers.O_DIRECTORY);
                    TimesBelow(inner);
                    _ = Native.Close(inner);
                    Native.SetMode(folder, name, mode & 0xFFF);
                }

                Native.SetTime(folder, name, random.Next(1_000_000_000, 1_700_000_000), random.Next(1_000_000_000));
            }
        }

        /// <summary>linux/posix_acl_xattr.h: a version, then entries of tag, permissions and id, sorted by tag.</summary>
        private static byte[] Acl(ushort owner, ushort user, uint userId, ushort group, ushort others)
        {
            const ushort ACL_USER_OBJ = 1, ACL_USER = 2, ACL_GROUP_OBJ = 4, ACL_MASK = 0x10, ACL_OTHER = 0x20;
            const uint none = 0xFFFF_FFFF;
            (ushort Tag, ushort Permissions, uint Id)[] entries =
            [
                (ACL_USER_OBJ, owner, none), (ACL_USER, user, userId), (ACL_GROUP_OBJ, group, none),
                (ACL_MASK, (ushort)(user | group), none), (ACL_OTHER, others, none),
            ];
            byte[] bytes = new byte[4 + (8 * entries.Length)];
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, 2);
            for (int index = 0; index < entries.Length; index++)
            {
                Span<byte> entry = bytes.AsSpan(4 + (8 * index));
                BinaryPrimitives.WriteUInt16LittleEndian(entry, entries[index].Tag);
                BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], entries[index].Permissions);
                BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], entries[index].Id);
            }

            return bytes;
        }

        private static int Folder(int parent, ReadOnlySpan<byte> name)
        {
            Native.MakeFolder(parent, name);
            return Native.Open(parent, name, Native.O_RDONLY | Native.Numbers.O_DIRECTORY);
        }

        private static unsafe void WriteFile(int folder, ReadOnlySpan<byte> name, ReadOnlySpan<byte> content, long at = 0, long? size = null)
        {
            int file = Native.Open(folder, name, Native.O_WRONLY | Native.O_CREAT, 0x1A4);
            fixed (byte* pointer = content)
            {
                for (int done = 0; done < content.Length;)
                {
                    nint count = Native.Pwrite(file, pointer + done, (nuint)(content.Length - done), at + done);
                    if (count <= 0) throw Native.Error($"pwrite {ByteName.Show(name)}");
                    done += (int)count;
                }
            }

            if (size is long length && Native.Ftruncate(file, length) != 0) throw Native.Error("ftruncate");
            _ = Native.Close(file);
        }
    }
}
