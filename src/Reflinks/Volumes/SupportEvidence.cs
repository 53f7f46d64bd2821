namespace Reflinks.Volumes;

/// <summary>How far it was verified that this version does on a filesystem what it promises; docs/platforms.md names the tests.</summary>
public enum SupportEvidence
{
    /// <summary>Written by the system's documents and compiled; never run there.</summary>
    CompiledOnly,

    /// <summary>Run against a simulation: a small library that behaves as the documents say, or errors put into the calls of another filesystem.</summary>
    Simulated,

    /// <summary>Run on Wine, which answers as Windows does on a filesystem that it calls by this name.</summary>
    Emulated,

    /// <summary>Run on the filesystem itself.</summary>
    Tested,
}
