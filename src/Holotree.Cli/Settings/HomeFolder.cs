using Holotree.Library;

namespace Holotree.Cli.Settings;

/// <summary>Finds the home: <c>--home</c>, else HOLOTREE_HOME, else ROBOCORP_HOME, else <c>~/.holotree</c>.</summary>
internal static class HomeFolder
{
    static readonly string[] Variables = ["HOLOTREE_HOME", "ROBOCORP_HOME"];

    /// <summary>The home; null where nothing names one and the user has no folder of his own, as in some containers.</summary>
    internal static Home? Find(string? option)
    {
        if (option is not null) return At(option, "--home");
        foreach (string variable in Variables)
        {
            // An empty variable is how a shell says "not set".
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value) return At(value, variable);
        }
        string user = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        return user.Length > 0 ? new Home(Path.Join(user, ".holotree")) : null;
    }

    static Home At(string path, string origin) =>
        path.Length > 0 && !path.Contains('\0', StringComparison.Ordinal)
            ? new Home(path)
            : throw new HolotreeException(HolotreeFailure.Invalid, "home-invalid", $"{origin}: this is no path of a folder.");
}
