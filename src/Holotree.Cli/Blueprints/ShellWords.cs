using System.Text;

namespace Holotree.Cli.Blueprints;

/// <summary>Takes a line apart into words by the quoting of POSIX sh (2.2); nothing is expanded and no shell runs.</summary>
internal static class ShellWords
{
    /// <summary>The words; null where a quote is not closed.</summary>
    internal static List<string>? Split(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool within = false;
        char quote = '\0';
        for (int at = 0; at < line.Length; at++)
        {
            char c = line[at];
            if (quote == '\'' ? c == '\'' : quote == '"' && c == '"')
            {
                quote = '\0';
            }
            else if (quote != '\'' && c == '\\')
            {
                // Between double quotes a backslash is one unless it stands before what is special there.
                if (++at == line.Length) return null;
                if (quote == '"' && line[at] is not ('"' or '\\' or '$' or '`' or '\n')) word.Append('\\');
                if (line[at] != '\n') word.Append(line[at]);
                within |= line[at] != '\n';
            }
            else if (quote == '\0' && (c is '\'' or '"'))
            {
                (quote, within) = (c, true);
            }
            else if (quote == '\0' && (c is ' ' or '\t' or '\n' or '\r'))
            {
                if (within) words.Add(word.ToString());
                word.Clear();
                within = false;
            }
            else
            {
                word.Append(c);
                within = true;
            }
        }
        if (quote != '\0') return null;
        if (within) words.Add(word.ToString());
        return words;
    }
}
