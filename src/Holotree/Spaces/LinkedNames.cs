namespace Holotree.Spaces;

/// <summary>Decides about entries with several names, of files or of symbolic links alike: pure arithmetic on indexes.</summary>
internal static class LinkedNames
{
    /// <summary>For each entry the first one of its inode, itself for the first.</summary>
    internal static int[] First(int length, Func<int, int> linkedTo)
    {
        var first = new int[length];
        for (int i = 0; i < length; i++) first[i] = linkedTo(i) is >= 0 and int earlier ? earlier : i;
        return first;
    }

    /// <summary>Gives up names until those that are kept are linked among each other exactly as they shall be.</summary>
    /// <returns>Whether any were given up.</returns>
    internal static bool KeepTogether(bool[] kept, int[] wantedFirst, int[] foundIndex, int[] foundFirst, Func<int, bool> sharesObject)
    {
        var missing = new int[foundFirst.Length];       // of the names of an inode that stands, how many are not kept
        var wanted = new int[foundFirst.Length];        // which inode of the catalog it is
        var mixed = new bool[foundFirst.Length];        // it is several
        Array.Fill(wanted, -1);
        foreach (int first in foundFirst) missing[first]++;
        for (int i = 0; i < kept.Length; i++)
        {
            if (!kept[i]) continue;
            int inode = foundFirst[foundIndex[i]];
            missing[inode]--;
            mixed[inode] |= wanted[inode] >= 0 && wanted[inode] != wantedFirst[i];
            wanted[inode] = wantedFirst[i];
        }

        bool changed, any = false;
        void GiveUp(int entry)
        {
            if (!kept[entry]) return;
            kept[entry] = false;
            missing[foundFirst[foundIndex[entry]]]++;
            changed = any = true;
        }
        do
        {
            changed = false;
            for (int i = 0; i < kept.Length; i++)
            {
                int first = wantedFirst[i];
                if (first != i && !(kept[i] && kept[first] && foundFirst[foundIndex[i]] == foundFirst[foundIndex[first]]))
                {
                    GiveUp(i);
                    GiveUp(first);
                }
                else if (kept[i] && !sharesObject(i) && (missing[foundFirst[foundIndex[i]]] > 0 || mixed[foundFirst[foundIndex[i]]]))
                {
                    GiveUp(i);
                }
            }
        }
        while (changed);
        return any;
    }
}
