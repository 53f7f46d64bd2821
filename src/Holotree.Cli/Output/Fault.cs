namespace Holotree.Cli.Output;

/// <summary>A failure as the user is told of it.</summary>
/// <param name="ExitCode">What the program exits with.</param>
/// <param name="Code">A stable word for programs.</param>
/// <param name="Message">What failed, which path, the system's own words.</param>
/// <param name="Path">What it is about.</param>
/// <param name="Errno">The system's error number.</param>
/// <param name="Hint">What the user can do.</param>
internal sealed record Fault(int ExitCode, string Code, string Message, string? Path, int? Errno, string? Hint);
