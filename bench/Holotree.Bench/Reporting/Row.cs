namespace Holotree.Bench.Reporting;

/// <summary>One way to do something with one tree on one volume, and how long that took each time.</summary>
internal sealed class Row(string tree, string volume, string key, string label)
{
    internal string Tree { get; } = tree;

    internal string Volume { get; } = volume;

    internal string Key { get; } = key;

    internal string Label { get; } = label;

    /// <summary>Until the process ended, each time.</summary>
    internal List<double> Seconds { get; } = [];

    /// <summary>Until all of it was on the disk, each time.</summary>
    internal List<double> OnDisk { get; } = [];

    /// <summary>The most memory of its largest process.</summary>
    internal double PeakBytes { get; private set; }

    /// <summary>How the files were made.</summary>
    internal string MadeBy { get; set; } = string.Empty;

    /// <summary>Why there is no figure.</summary>
    internal string? Absence { get; set; }

    internal void Add(double seconds, double onDisk, double kib)
    {
        Seconds.Add(seconds);
        OnDisk.Add(onDisk);
        PeakBytes = Math.Max(PeakBytes, kib * 1024);
    }
}
