using Reflinks.Files;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>The words by which mechanisms are known outside: in JSON, in state files.</summary>
public static class MechanismNames
{
    static readonly string[] Words = ["snapshot", "reflink", "hardlink", "kernelCopy", "plainCopy", "empty", "unchanged"];

    /// <summary>The word for a mechanism.</summary>
    public static string Of(Mechanism mechanism) => Words[(int)mechanism];

    /// <summary>Every mechanism's word with the number of files it made, also where that is none.</summary>
    public static IEnumerable<(string Name, long Count)> Counts(MechanismCounts counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        return Enum.GetValues<Mechanism>().Select(mechanism => (Of(mechanism), counts[mechanism]));
    }
}
