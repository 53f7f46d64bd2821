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
        if (done.Healed > 0)
            screen.Warn($"{Amounts.Count(done.Healed, "object")} of the library had gone bad and could be replaced by whole copies: a disk may be failing.");
        WarnOfUnfit(done, screen);
    }

    internal static void WarnOfUnfit(RestoreDocument done, Screen screen)
    {
        IReadOnlyList<string> unfit = done.Relocated.UnfitFiles;
        if (unfit.Count == 0) return;
        int shown = screen.IsVerbose ? unfit.Count : Math.Min(unfit.Count, Details.FewLines);
        string more = shown < unfit.Count ? $" and {Amounts.Count(unfit.Count - shown)} more" : string.Empty;
        screen.Warn($"{done.Path} is too long for {Amounts.Count(unfit.Count, "file")}, which still name the old path: {string.Join(", ", unfit.Take(shown))}{more}. " +
            "Use a shorter path.");
    }
}
