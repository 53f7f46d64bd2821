using System.Text;
using Holotree.Library;

namespace Holotree.Cli.Settings;

/// <summary>Writes a changed settings file in one step; mode, access control list and attributes stay, and a link stays a link.</summary>
internal static class SettingsWriter
{
    /// <summary>How often another program's change is taken in before giving up; one at a time is what happens.</summary>
    const int Attempts = 5;

    /// <summary>Gives a setting a value in the home's file, which is made if it is missing.</summary>
    /// <param name="words">The value; null to take the entry away.</param>
    /// <exception cref="HolotreeException">The file is not valid, or not of a form that can be edited. Nothing is changed.</exception>
    /// <exception cref="IOException">It could not be written. The old file stands.</exception>
    internal static void Set(Home home, Setting setting, IReadOnlyList<string>? words)
    {
        for (int attempt = 1; !TrySet(home, setting, words); attempt++)
        {
            if (attempt == Attempts)
                throw new HolotreeException(HolotreeFailure.Busy, "busy", $"{home.SettingsPath} is being changed by another program.") { Path = home.SettingsPath, Hint = "Try again." };
        }
    }

    static bool TrySet(Home home, Setting setting, IReadOnlyList<string>? words)
    {
        SettingsFile file = SettingsFile.Read(home);
        string edited = SettingsEdit.Apply(file, setting, words);
        if (edited == file.Text) return true;

        Directory.CreateDirectory(home.Path);
        byte[] bytes = Encoding.UTF8.GetBytes(file.HasByteOrderMark ? "\uFEFF" + edited : edited);

        // What somebody wrote meanwhile is not overwritten, but taken in.
        return HandwrittenFile.Replace(file.Path, bytes, () => SettingsFile.Read(home).Text == file.Text);
    }
}
