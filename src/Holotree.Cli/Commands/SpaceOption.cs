using System.CommandLine;
using Holotree.Library;
using Holotree.Spaces;

namespace Holotree.Cli.Commands;

/// <summary>The space that a command works in.</summary>
internal sealed class SpaceOption : Option<string?>
{
    /// <summary>The space that rcc uses where none is named.</summary>
    const string RccDefault = "user";

    readonly bool asRcc;

    internal SpaceOption(bool asRcc) : base("--space")
    {
        this.asRcc = asRcc;
        HelpName = "NAME";
        Description = asRcc ? $"The space's name (default: {RccDefault})" : "The space's name";
    }

    /// <summary>The name, where one was given or goes without saying.</summary>
    internal string? Given(ParseResult parsed) => parsed.GetValue(this) switch
    {
        null => asRcc ? RccDefault : null,
        "" => throw new HolotreeException(HolotreeFailure.Invalid, "usage", "--space is empty."),
        var name => name,
    };

    /// <summary>The name; which one was meant is not guessed.</summary>
    internal string NameOf(ParseResult parsed, SpaceStore store) => Given(parsed) ?? throw Missing(store);

    internal static HolotreeException Missing(SpaceStore store)
    {
        string[] names = [.. store.List().Select(static space => space.Space).Take(10)];
        return new HolotreeException(HolotreeFailure.Invalid, "space-missing", "--space is missing.")
        {
            Hint = names.Length > 0 ? $"There are: {string.Join(", ", names)}." : "holotree init --catalog REF --space NAME makes one.",
        };
    }
}
