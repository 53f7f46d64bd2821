using System.Buffers;
using System.Text;

namespace Holotree.Library;

/// <summary>Names of catalogs and spaces: they become file names and parts of references, so they are kept plain.</summary>
internal static class Names
{
    const int Longest = 128;

    static readonly SearchValues<char> Characters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+@-");

    /// <summary>Refuses what is no name.</summary>
    /// <param name="what">Of what it is the name, for the message.</param>
    internal static void Check(string name, string what)
    {
        if (name.Length is > 0 and <= Longest && char.IsAsciiLetterOrDigit(name[0]) && !name.AsSpan().ContainsAnyExcept(Characters)) return;
        throw new HolotreeException(HolotreeFailure.Invalid, "name-invalid", $"'{name}' cannot be the name of a {what}.")
        {
            Hint = "A name begins with a letter or digit and goes on with letters, digits and . _ + @ -, up to 128 in all.",
        };
    }

    /// <summary>The nearest proper name to a folder's own.</summary>
    internal static string From(string folder)
    {
        var name = new StringBuilder();
        bool gap = false;
        foreach (char character in Path.GetFileName(folder))
        {
            bool proper = Characters.Contains(character);
            if (proper) name.Append(character);
            else if (!gap) name.Append('-');
            gap = !proper;
        }
        string plain = name.ToString().TrimStart('.', '_', '+', '@', '-');
        return plain.Length switch { 0 => "root", > Longest => plain[..Longest], _ => plain };
    }
}
