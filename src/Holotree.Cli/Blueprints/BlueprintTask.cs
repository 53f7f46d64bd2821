namespace Holotree.Cli.Blueprints;

/// <summary>One task of a blueprint.</summary>
/// <param name="Name">Without blanks around it.</param>
/// <param name="Words">The program and its arguments.</param>
internal sealed record BlueprintTask(string Name, IReadOnlyList<string> Words);
