using System.Globalization;
using Holotree.Bench;
using Holotree.Bench.Copies;
using Holotree.Bench.Parts;
using Holotree.Bench.Reporting;

if (!OperatingSystem.IsLinux()) return Usage("Linux only.");
return args switch
{
    ["copy", var source, var destination] => ParallelCopy.Copy(source, destination),
    ["copies", var folder, var bytes, var files, var runs, var binary] => OwnCopies.Measure(
        folder, long.Parse(bytes, CultureInfo.InvariantCulture), int.Parse(files, CultureInfo.InvariantCulture), int.Parse(runs, CultureInfo.InvariantCulture), binary),
    ["copies-report", var measurements, var folder, var name] => CopiesReport.Write(measurements, folder, name),
    ["large-file", var folder, var runs] => LargeFile.Measure(folder, int.Parse(runs, CultureInfo.InvariantCulture)),
    ["parts", var measurements] => PartsRun.Measure(measurements),
    ["patching", var folder] => PatchingSpeed.Measure(folder),
    ["report", var measurements, var folder, var name] => Report.Write(measurements, folder, name),
    _ => Usage("usage: Holotree.Bench copy SOURCE DESTINATION | copies DIR BYTES FILES RUNS BINARY | copies-report MEASUREMENTS DIR NAME | large-file DIR RUNS | parts MEASUREMENTS | patching DIR | report MEASUREMENTS DIR NAME"),
};

static int Usage(string text)
{
    Console.Error.WriteLine(text);
    return 2;
}
