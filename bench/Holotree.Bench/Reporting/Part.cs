namespace Holotree.Bench.Reporting;

/// <summary>A piece of the program, in nanoseconds.</summary>
internal sealed record Part(string Name, string Parameters, double Median, double Fastest, double Slowest, double AllocatedBytes, double SearchedBytes);
