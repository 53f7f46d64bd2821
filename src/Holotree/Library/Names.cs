using System.Text.RegularExpressions;

namespace Holotree.Library;

/// <summary>Names of catalogs and spaces: they become file names and parts of references, so they are kept plain.</summary>
internal static partial class Names
{
    /// <summary>Refuses what is no name.</summary>
    /// <param name="what">Of what it is the name, for the message.</param>
    internal static void Check(string name, string what)
    {
        if (Proper().IsMatch(name)) return;
        throw new HolotreeException(HolotreeFailure.Invalid, "name-invalid", $"'{name}' cannot be the name of a {what}.")
        {
            Hint = "A name begins with a letter or digit and goes on with letters, digits and . _ + @ -, up to 128 in all.",
        };
    }

    /// <summary>The nearest proper name to a folder's own.</summary>
    internal static string From(string folder)
    {
        string name = Improper().Replace(Path.GetFileName(folder), "-").TrimStart('.', '_', '+', '@', '-');
        return name.Length switch { 0 => "root", > 128 => name[..128], _ => name };
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._+@-]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Proper();

    [GeneratedRegex("[^A-Za-z0-9._+@-]+", RegexOptions.CultureInvariant)]
    private static partial Regex Improper();
}
