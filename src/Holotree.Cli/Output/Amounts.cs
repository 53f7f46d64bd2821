using System.Globalization;

namespace Holotree.Cli.Output;

/// <summary>Numbers, sizes and times as people read them.</summary>
internal static class Amounts
{
    static readonly string[] Units = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"];

    internal static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary><c>1 file</c>, <c>52,634 files</c>.</summary>
    internal static string Count(long number, string one) => $"{Count(number)} {(number == 1 ? one : one + "s")}";

    /// <summary>A size in powers of ten, as disks are sold and as <c>cli.md</c>'s figures are read.</summary>
    internal static string Bytes(long bytes)
    {
        double amount = bytes;
        int unit = 0;
        while (amount >= 999.5 && unit < Units.Length - 1)
        {
            amount /= 1000;
            unit++;
        }
        string digits = amount.ToString(unit > 0 && amount < 9.95 ? "0.0" : "0", CultureInfo.InvariantCulture);
        return unit == 0 && bytes == 1 ? "1 byte" : $"{digits} {Units[unit]}";
    }

    internal static string Time(long milliseconds) => milliseconds switch
    {
        < 1000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds} ms"),
        < 60_000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000.0:0.0} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 60_000} min {milliseconds / 1000 % 60} s"),
    };

    /// <summary>A moment in local time, to the minute.</summary>
    internal static string Moment(DateTimeOffset time) => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>Enough of an id to tell catalogs apart by eye.</summary>
    internal static string ShortId(string id) => id.Length > 12 ? id[..12] : id;
}
