using System.Text.Json;
using Holotree.Library;
using Reflinks.Platform;

namespace Holotree.Activation;

/// <summary>A conda environment: what <c>conda activate</c> sets, and the variables that packages and the user declared in it.</summary>
/// <remarks>Scripts in <c>etc/conda/activate.d</c> are not run: nothing of a tree is executed to describe it.</remarks>
internal static class CondaTree
{
    /// <summary>What conda writes where a variable shall not be set.</summary>
    const string NotSet = "***unset***";

    /// <summary>Far more than any real one.</summary>
    const long MaxBytes = 1024 * 1024;

    internal static string[] Names { get; } = ["CONDA_PREFIX", "CONDA_DEFAULT_ENV", "CONDA_PROMPT_MODIFIER", "CONDA_SHLVL"];

    internal static void Describe(ActivationParts parts)
    {
        parts.Kinds.Add("conda");
        parts.AddFolders(parts.Rules.CondaFolders);
        parts.Set("CONDA_PREFIX", parts.Root);
        parts.Set("CONDA_DEFAULT_ENV", parts.Space);
        parts.Set("CONDA_PROMPT_MODIFIER", $"({parts.Space}) ");
        parts.Set("CONDA_SHLVL", "1");

        // In this order: what the user set (conda env config vars set) is stronger than what packages bring.
        string packages = parts.Seen("etc/conda/env_vars.d");
        if (NativeFile.IsFolder(packages))
        {
            foreach (string file in Directory.EnumerateFiles(packages, "*.json").Order(StringComparer.Ordinal)) Read(file, null, parts);
        }
        Read(parts.Seen("conda-meta/state"), "env_vars", parts);
        if (parts.HasFolder("etc/conda/activate.d"))
            parts.Warnings.Add($"'{parts.PathOf("etc/conda/activate.d")}' has scripts, which are not run; what they set is missing.");
    }

    /// <param name="file">An object of names and values; nothing where there is no such file.</param>
    /// <param name="key">Under which key of the file the object is; null for the file itself.</param>
    static void Read(string file, string? key, ActivationParts parts)
    {
        try
        {
            if (StoredFile.Read(file, MaxBytes) is not { } bytes) return;
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement variables = document.RootElement;
            if (key is not null && (variables.ValueKind != JsonValueKind.Object || !variables.TryGetProperty(key, out variables))) return;
            if (variables.ValueKind != JsonValueKind.Object) throw new JsonException("it holds no object of names and values");
            foreach (JsonProperty variable in variables.EnumerateObject()) Take(file, variable, parts);
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            // InvalidOperationException: half of a surrogate pair, or bytes that are not UTF-8, may stand between quotes and are no text.
            parts.Warnings.Add($"'{file}' cannot be read ({unreadable.Message}); the variables in it are missing.");
        }
    }

    static void Take(string file, JsonProperty variable, ActivationParts parts)
    {
        string? value = variable.Value.ValueKind == JsonValueKind.String ? variable.Value.GetString() : null;
        if (value is null || value.Contains('\0', StringComparison.Ordinal) || !ActivationParts.IsName(variable.Name) || parts.Rules.IsPath(variable.Name))
        {
            parts.Warnings.Add($"'{file}' sets '{variable.Name}' in a way that cannot be followed; it is left out.");
            return;
        }
        if (value != NotSet)
        {
            parts.Set(variable.Name, value);
            return;
        }
        parts.Variables.Remove(variable.Name);
        parts.Clear(variable.Name);
    }
}
