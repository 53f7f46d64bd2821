using Reflinks.Trees;
using Spectre.Console;

namespace Holotree.Cli.Output;

/// <summary>
/// A bar on standard error while work goes on. It appears when the work turns out to take a while, so that short work pays
/// neither for the flicker nor for loading what draws it, and it is gone when the work is done.
/// </summary>
internal sealed class ProgressBar : IProgress<TreeProgress>, IDisposable
{
    /// <summary>Less than this is felt as "at once".</summary>
    static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(400);

    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    readonly Lock gate = new();
    readonly ManualResetEventSlim done = new();
    readonly Thread painter;
    TreeProgress latest;

    ProgressBar(Screen screen, string work)
    {
        painter = new Thread(() => Paint(screen, work)) { IsBackground = true, Name = "progress" };
        painter.Start();
    }

    /// <summary>Starts to watch over some work; null where nobody would see it.</summary>
    internal static ProgressBar? Start(Screen screen, string work) => screen.ShowsProgress ? new ProgressBar(screen, work) : null;

    public void Report(TreeProgress value)
    {
        lock (gate) latest = value;
    }

    public void Dispose()
    {
        done.Set();
        painter.Join();
        done.Dispose();
    }

    void Paint(Screen screen, string work)
    {
        if (!done.Wait(Patience)) Draw(screen, work);
    }

    void Draw(Screen screen, string work)
    {
        IAnsiConsole console = SpectreConsole.On(screen.Errors, screen.HasColorOnErrors, isTerminal: true);
        console.Progress().AutoClear(true).AutoRefresh(false)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask(work, autoStart: true, maxValue: 1);
                do
                {
                    TreeProgress now;
                    lock (gate) now = latest;
                    Show(task, work, now);
                    context.Refresh();
                }
                while (!done.Wait(Pause));
            });
        screen.Errors.Flush();
    }

    static void Show(ProgressTask task, string work, TreeProgress now)
    {
        // Before the first report, and while a tree is listed, how much there will be is not known.
        task.IsIndeterminate = now.FilesTotal == 0;
        if (now.FilesTotal == 0) return;
        task.MaxValue = now.FilesTotal;
        task.Value = now.FilesDone;
        task.Description = $"{work} {Amounts.Count(now.FilesDone)} of {Amounts.Count(now.FilesTotal, "file")}";
    }
}
