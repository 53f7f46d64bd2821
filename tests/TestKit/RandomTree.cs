using System.Globalization;

namespace TestKit;

/// <summary>Makes a small tree of nothing but oddities, another one for every seed: what must hold for it must hold for any tree.</summary>
/// <remarks>Every name ends with <c>#</c> and a number that no other has, by which reports and differences can be held together.</remarks>
public static class RandomTree
{
    private const uint OwnerAll = 0x1C0, ReadableByAll = 0x124, EnterableByAll = 0x49;

    /// <summary>Makes the tree as a new folder at <paramref name="path"/>.</summary>
    /// <param name="path">Where; its parent exists, it does not.</param>
    /// <param name="seed">The same seed makes the same tree.</param>
    /// <param name="privileged">Whether attributes may occur that only root can set.</param>
    /// <param name="readable">Whether everybody can read all of it.</param>
    public static TreeSnapshot Make(string path, int seed, bool privileged, bool readable = false)
    {
        Directory.CreateDirectory(path);
        int root = Native.Open(Native.AT_FDCWD, Native.Bytes(path), Native.O_RDONLY | Native.Numbers.O_DIRECTORY);
        var maker = new Maker(new Random(seed), privileged, readable);
        maker.Fill(root, depth: 0);
        maker.Finish(root);
        _ = Native.Close(root);
        Native.SetMode(Native.AT_FDCWD, Native.Bytes(path), 0x1ED);
        Native.SetTime(Native.AT_FDCWD, Native.Bytes(path), 1_600_000_000, 987_654_321);
        return TreeSnapshot.Take(path);
    }

    private sealed class Maker(Random random, bool privileged, bool readable)
    {
        private readonly List<(byte[] Path, bool IsLink)> made = [];
        private int names;

        private readonly byte[] common = [.. Enumerable.Range(0, 5000).Select(static value => (byte)value)];

        internal void Fill(int folder, int depth)
        {
            for (int i = random.Next(1, 9); i > 0; i--)
            {
                byte[] name = Name();
                switch (random.Next(10))
                {
                    case 0 or 1 when depth < 4:
                        Native.MakeFolder(folder, name);
                        int inner = Native.Open(folder, name, Native.O_RDONLY | Native.Numbers.O_DIRECTORY);
                        Fill(inner, depth + 1);
                        _ = Native.Close(inner);
                        break;
                    case 2 or 3:
                        Native.MakeLink(folder, name, Target(name));
                        Note(folder, name, isLink: true);
                        break;
                    case 4 when made.Count > 0:
                        Native.MakeHardLink(Native.AT_FDCWD, made[random.Next(made.Count)].Path, folder, name);
                        break;
                    default:
                        WriteFile(folder, name);
                        Note(folder, name, isLink: false);
                        break;
                }
            }
        }

        /// <summary>Attributes, modes and times, from the leaves up.</summary>
        internal void Finish(int folder)
        {
            foreach (byte[] name in Native.ReadFolder(folder))
            {
                uint kind = Native.Stat(folder, name).Mode & Native.S_IFMT;
                if (kind == Native.S_IFDIR)
                {
                    int inner = Native.Open(folder, name, Native.O_RDONLY | Native.Numbers.O_DIRECTORY);
                    Finish(inner);
                    _ = Native.Close(inner);
                }
                if (kind != Native.S_IFLNK)
                {
                    // An inode of several names is met several times, and by then has a mode.
                    Native.SetMode(folder, name, 0x1ED);
                    Attributes(Native.PathIn(folder, name));
                    uint mode = (uint)random.Next(0x1000);
                    if (readable) mode |= ReadableByAll | (kind == Native.S_IFDIR ? EnterableByAll : 0);
                    Native.SetMode(folder, name, kind == Native.S_IFDIR && !privileged && !readable ? mode | OwnerAll : mode);
                }
                // What ext4 can tell, and with that all of them.
                Native.SetTime(folder, name, random.NextInt64(-2_147_483_647, 15_032_385_535), random.Next(1_000_000_000));
            }
        }

        private void Note(int folder, byte[] name, bool isLink)
        {
            // By a path, as descriptors are closed by the time it is needed; too long ones are left out.
            byte[] path = [.. Native.ReadLink(Native.AT_FDCWD, Native.Bytes(string.Create(CultureInfo.InvariantCulture, $"/proc/thread-self/fd/{folder}"))), (byte)'/', .. name];
            if (path.Length < 4000) made.Add((path, isLink));
        }

        private byte[] Name()
        {
            byte[] number = Native.Bytes(string.Create(CultureInfo.InvariantCulture, $"#{++names}"));
            byte[] name = random.Next(8) switch
            {
                0 => Random(random.Next(1, 255 - number.Length)),
                1 => Random(255 - number.Length),
                2 => [(byte)'-', .. Random(random.Next(4))],
                3 => [.. "line\n"u8, .. Random(2)],
                4 => [(byte)"Aa"[random.Next(2)], (byte)"Bb"[random.Next(2)]],
                5 => [.. "日本語"u8, .. Random(1)],
                6 => [.. "\u00e9"u8],
                _ => Native.Bytes(string.Create(CultureInfo.InvariantCulture, $"file {random.Next(1000)}")),
            };
            for (int i = 0; i < name.Length; i++)
                if (name[i] is 0 or (byte)'/') name[i] = (byte)'_';
            return [.. name, .. number];
        }

        private byte[] Target(byte[] name)
        {
            byte[] target = random.Next(5) switch
            {
                0 => name,
                1 => [.. "/nowhere/"u8, .. Random(20)],
                2 => [.. "../../.."u8],
                3 => Random(random.Next(1, 1000)),
                _ => [.. "./"u8, .. Name()],
            };
            for (int i = 0; i < target.Length; i++)
                if (target[i] == 0) target[i] = 1;
            return target;
        }

        private unsafe void WriteFile(int folder, byte[] name)
        {
            int file = Native.Open(folder, name, Native.O_WRONLY | Native.O_CREAT, 0x1A4);
            byte[] content = random.Next(5) switch
            {
                0 => [],
                1 => common,        // the same in several files
                2 => Random(random.Next(1, 200_000)),
                _ => Random(random.Next(1, 3000)),
            };
            long at = random.Next(4) == 0 ? random.Next(1 << 22) : 0;
            fixed (byte* pointer = content)
                if (content.Length > 0 && Native.Pwrite(file, pointer, (nuint)content.Length, at) != content.Length) throw Native.Error("pwrite");
            if (random.Next(6) == 0 && Native.Ftruncate(file, at + content.Length + random.Next(1 << 22)) != 0) throw Native.Error("ftruncate");
            _ = Native.Close(file);
        }

        private void Attributes(byte[] path)
        {
            if (random.Next(3) == 0)
                for (int i = random.Next(4); i > 0; i--) Native.SetXattr(path, $"user.{(char)('a' + i)}.{random.Next(3)}", Random(random.Next(300)));
            if (!privileged || random.Next(3) > 0) return;
            Native.SetXattr(path, "trusted.note", Random(random.Next(100)));
            if (random.Next(2) == 0) Native.SetXattr(path, "security.note", Random(random.Next(1, 50)));
        }

        private byte[] Random(int length)
        {
            byte[] bytes = new byte[length];
            random.NextBytes(bytes);
            return bytes;
        }
    }
}
