namespace Holotree.Cli.Settings;

/// <summary>Guesses what was meant by a word that is none of those known.</summary>
internal static class Spelling
{
    /// <summary>The known word that is nearest; null where none is near enough to be meant.</summary>
    internal static string? Nearest(string word, IEnumerable<string> known) =>
        known.Select(one => (Word: one, Distance: Distance(word, one))).Where(static one => one.Distance <= Math.Max(1, one.Word.Length / 3))
            .OrderBy(static one => one.Distance).Select(static one => one.Word).FirstOrDefault();

    /// <summary>How many letters have to be added, left out or changed (Levenshtein).</summary>
    static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[b.Length];
    }
}
