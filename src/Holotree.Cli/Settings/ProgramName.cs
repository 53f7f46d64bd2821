using System.Text;

namespace Holotree.Cli.Settings;

/// <summary>The name the program was started under; a link named <c>rcc</c> makes it understand that program's way of naming commands.</summary>
internal static class ProgramName
{
    internal static bool IsRcc => string.Equals(Path.GetFileNameWithoutExtension(Find()), "rcc", OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);

    /// <remarks>The runtime names the file that a link leads to, so the name is taken from the system where that gives it (proc_pid_cmdline(5)).</remarks>
    static string? Find()
    {
        if (OperatingSystem.IsWindows()) return Environment.ProcessPath;
        if (!OperatingSystem.IsLinux()) return Environment.GetCommandLineArgs() is [var first, ..] ? first : Environment.ProcessPath;
        try
        {
            byte[] line = File.ReadAllBytes("/proc/self/cmdline");
            return Encoding.UTF8.GetString(line.AsSpan(0, Math.Max(0, Array.IndexOf(line, (byte)0))));
        }
        catch (IOException)
        {
            return Environment.ProcessPath;
        }
    }
}
