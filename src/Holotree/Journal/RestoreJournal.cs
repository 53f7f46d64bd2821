using System.Diagnostics;
using System.Text;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Spaces;
using Reflinks.Files;
using Reflinks.Platform;

namespace Holotree.Journal;

/// <summary>What every restore of a home did: lines of JSON that are only ever appended, in two files of bounded length.</summary>
/// <param name="home">Whose journal.</param>
public sealed class RestoreJournal(Home home)
{
    /// <summary>From here on a new file is begun, and the one before the last is forgotten: some 10,000 restores are kept at least.</summary>
    internal const long MaxBytes = 4 * 1024 * 1024;

    /// <summary>A restore does not wait longer for its line than it takes to write some.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    string LatestPath => Path.Join(home.JournalPath, "restores.jsonl");

    string OlderPath => Path.Join(home.JournalPath, "restores.old.jsonl");

    /// <summary>Reads all that is kept. What is no record is counted and skipped.</summary>
    public JournalContents Read()
    {
        var restores = new List<RestoreRecord>();
        long damaged = Files().Sum(path => ReadFile(path, restores));
        return new JournalContents(restores, damaged);
    }

    /// <summary>The files of the journal that hold lines which are no records, and how many.</summary>
    internal IEnumerable<(string Path, long Lines)> DamagedLines() =>
        Files().Select(static path => (path, ReadFile(path, []))).Where(static file => file.Item2 > 0);

    string[] Files() => [OlderPath, LatestPath];

    /// <summary>Adds the records of a file to others. Returns how many lines of it are none.</summary>
    static long ReadFile(string path, List<RestoreRecord> restores)
    {
        long damaged = 0;
        using StringReader lines = Open(path, ref damaged);
        while (lines.ReadLine() is { } line)
        {
            if (line.Length == 0) continue;
            if (RecordReader.Read(line) is { } record) restores.Add(record);
            else damaged++;
        }
        return damaged;
    }

    static StringReader Open(string path, ref long damaged)
    {
        try
        {
            return new StringReader(Encoding.UTF8.GetString(StoredFile.Read(path, MaxBytes * 2) ?? []));
        }
        catch (IOException odd) when (StoredFile.IsRefusal(odd))
        {
            // A FIFO, or longer than two journals: nothing that this program has written.
            damaged++;
            return new StringReader(string.Empty);
        }
    }

    /// <summary>Does a restore and notes it, whether it succeeds or fails. Nothing about the journal makes it fail.</summary>
    internal RestoreReport Keep(string space, CatalogInfo catalog, Strategy requested, Func<RestoreReport> restore)
    {
        long start = Stopwatch.GetTimestamp();
        var record = new RestoreRecord
        {
            Time = DateTimeOffset.UtcNow,
            Space = space,
            Catalog = catalog.Id,
            Name = catalog.Name,
            Requested = requested.ToString().ToLowerInvariant(),
        };
        try
        {
            RestoreReport report = restore();
            return report with { JournalFailure = Append(Filled(record, report)) };
        }
        catch (Exception failure)
        {
            _ = Append(record with { Elapsed = Stopwatch.GetElapsedTime(start), Error = CodeOf(failure) });
            throw;
        }
    }

    /// <summary>Appends a line. Returns why that could not be done, or null.</summary>
    internal string? Append(RestoreRecord record)
    {
        try
        {
            Directory.CreateDirectory(home.JournalPath);
            using FileLock alone = FileLock.Take(Path.Join(home.JournalPath, "lock"), exclusive: true, Patience, "journal", CancellationToken.None);
            if (new FileInfo(LatestPath) is { Exists: true, Length: >= MaxBytes }) File.Move(LatestPath, OlderPath, overwrite: true);
            AppendLine(record.ToLine());
            return null;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or HolotreeException)
        {
            return refused.Message;
        }
    }

    void AppendLine(byte[] line)
    {
        int file = NativeFile.Open(LatestPath, Kernel.O_RDWR | Kernel.O_CREAT | Kernel.O_APPEND | Kernel.O_NONBLOCK | OpenFlags.O_NOFOLLOW, 0x1A4, out Errno error);
        if (file < 0) throw NativeErrors.Failure(error, "open", LatestPath);
        try
        {
            error = NativeFile.Stat(file, out Kernel.Statx stat);

            // A crash or a full disk may have cut the line before this one: it ends here, and is skipped by readers.
            Span<byte> last = [(byte)'\n'];
            if (error == Errno.None && stat.stx_size > 0) error = NativeFile.Read(file, last, (long)stat.stx_size - 1, out _);
            if (error == Errno.None) error = NativeFile.Write(file, last[0] == (byte)'\n' ? line : [(byte)'\n', .. line], 0);
            if (error != Errno.None) throw NativeErrors.Failure(error, "write", LatestPath);
        }
        finally
        {
            _ = Kernel.close(file);
        }
    }

    static RestoreRecord Filled(RestoreRecord record, RestoreReport report) => record with
    {
        Elapsed = report.Elapsed,
        Mode = report.Mode,
        Used = report.Mechanisms.Highest switch
        {
            Mechanism.Snapshot or Mechanism.Reflink or Mechanism.HardLink => MechanismNames.Of(report.Mechanisms.Highest.Value),
            Mechanism.KernelCopy or Mechanism.PlainCopy => "copy",
            _ => record.Requested,
        },
        Mechanisms = MechanismNames.Counts(report.Mechanisms).Where(static made => made.Count > 0).ToDictionary(static made => made.Name, static made => made.Count),
        Fallbacks = [.. report.Fallbacks.Select(static left => (MechanismNames.Of(left.From), MechanismNames.Of(left.To), left.Error.Name, left.Files))],
        Bytes = report.Bytes,
        Relocated = report.Relocated.Files,
        Healed = report.Healed.Count,
    };

    static string CodeOf(Exception failure) => failure switch
    {
        HolotreeException known => known.Code,
        OperationCanceledException => "cancelled",
        _ => NativeError.Of(failure)?.Name ?? failure.GetType().Name,
    };
}
