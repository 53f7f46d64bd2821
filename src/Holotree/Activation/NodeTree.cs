
namespace Holotree.Activation;

/// <summary>Node: an installation (<c>bin/node</c>, <c>node.exe</c>), a project with its <c>node_modules</c>, or a <c>node_modules</c> folder by itself.</summary>
internal static class NodeTree
{
    /// <summary>What npm, pnpm and yarn leave in the folders that they fill.</summary>
    static readonly string[] Marks = [".package-lock.json", ".modules.yaml", ".yarn-integrity", ".yarn-state.yml"];

    internal static void Describe(ActivationParts parts)
    {
        bool isModules = Marks.Any(parts.HasFile);
        bool installed = parts.HasFile(parts.Rules.NodeProgram);
        if (!isModules && !installed && !parts.HasFolder("node_modules")) return;

        parts.Kinds.Add("node");
        if (installed) parts.AddFolders(parts.Rules.NodeFolders);
        parts.AddFolder("node_modules/.bin");
        if (!isModules) return;
        parts.AddFolder(".bin");

        // A program finds node_modules by going up from its own folder, which does not lead here.
        parts.Set("NODE_PATH", parts.Root);
    }
}
