using Reflinks.Platform;

namespace Holotree.Library;

/// <summary>The folder that holds a library and, where nothing else is asked for, the spaces restored from it.</summary>
/// <remarks>Layout and the order of writes: docs/format.md.</remarks>
public sealed class Home
{
    LibraryAccess? access;
    bool isUserPathChecked;

    /// <summary>Names a home; nothing is read or made yet.</summary>
    /// <param name="path">The folder; it need not exist.</param>
    public Home(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Path = NativePath.AbsoluteForNew(path);
    }

    /// <summary>The home, as an absolute path.</summary>
    public string Path { get; }

    /// <summary>Objects and catalogs. Private to their owner, or a group's.</summary>
    public string LibraryPath => System.IO.Path.Join(Path, "library");

    /// <summary>Where spaces are made.</summary>
    public string SpacesPath => System.IO.Path.Join(OwnPath, "spaces");

    /// <summary>The settings, whether they exist or not.</summary>
    public string SettingsPath => System.IO.Path.Join(Path, "settings.yaml");

    /// <summary>Whether the library is shared by the users of a group.</summary>
    public bool IsShared => Access.IsShared;

    /// <summary>Who may write to the library. Looked at until there is one; its mode does not change while a process runs.</summary>
    internal LibraryAccess Access
    {
        get
        {
            if (access is { Exists: true } known) return known;
            return access = LibraryAccess.Of(LibraryPath);
        }
    }

    /// <summary>The folder of what belongs to this user alone: the home itself, or a folder in the home of a group.</summary>
    /// <exception cref="HolotreeException">In the home of a group: somebody else has made that folder.</exception>
    string OwnPath
    {
        get
        {
            if (!IsShared) return Path;
            if (!isUserPathChecked) isUserPathChecked = SharedLibrary.CheckUsers(UserPath);
            return UserPath;
        }
    }

    /// <summary>That folder in the home of a group, whether it is one or not.</summary>
    internal string UserPath => System.IO.Path.Join(Path, "users", Kernel.geteuid().ToString(System.Globalization.CultureInfo.InvariantCulture));

    internal string ObjectsPath => System.IO.Path.Join(LibraryPath, "objects");

    internal string CatalogsPath => System.IO.Path.Join(LibraryPath, "catalogs");

    internal string IncomingPath => System.IO.Path.Join(LibraryPath, "incoming");

    internal string QuarantinePath => System.IO.Path.Join(LibraryPath, "quarantine");

    internal string FormatPath => System.IO.Path.Join(LibraryPath, "format");

    internal string LibraryLockPath => System.IO.Path.Join(LibraryPath, "lock");

    /// <summary>Held for the moment in which an object is set aside or another one takes its place.</summary>
    internal string RepairLockPath => System.IO.Path.Join(LibraryPath, "repair.lock");

    /// <summary>Catalogs laid out, ready to be snapshotted.</summary>
    internal string TemplatesPath => System.IO.Path.Join(IsShared ? OwnPath : LibraryPath, "templates");

    /// <summary>Spaces in waiting.</summary>
    internal string StandbyPath => System.IO.Path.Join(OwnPath, "standby");

    /// <summary>Catalogs laid out to lie under the overlays of runs.</summary>
    internal string LowersPath => System.IO.Path.Join(IsShared ? OwnPath : LibraryPath, "lowers");

    /// <summary>Where those overlays are mounted, each seen by its own run alone.</summary>
    internal string MountsPath => System.IO.Path.Join(OwnPath, "mounts");

    internal string StatesPath => System.IO.Path.Join(OwnPath, "states");

    /// <summary>What commands write that have a tree mounted for themselves alone, as long as they run.</summary>
    internal string RunsPath => System.IO.Path.Join(OwnPath, "runs");

    internal string JournalPath => System.IO.Path.Join(OwnPath, "journal");
}
