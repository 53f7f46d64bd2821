using Holotree.Library;

namespace Holotree.Cli.Settings;

/// <summary>The home and who names it.</summary>
/// <param name="Origin"><c>option</c>, <c>environment</c> or <c>default</c>.</param>
/// <param name="Source">The option or the variable; null for the default.</param>
internal sealed record HomeChoice(Home Home, string Origin, string? Source)
{
    static readonly string[] Variables = ["HOLOTREE_HOME", "ROBOCORP_HOME"];

    /// <summary>
    /// <c>--home</c>, else HOLOTREE_HOME, else ROBOCORP_HOME, else <c>~/.holotree</c>; null where nothing names one and the user
    /// has no folder of his own, as in some containers.
    /// </summary>
    internal static HomeChoice? Find(string? option)
    {
        if (option is not null) return At(option, "option", "--home");
        foreach (string variable in Variables)
        {
            // An empty variable is how a shell says "not set".
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value) return At(value, "environment", variable);
        }
        string user = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        return user.Length > 0 ? new HomeChoice(new Home(Path.Join(user, ".holotree")), "default", null) : null;
    }

    static HomeChoice At(string path, string origin, string source) =>
        path.Length > 0 && !path.Contains('\0', StringComparison.Ordinal)
            ? new HomeChoice(new Home(path), origin, source)
            : throw new HolotreeException(HolotreeFailure.Invalid, "home-invalid", $"{source}: this is no path of a folder.");
}
