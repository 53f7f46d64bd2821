using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Reflinks.Files;
using Reflinks.Trees;

// Calls Reflinks in a process of its own, so that strace can make system calls fail in it.
//   CloneHost SOURCE FOLDER CALL…    makes FOLDER/CALL from SOURCE by each call, and prints a line for each:
//   Mechanism|length|From>To:ERRNO,…|what=ERRNO,…    or    !ExceptionType|kind of failure|ERRNO|message
// The calls tree-reflink, tree-copy and tree-hardlink take a folder for SOURCE, and say of a tree
//   Mechanism=files,…|length|From>To:ERRNO=files,…|path what=ERRNO,…
// The call remove deletes SOURCE, and what the calls before it made.
// An exit code of 2 says that the process was started wrongly.
if (args.Length < 3) return 2;
(string source, string folder) = (args[0], args[1]);

// Not the console: where ioctl is made to succeed, that takes a pipe for a terminal and writes to it as to one.
using var standardOutput = new SafeFileHandle(1, ownsHandle: false);
using var output = new StreamWriter(new FileStream(standardOutput, FileAccess.Write));
foreach (string call in args[2..])
{
    string destination = Path.Combine(folder, call);
    try
    {
        if (call == "remove")
        {
            foreach (string path in (string[])[source, .. Directory.GetFileSystemEntries(folder)]) TreeRemover.Remove(path);
            output.WriteLine("Empty|0||");
            continue;
        }
        if (call.StartsWith("tree-", StringComparison.Ordinal))
        {
            TreeStrategy strategy = call switch
            {
                "tree-reflink" => TreeStrategy.Reflink,
                "tree-hardlink" => TreeStrategy.HardLink,
                _ => TreeStrategy.ReflinkOrCopy,
            };
            // One worker: strace counts the calls of each thread by itself.
            TreeReport report = TreeCloner.Clone(source, destination, new TreeCloneOptions { Strategy = strategy, Workers = 1 });
            string made = string.Join(',', Enum.GetValues<Mechanism>().Where(by => report.Mechanisms[by] > 0).Select(by => $"{by}={report.Mechanisms[by]}"));
            string rungs = string.Join(',', report.Fallbacks.Select(from => $"{from.From}>{from.To}:{from.Error.Name}={from.Files}"));
            string missing = string.Join(',', report.NotPreserved.Select(attribute => $"{attribute.Path} {attribute.What}={attribute.Error.Name}"));
            output.WriteLine($"{made}|{report.LogicalBytes}|{rungs}|{missing}");
            continue;
        }
        CopyOutcome outcome = call switch
        {
            "clone" => Reflink.Clone(source, destination),
            "copy" => Reflink.CloneOrCopy(source, destination),
            "overwrite" => Reflink.CloneOrCopy(source, destination, new CloneOptions { Overwrite = true }),
            "clone-handle" => OnHandles(destination, (from, to) => Reflink.Clone(from, to)),
            "copy-handle" => OnHandles(destination, (from, to) => Reflink.CloneOrCopy(from, to)),
            "copy-range" => OnHandles(destination, (from, to) => Reflink.CloneOrCopyRange(from, 0, to, 0, RandomAccess.GetLength(from))),
            _ => throw new ArgumentException($"There is no call '{call}'."),
        };
        string left = string.Join(',', outcome.Fallbacks.Select(fallback => $"{fallback.From}>{fallback.To}:{fallback.Error.Name}"));
        string lost = string.Join(',', outcome.NotPreserved.Select(attribute => $"{attribute.What}={attribute.Error.Name}"));
        output.WriteLine($"{outcome.Mechanism}|{outcome.LengthBytes}|{left}|{lost}");
    }
    catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ExternalException)
    {
        string kind = exception is CloneException clone ? clone.Failure.ToString() : "";
        output.WriteLine($"!{exception.GetType().Name}|{kind}|{NativeError.Of(exception)?.Name}|{exception.Message}");
    }
}
return 0;

CopyOutcome OnHandles(string destination, Func<SafeFileHandle, SafeFileHandle, CopyOutcome> action)
{
    using SafeFileHandle from = File.OpenHandle(source);
    using SafeFileHandle to = File.OpenHandle(destination, FileMode.OpenOrCreate, FileAccess.ReadWrite);
    return action(from, to);
}
