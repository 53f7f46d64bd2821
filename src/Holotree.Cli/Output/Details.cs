namespace Holotree.Cli.Output;

/// <summary>Aligned lines below a headline. A list is cut short unless everything is wanted.</summary>
internal sealed class Details(Screen screen)
{
    internal const int FewLines = 3;

    internal static string Contents(long files, long directories, long symlinks, long bytes) =>
        $"{Amounts.Count(files, "file")} ({Amounts.Bytes(bytes)})"
        + (directories > 0 ? $", {Amounts.Count(directories, "folder")}" : string.Empty)
        + (symlinks > 0 ? $", {Amounts.Count(symlinks, "link")}" : string.Empty);

    internal void Say(string label, string text) => screen.Say($"  {label,-12} {text}");

    internal void SayFallbacks(IReadOnlyList<FallbackDocument> fallbacks)
    {
        foreach (FallbackDocument left in fallbacks)
        {
            string number = left.Errno is { } errno ? $" ({left.Reason}, {errno})" : string.Empty;
            Say("fallback", $"{Amounts.Count(left.Files, "file")} from {Words(left.From)} to {Words(left.To)}: {left.Message}{number}; for example {left.Example}");
        }
    }

    internal void SaySkipped(IReadOnlyList<SkippedDocument> skipped) =>
        SayList("left out", skipped, static entry => $"{entry.Path} ({entry.Reason})");

    internal void SayNotPreserved(IReadOnlyList<NotPreservedDocument> lost) =>
        SayList("not kept", lost, static entry => $"{entry.What} of {entry.Path} ({entry.Reason})");

    internal void SayList<T>(string label, IReadOnlyList<T> list, Func<T, string> text)
    {
        int shown = screen.IsVerbose ? list.Count : Math.Min(list.Count, FewLines);
        for (int i = 0; i < shown; i++) Say(label, text(list[i]));
        if (shown < list.Count) Say(label, $"and {Amounts.Count(list.Count - shown)} more (--verbose shows all)");
    }

    static string Words(string mechanism) => mechanism switch
    {
        "hardlink" => "hard link",
        "kernelCopy" => "kernel copy",
        "plainCopy" => "plain copy",
        _ => mechanism,
    };
}
