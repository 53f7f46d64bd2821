namespace Holotree.Cli.Output;

/// <summary>What was done to make a tree, in a few aligned lines.</summary>
internal static class RestoreSummary
{
    /// <param name="done">What was done.</param>
    /// <param name="origin">What shared files share their blocks with, in words.</param>
    /// <param name="linked">What it means that a file is a hard link.</param>
    /// <param name="screen">Where to say it.</param>
    internal static void Print(RestoreDocument done, string origin, string linked, Screen screen)
    {
        var details = new Details(screen);
        details.Say("holds", Details.Contents(done.Files, done.Directories, done.Symlinks, done.Bytes.Logical));
        foreach ((string name, long files) in done.Mechanisms.Used())
            details.Say(name, Amounts.Count(files, "file") + (name == "hard link" ? $": {linked}" : string.Empty));
        if (done.Template == "made") details.Say("laid out", "the catalog first, once; its next space is a snapshot and nothing else");
        if (done.Bytes.Shared > 0) details.Say("shared", $"{Amounts.Bytes(done.Bytes.Shared)} with {origin}");
        if (done.Bytes.Written > 0) details.Say("written", Amounts.Bytes(done.Bytes.Written));
        if (done.Relocated.Files + done.Relocated.Links > 0)
        {
            details.Say("relocated", $"{Amounts.Count(done.Relocated.Files, "file")} ({Amounts.Count(done.Relocated.Places, "place")}), " +
                Amounts.Count(done.Relocated.Links, "link"));
        }
        if (done.Relocated.Skipped > 0)
            details.Say("left alone", $"{Amounts.Count(done.Relocated.Skipped, "file")} that name the old path and work as they are");
        if (screen.IsVerbose && done.Relocated.Retimed > 0)
            details.Say("retimed", $"{Amounts.Count(done.Relocated.Retimed, "file")} of bytecode, to stay valid beside hard-linked sources");
        if (done.Removed > 0) details.Say("removed", done.Removed == 1 ? "1 entry" : $"{Amounts.Count(done.Removed)} entries");
        details.SayFallbacks(done.Fallbacks);
        details.SaySkipped(done.Skipped);
        details.SayNotPreserved(done.NotPreserved);
        WarnOfWhatDoesNotWork(done, screen);
    }

    /// <summary>Says what somebody has to act on: objects that had gone bad, files that do not work at the new path.</summary>
    internal static void WarnOfWhatDoesNotWork(RestoreDocument done, Screen screen)
    {
        if (done.Healed > 0)
            screen.Warn($"{Amounts.Count(done.Healed, "object")} of the library had gone bad and could be replaced by whole copies: a disk may be failing.");
        if (done.Relocated.Unfit > 0)
        {
            screen.Warn($"{done.Path} is too long for {Amounts.Count(done.Relocated.Unfit, "file")}, which still name the old path: " +
                $"{Few(done.Relocated.UnfitFiles, screen)}. Use a shorter path.");
        }
        if (done.Relocated.Shebangs > 0)
        {
            screen.Warn($"the system does not start {Amounts.Count(done.Relocated.Shebangs, "script")} in {done.Path}, because the first line is longer " +
                $"than it takes or has a blank in the interpreter's path: {Few(done.Relocated.ShebangFiles, screen)}. Use a shorter path without " +
                "blanks, or start such scripts by their interpreter.");
        }
    }

    static string Few(IReadOnlyList<string> files, Screen screen)
    {
        int shown = screen.IsVerbose ? files.Count : Math.Min(files.Count, Details.FewLines);
        string more = shown < files.Count ? $" and {Amounts.Count(files.Count - shown)} more" : string.Empty;
        return string.Join(", ", files.Take(shown)) + more;
    }
}
