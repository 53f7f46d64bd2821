using System.CommandLine;

namespace Holotree.Cli.Settings;

/// <summary>Options whose value is one of a few words.</summary>
internal static class Choice
{
    internal static Option<string?> CreateOption(string name, string[] words, string description)
    {
        var option = new Option<string?>(name) { HelpName = string.Join('|', words), Description = description };
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (!words.Contains(token.Value)) result.AddError($"{name}: '{token.Value}' is not one of {string.Join(", ", words)}.");
            }
        });
        return option;
    }
}
