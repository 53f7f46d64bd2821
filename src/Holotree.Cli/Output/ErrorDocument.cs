namespace Holotree.Cli.Output;

/// <summary>A failure, on standard error with <c>--json</c>.</summary>
internal sealed record ErrorDocument(ErrorBody Error)
{
    internal static ErrorDocument Of(Fault fault) => new(new ErrorBody(fault.Code, fault.Message, fault.Path, fault.Errno, fault.Hint));
}

internal sealed record ErrorBody(string Code, string Message, string? Path, int? Errno, string? Hint);
