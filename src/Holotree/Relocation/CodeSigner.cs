using System.ComponentModel;
using System.Diagnostics;
using Holotree.Library;
using Reflinks.Trees;

namespace Holotree.Relocation;

/// <summary>
/// Signs programs that were relocated, by codesign(1): the system of a Mac with Apple's own processor kills a program whose bytes do not fit
/// its signature. What is signed ad hoc vouches for the bytes and for nobody's name.
/// </summary>
/// <param name="program">The path of codesign, or of what stands in for it.</param>
/// <param name="strict">Whether a program that cannot be signed is a failure; otherwise it is told.</param>
/// <remarks>
/// Identifier and entitlements stay. The flags do not: among them is the hardened runtime, which lets a program load only libraries of the
/// same signer, and nobody is the same as no one.
/// </remarks>
internal sealed class CodeSigner(string program, bool strict)
{
    /// <summary>The program of this system; null where programs need no signature.</summary>
    internal static string? OfThisSystem => OperatingSystem.IsMacOS() ? "/usr/bin/codesign" : null;

    /// <summary>So many paths of 1,024 bytes, the longest that macOS takes, are a tenth of what a command line may have there.</summary>
    const int FilesACall = 100;

    static readonly string[] Arguments = ["--force", "--sign", "-", "--preserve-metadata=identifier,entitlements"];

    /// <summary>Signs for a tree; null where there is nothing to sign by.</summary>
    internal static ProgramSigner? For(string? program, bool strict) => program is null ? null : new CodeSigner(program, strict).Sign;

    string?[] Sign(string root, IReadOnlyList<string> files, CancellationToken cancellation)
    {
        var complaints = new string?[files.Count];
        for (int from = 0; from < files.Count; from += FilesACall)
        {
            string[] some = [.. files.Skip(from).Take(FilesACall)];
            if (Run(root, some, cancellation) is null) continue;

            // Which of them it was is in no form that could be relied on: each is signed on its own. Those that were signed may be signed again.
            for (int i = 0; i < some.Length; i++) complaints[from + i] = Run(root, [some[i]], cancellation);
        }
        int first = Array.FindIndex(complaints, static complaint => complaint is not null);
        return strict && first >= 0 ? throw Unsigned(Path.Join(root, files[first]), files[first], complaints[first]!) : complaints;
    }

    /// <summary>Signs some files in one call. Returns null, or what was said last.</summary>
    string? Run(string root, string[] files, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        // With a folder before it no name is taken for an option.
        var start = new ProcessStartInfo(program, [.. Arguments, .. files.Select(static file => "./" + file)])
        {
            UseShellExecute = false,
            WorkingDirectory = root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            process.StandardInput.Close();
            using CancellationTokenRegistration end = cancellation.Register(() => process.Kill(entireProcessTree: true));
            Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            string words = process.StandardError.ReadToEnd() + output.GetAwaiter().GetResult();
            process.WaitForExit();
            cancellation.ThrowIfCancellationRequested();
            if (process.ExitCode == 0) return null;
            string last = words.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is [.., var line] ? line : $"it ended with exit code {process.ExitCode}";
            return $"{program}: {last}";
        }
        catch (Win32Exception refused)
        {
            return $"{program}: {refused.Message}";
        }
    }

    static HolotreeException Unsigned(string path, string file, string complaint) => new(
        HolotreeFailure.Unsupported, "relocation-unsigned", $"'{file}' names its path and cannot be signed again after that was changed: {complaint}")
    {
        Path = path,
        Hint = "Leave out --strict to keep such programs unsigned; some systems will not start them.",
    };
}
