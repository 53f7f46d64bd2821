using System.Globalization;
using System.Runtime.Versioning;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Holotree.Bench.Parts;

/// <summary>Runs BenchmarkDotNet over the parts and adds a line for each to the measurements.</summary>
[SupportedOSPlatform("linux")]
internal static class PartsRun
{
    internal static int Measure(string measurementsPath)
    {
        // In this process: the build that it would make of its own does not know the conventions of this repository.
        IConfig config = ManualConfig.CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddLogger(ConsoleLogger.Ascii)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .WithArtifactsPath(Path.Join(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/')), "parts"));
        List<Type> parts = [typeof(FinderBenchmark), typeof(CatalogBenchmark)];
        if (CloneBenchmark.Volumes.Any()) parts.Add(typeof(CloneBenchmark));
        bool failed = false;
        foreach (Type part in parts)
        {
            Summary summary = BenchmarkRunner.Run(part, config);
            foreach (BenchmarkReport report in summary.Reports)
            {
                BenchmarkCase benchmark = report.BenchmarkCase;
                string name = benchmark.Descriptor.WorkloadMethodDisplayInfo.Trim('\'');
                failed |= report.ResultStatistics is null;
                if (report.ResultStatistics is not { } figures) continue;
                File.AppendAllText(measurementsPath, string.Create(CultureInfo.InvariantCulture,
                    $"part\t{name}\t{string.Join(", ", benchmark.Parameters.Items.Select(item => item.Value))}\t{figures.Median}\t{figures.Min}\t{figures.Max}\t{report.GcStats.GetBytesAllocatedPerOperation(benchmark) ?? 0}\t{(part == typeof(FinderBenchmark) ? FinderBenchmark.DataBytes : 0)}\n"));
            }
            failed |= summary.HasCriticalValidationErrors;
        }
        return failed ? 1 : 0;
    }
}
