using Holotree.Maintenance;

namespace Holotree.Cli.Output;

/// <summary>What <c>gc</c> found and took away.</summary>
internal sealed record CollectionDocument(long Objects, long Removed, long Bytes, long Templates, long Standby, long Foreign, long ElapsedMilliseconds)
{
    internal static CollectionDocument Of(CollectionReport report) =>
        new(report.Objects, report.Removed, report.Bytes, report.Templates, report.Standby, report.Foreign, (long)report.Elapsed.TotalMilliseconds);
}
