using Holotree.Library;

namespace Holotree.Cli.Blueprints;

/// <summary>What a <c>robot.yaml</c> or <c>holotree.yaml</c> says about running its tasks. The folder it lies in is the root of its paths.</summary>
internal sealed record Blueprint
{
    /// <summary>Where one is looked for in a folder, the first first.</summary>
    static readonly string[] Names = ["holotree.yaml", "robot.yaml"];

    /// <summary>The file.</summary>
    internal required string Path { get; init; }

    internal string Root => System.IO.Path.GetDirectoryName(Path)!;

    /// <summary>In the order of the file.</summary>
    internal IReadOnlyList<BlueprintTask> Tasks { get; init; } = [];

    /// <summary>Folders to search for programs before those of the space.</summary>
    internal IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>Folders in which Python looks for modules.</summary>
    internal IReadOnlyList<string> PythonFolders { get; init; } = [];

    /// <summary>Where tasks leave what they make; null where the file does not say.</summary>
    internal string? Artifacts { get; init; }

    internal IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Reads a file, or the one in a folder.</summary>
    /// <exception cref="HolotreeException">There is none, or it is not of the form that it has to have.</exception>
    internal static Blueprint Read(string place)
    {
        string full = System.IO.Path.GetFullPath(place);
        if (!PathKind.IsFolder(full))
        {
            return PathKind.IsFile(full) ? BlueprintReader.Read(full) : throw new HolotreeException(HolotreeFailure.NotFound, "blueprint-missing", $"There is no blueprint '{place}'.")
            {
                Path = full,
                Hint = "If it is a command, it stands behind --: holotree run --space NAME -- COMMAND.",
            };
        }
        return InFolder(full) is { } found ? BlueprintReader.Read(found) : throw new HolotreeException(HolotreeFailure.NotFound, "blueprint-missing",
            $"There is neither holotree.yaml nor robot.yaml in '{full}'.")
        { Path = full };
    }

    /// <summary>The blueprint of a folder; null where there is none.</summary>
    internal static string? InFolder(string folder) => Names.Select(name => System.IO.Path.Join(folder, name)).FirstOrDefault(PathKind.IsFile);

    /// <summary>A task by its name, in whatever case; without one the only task.</summary>
    internal BlueprintTask Task(string? name)
    {
        string there = string.Join(", ", Tasks.Select(static task => task.Name));
        if (Tasks.Count == 0) throw BlueprintReader.Invalid(Path, 1, "tasks", "is missing or has none, and no command is given");
        if (name is null)
        {
            return Tasks.Count == 1 ? Tasks[0] : throw new HolotreeException(HolotreeFailure.Invalid, "task-missing", $"'{Path}' has several tasks, and --task is missing.")
            {
                Path = Path,
                Hint = $"There are: {there}.",
            };
        }
        string wanted = name.Trim();
        return Tasks.FirstOrDefault(task => task.Name == wanted)
            ?? Tasks.FirstOrDefault(task => string.Equals(task.Name, wanted, StringComparison.OrdinalIgnoreCase))
            ?? throw new HolotreeException(HolotreeFailure.NotFound, "task-unknown", $"There is no task '{wanted}' in '{Path}'.") { Path = Path, Hint = $"There are: {there}." };
    }
}
