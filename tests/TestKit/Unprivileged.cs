using System.Diagnostics;
using System.Reflection;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Xunit;

namespace TestKit;

/// <summary>Runs a piece of a test as an ordinary user, which root is not: no permission bit stops root.</summary>
public static class Unprivileged
{
    /// <summary>The user and the group of the ordinary user ("nobody").</summary>
    public const int UserId = 65534;

    private static readonly Lock OneAtATime = new();
    private static readonly Lazy<bool> Preloaded = new(Preload);

    /// <summary>Runs <paramref name="body"/> on a thread of its own that has the identity of the ordinary user and no capability.</summary>
    /// <remarks>Threads started by the body have that identity too. The thread pool has not: work that the body hands to it
    /// (tasks, <see cref="Parallel"/>, timers) runs as root, and a pool thread made on its behalf would stay unprivileged and
    /// spoil other tests; such a body fails here. Use <see cref="StartInfo"/> for it.</remarks>
    public static void Run(Action body)
    {
        SkipUnlessRoot();
        _ = Preloaded.Value;
        lock (OneAtATime)
        {
            ExceptionDispatchInfo? failure = null;
            var thread = new Thread(() =>
            {
#pragma warning disable CA1031 // Whatever the body throws is thrown again on the caller's thread.
                try
                {
                    Become();
                    body();
                }
                catch (Exception exception)
                {
                    failure = ExceptionDispatchInfo.Capture(exception);
                }
#pragma warning restore CA1031
            })
            {
                // A thread without a name takes that of its maker, who may be of the pool: see PoolIsSpoiled.
                Name = "unprivileged",
            };
            thread.Start();
            thread.Join();
            failure?.Throw();
            Assert.False(PoolIsSpoiled(), "The body made a thread of the thread pool an ordinary user's: see Unprivileged.Run.");
        }
    }

    /// <summary>What starts a program as the ordinary user, by setpriv(1). Output is not redirected.</summary>
    public static ProcessStartInfo StartInfo(string program, params IEnumerable<string> arguments)
    {
        SkipUnlessRoot();
        return new ProcessStartInfo("setpriv", [$"--reuid={UserId}", $"--regid={UserId}", "--clear-groups", "--", program, .. arguments]);
    }

    internal static void SkipUnlessRoot()
    {
        if (!Root.IsHere) Assert.Skip("Becoming an ordinary user needs root on Linux.");
    }

    /// <summary>The bare system calls: the C library's functions of these names would change every thread of the process.</summary>
    private static void Become()
    {
        if (Native.Syscall(Native.Numbers.SetGroups, 0, 0, 0) != 0) throw Native.Error("setgroups");
        if (Native.Syscall(Native.Numbers.SetResGid, UserId, UserId, UserId) != 0) throw Native.Error("setresgid");
        if (Native.Syscall(Native.Numbers.SetResUid, UserId, UserId, UserId) != 0) throw Native.Error("setresuid");
    }

    /// <summary>Loads what the ordinary user may not be able to read later: a checkout in a private folder, a private runtime.</summary>
    private static bool Preload()
    {
        var seen = new HashSet<string>();
        var waiting = new Queue<Assembly>(AppDomain.CurrentDomain.GetAssemblies().Where(assembly => !assembly.IsDynamic));
        while (waiting.TryDequeue(out Assembly? assembly))
        {
            foreach (AssemblyName reference in assembly.GetReferencedAssemblies())
            {
                if (!seen.Add(reference.FullName)) continue;
                try
                {
                    waiting.Enqueue(Assembly.Load(reference));
                }
                catch (IOException)
                {
                    // A reference that is not shipped, as some packages have.
                }
            }
        }

        // Hashing loads a native library at its first use.
        return SHA256.HashData(ReadOnlySpan<byte>.Empty).Length > 0;
    }

    private static bool PoolIsSpoiled()
    {
        foreach (string task in Directory.GetDirectories("/proc/self/task"))
        {
            try
            {
                string[] status = File.ReadAllLines(Path.Combine(task, "status"));
                bool isPool = status[0].Contains(".NET TP", StringComparison.Ordinal);
                if (isPool && !Array.Exists(status, line => line.StartsWith("Uid:\t0\t", StringComparison.Ordinal))) return true;
            }
            catch (IOException)
            {
                // The thread ended meanwhile.
            }
        }

        return false;
    }
}
