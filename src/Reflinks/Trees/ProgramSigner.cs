namespace Reflinks.Trees;

/// <summary>Signs programs whose bytes were changed. Each may be another inode afterwards.</summary>
/// <param name="root">The folder that they are in, or below.</param>
/// <param name="files">Their paths below it.</param>
/// <param name="cancellation">Ends the work.</param>
/// <returns>Of each, what kept it from being signed; null where nothing did.</returns>
internal delegate IReadOnlyList<string?> ProgramSigner(string root, IReadOnlyList<string> files, CancellationToken cancellation);
