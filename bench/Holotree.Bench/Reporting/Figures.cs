using System.Globalization;

namespace Holotree.Bench.Reporting;

/// <summary>Figures as they are printed, with three digits.</summary>
internal static class Figures
{
    internal static string Seconds(double seconds) => seconds switch
    {
        >= 10 => Text($"{seconds:F1} s"),
        >= 1 => Text($"{seconds:F2} s"),
        >= 0.001 => Text($"{seconds * 1e3:F0} ms"),
        _ => Text($"{seconds * 1e6:F0} µs"),
    };

    internal static string Nanoseconds(double nanoseconds) => nanoseconds switch
    {
        >= 1e6 => Text($"{nanoseconds / 1e6:F2} ms"),
        >= 1e3 => Text($"{nanoseconds / 1e3:F2} µs"),
        _ => Text($"{nanoseconds:F0} ns"),
    };

    internal static string Megabytes(double bytes) => bytes == 0 ? string.Empty : Text($"{bytes / 1e6:F0} MB");

    internal static string Ratio(double ratio) => ratio < 0.1 ? Text($"{ratio:F3}") : Text($"{ratio:F2}");

    internal static string Text(FormattableString text) => FormattableString.Invariant(text);
}
