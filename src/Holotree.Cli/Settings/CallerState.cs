using System.Collections;
using System.Text;
using Holotree.Activation;

namespace Holotree.Cli.Settings;

/// <summary>What the caller gave this process, byte for byte, as far as the system tells it (proc_pid_environ(5), proc_pid_cmdline(5)).</summary>
internal static class CallerState
{
    internal static EnvironmentBlock Environment() => EnvironmentBlock.Parse(Read("/proc/self/environ") ?? FromRuntime());

    /// <summary>The last words of the command line; the runtime has made text of them, which loses what is not UTF-8.</summary>
    internal static byte[][] LastWords(IReadOnlyList<string> words)
    {
        byte[][] known = [.. words.Select(Encoding.UTF8.GetBytes)];
        if (Read("/proc/self/cmdline") is not { } line || words.Count == 0) return known;
        List<byte[]> all = [];
        foreach (Range range in line.AsSpan(0, Math.Max(0, line.Length - 1)).Split((byte)0)) all.Add(line[range]);
        if (all.Count < words.Count) return known;
        byte[][] last = [.. all[^words.Count..]];
        return last.Zip(words).All(static pair => Encoding.UTF8.GetString(pair.First) == pair.Second) ? last : known;
    }

    static byte[]? Read(string path)
    {
        // Elsewhere somebody may have made a file of that name: on Windows it would be one of the current drive.
        if (!OperatingSystem.IsLinux()) return null;
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    static byte[] FromRuntime() => Encoding.UTF8.GetBytes(string.Concat(
        System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(static variable => $"{variable.Key}={variable.Value}\0")));
}
