namespace Reflinks.Trees;

/// <summary>
/// Two names of one folder of a tree differ by case only, or in how an accented letter is made up, and where the tree is to stand they are
/// one name (APFS and NTFS by default, an ext4 folder with casefold).
/// </summary>
/// <remarks>
/// What was made of the tree by then is deleted. In a program with invariant globalization, as <c>holotree</c> is one, names that differ in how an accented
/// letter is made up are not told apart from others: there the second one is refused in the system's words.
/// </remarks>
public sealed class NamesAlikeException : IOException
{
    internal NamesAlikeException(string first, string second, string destination)
        : base($"Cannot make both '{first}' and '{second}' in '{destination}': for the filesystem there they are one name.") =>
        (FirstPath, SecondPath, DestinationPath) = (first, second, destination);

    /// <summary>The one, below the tree's root.</summary>
    public string FirstPath { get; }

    /// <summary>The other.</summary>
    public string SecondPath { get; }

    /// <summary>The tree that was to be made.</summary>
    public string DestinationPath { get; }
}
