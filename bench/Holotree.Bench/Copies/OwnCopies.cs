using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Holotree.Library;
using Microsoft.Win32.SafeHandles;
using Reflinks.Platform;

namespace Holotree.Bench.Copies;

/// <summary>
/// Copies a folder of files by the library's plain copy, in this process and in one thread; by <c>holotree clone --strategy copy</c>; and by
/// <c>cp -r --reflink=never</c>. Prints a line for each: what, seconds until the last was closed, seconds until all of it was on the disk.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class OwnCopies(string folder, string binary)
{
    const int FilesInFolder = 100;

    readonly string source = Path.Join(folder, "source"), made = Path.Join(folder, "made");

    internal static int Measure(string folder, long bytes, int files, int runs, string binary)
    {
        var copies = new OwnCopies(folder, binary);
        copies.MakeSource(bytes, files);
        (string Name, Action Copy)[] rows =
        [
            ("cp", () => copies.Run("cp", "-r", "--reflink=never", copies.source, copies.made)),
            ("library", copies.CopyByLadder),
            ("clone", () => copies.Run(binary, "clone", copies.source, copies.made, "--strategy", "copy", "--no-progress", "--json")),
        ];
        for (int run = -1; run < runs; run++)       // the first round is not counted
        {
            // Each comes first in its turn, so that none always pays for the one before it.
            for (int turn = 0; turn < rows.Length; turn++)
            {
                (string name, Action copy) = rows[(turn + run + rows.Length) % rows.Length];
                WarmMemory(bytes * files);
                long start = Stopwatch.GetTimestamp();
                copy();
                double closed = Stopwatch.GetElapsedTime(start).TotalSeconds;
                DurableFile.SyncFileSystem(folder);
                double onDisk = Stopwatch.GetElapsedTime(start).TotalSeconds;
                if (run >= 0) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}\t{closed:F6}\t{onDisk:F6}"));
                if (run < 0) copies.Compare(name);
                Directory.Delete(copies.made, recursive: true);
                DurableFile.SyncFileSystem(folder);
            }
        }
        return 0;
    }

    /// <summary>
    /// The host of a virtual machine takes memory back that has been free for seconds, and then the first write to each page waits for the host,
    /// which is many times the copy. Before each turn as much is written to as it will take, so that none pays for what the one before it gave back.
    /// </summary>
    static unsafe void WarmMemory(long bytes)
    {
        nuint length = (nuint)Math.Min((3 * bytes) + (256L << 20), 6L << 30);
        byte* memory = (byte*)NativeMemory.Alloc(length);
        for (nuint at = 0; at < length; at += 4096) Volatile.Write(ref memory[at], 1);
        NativeMemory.Free(memory);
    }

    void MakeSource(long bytes, int files)
    {
        var random = new Random(1);
        byte[] piece = new byte[1 << 20];
        for (int number = 0; number < files; number++)
        {
            string parent = Path.Join(source, Text(number / FilesInFolder));
            if (number % FilesInFolder == 0) Directory.CreateDirectory(parent);
            using SafeFileHandle file = File.OpenHandle(Path.Join(parent, Text(number)), FileMode.CreateNew, FileAccess.Write);
            for (long at = 0; at < bytes; at += piece.Length)
            {
                random.NextBytes(piece);
                RandomAccess.Write(file, piece.AsSpan(0, (int)Math.Min(piece.Length, bytes - at)), at);
            }
        }
        DurableFile.SyncFileSystem(folder);
    }

    void CopyByLadder()
    {
        // As where no kernel copies: between two filesystems, mostly.
        var ladder = new TransferLadder { KernelCopyAbsent = Errno.ENOSYS };
        Directory.CreateDirectory(made);
        foreach (string parent in Directory.EnumerateDirectories(source))
        {
            string into = Directory.CreateDirectory(Path.Join(made, Path.GetFileName(parent))).FullName;
            foreach (string path in Directory.EnumerateFiles(parent)) Copy(ladder, path, Path.Join(into, Path.GetFileName(path)));
        }
    }

    static void Copy(TransferLadder ladder, string path, string destination)
    {
        int from = NativeFile.Open(path, Kernel.O_RDONLY, 0, out Errno error), to = -1;
        if (error == Errno.None) to = NativeFile.Open(destination, Kernel.O_WRONLY | Kernel.O_CREAT | Kernel.O_EXCL, 0x1A4, out error);
        if (error == Errno.None) error = NativeFile.Stat(from, out Kernel.Statx stat) is var failed && failed != Errno.None
            ? failed : ladder.Fill(Rungs.Copy, from, stat, to, NativeFile.Device(stat), CancellationToken.None).Failure;
        if (error != Errno.None) throw NativeErrors.Failure(error, "copy", path);
        _ = Kernel.close(from);
        _ = Kernel.close(to);
    }

    void Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, WorkingDirectory = folder };
        if (program == binary) start.Environment["HOLOTREE_HOME"] = Path.Join(folder, "home");
        using Process process = Process.Start(start)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} ended with exit code {process.ExitCode}.");
    }

    void Compare(string name)
    {
        using Process process = Process.Start("diff", ["-rq", source, made]);
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidDataException($"{name} has made other files.");
    }

    static string Text(int number) => number.ToString("D5", CultureInfo.InvariantCulture);
}
