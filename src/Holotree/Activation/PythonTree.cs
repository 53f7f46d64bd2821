using Holotree.Library;
using Holotree.Spaces;

namespace Holotree.Activation;

/// <summary>Python: virtual environments (<c>pyvenv.cfg</c>), conda environments (<c>conda-meta</c>) and installations (<c>bin/python3</c>, <c>python.exe</c>).</summary>
internal static class PythonTree
{
    internal static void Describe(ActivationParts parts, SpaceInfo space, Home home)
    {
        string? interpreter = parts.Rules.Interpreters.FirstOrDefault(parts.HasFile);
        bool conda = parts.HasFolder("conda-meta"), virtualEnvironment = parts.HasFile("pyvenv.cfg");
        if (interpreter is null && !conda && !virtualEnvironment) return;

        // Another installation's library folder would be taken for this one's (using/cmdline.rst: PYTHONHOME).
        parts.Clear("PYTHONHOME");
        if (virtualEnvironment)
        {
            parts.Kinds.Add("python-venv");
            parts.AddFolders(parts.Rules.EnvironmentFolders);
            parts.Set("VIRTUAL_ENV", parts.Root);
            parts.Set("VIRTUAL_ENV_PROMPT", parts.Space);
        }
        else
        {
            // A virtual environment leaves the user's own packages out by itself; these two would take them in.
            parts.Set("PYTHONNOUSERSITE", "1");
            parts.Clear("VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT");
        }
        if (conda) CondaTree.Describe(parts);
        if (!conda && !virtualEnvironment)
        {
            parts.Kinds.Add("python");
            parts.AddFolders(parts.Rules.InstallationFolders);
            parts.Clear(CondaTree.Names);
        }
        if (interpreter is not null) parts.Set("PYTHON_EXE", parts.PathOf(interpreter));

        // What rcc tells its robots.
        parts.Set("ROBOCORP_HOME", home.Path);
        parts.Set("RCC_HOLOTREE_SPACE_ROOT", parts.Root);
        parts.Set("RCC_ENVIRONMENT_HASH", space.Catalog);
    }
}
