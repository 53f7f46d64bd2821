namespace Holotree.Relocation;

/// <summary>From one prefix to another, in all the forms that the old one is found in.</summary>
internal sealed class PrefixChange
{
    readonly PrefixForms forms;
    readonly (PrefixReplacement AsRecorded, PrefixReplacement OtherCase)[] replacements;

    internal PrefixChange(byte[] oldPrefix, byte[] newPrefix)
    {
        forms = new PrefixForms(oldPrefix);
        replacements = [.. forms.All.Select(form => PrefixReplacement.For(form, newPrefix))];
        MostGrowth = replacements.Max(static change => change.AsRecorded.Growth);
        KeepsLengths = Array.TrueForAll(replacements, static change => change.AsRecorded.Growth == 0);
    }

    internal bool IsWindows => forms.IsWindows;

    internal int LongestBytes => forms.LongestBytes;

    internal int ShortestBytes => forms.ShortestBytes;

    /// <summary>By how many bytes a place gets longer at most.</summary>
    internal int MostGrowth { get; }

    /// <summary>Whether a place of whatever form is as long as before.</summary>
    internal bool KeepsLengths { get; }

    /// <summary>The only replacement there is, if there is only one; then nobody has to look which form stands at a place.</summary>
    internal PrefixReplacement? Only => forms.IsWindows ? null : replacements[0].AsRecorded;

    /// <summary>The replacement for what these bytes begin with; null where that is no form of the old prefix.</summary>
    internal PrefixReplacement? At(ReadOnlySpan<byte> bytes)
    {
        PrefixReplacement? longest = null;
        foreach ((PrefixReplacement asRecorded, PrefixReplacement otherCase) in replacements)
        {
            if (!asRecorded.Form.StandsIn(bytes) || asRecorded.OldBytes <= longest?.OldBytes) continue;
            longest = bytes[0] == asRecorded.Form.Bytes[0] ? asRecorded : otherCase;
        }
        return longest;
    }
}
