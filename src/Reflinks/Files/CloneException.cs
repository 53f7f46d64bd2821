namespace Reflinks.Files;

/// <summary>A file or range could not be cloned, and the caller did not allow a copy, or a real failure stopped the work.</summary>
/// <remarks>Nothing half-made is left at the destination of a call by path.</remarks>
public sealed class CloneException : IOException
{
    internal CloneException(CloneFailure failure, NativeError error, string sourcePath, string destinationPath)
        : base($"Cannot clone '{sourcePath}' to '{destinationPath}': {error}.")
    {
        (Failure, Error, SourcePath, DestinationPath) = (failure, error, sourcePath, destinationPath);
        HResult = error.Code;
    }

    /// <summary>What kind of failure this is: the system, the pair of places or this one file.</summary>
    public CloneFailure Failure { get; }

    /// <summary>The error number of the clone call.</summary>
    public NativeError Error { get; }

    /// <summary>The file to be cloned, as it was named by the caller or as the system names its handle.</summary>
    public string SourcePath { get; }

    /// <summary>The file to be made.</summary>
    public string DestinationPath { get; }
}
