using System.CommandLine;
using Holotree.Cli.Output;
using Holotree.Cli.Settings;
using Holotree.Library;
using Reflinks.Files;
using Reflinks.Volumes;

namespace Holotree.Cli.Commands;

/// <summary>Tries what works at each place, and says what <c>smart</c> will use there and why.</summary>
internal sealed class DoctorCommand : Verb
{
    readonly Argument<string[]> paths = new("PATH")
    {
        Arity = ArgumentArity.ZeroOrMore,
        Description = "Folders to try in (default: from the home's library to its spaces)",
    };

    internal DoctorCommand() : base("doctor", "Tries out what works at a place, and says what smart will use there.") => Arguments.Add(paths);

    internal override IReadOnlyList<string> Examples => ["holotree doctor", "holotree doctor . /tmp --json"];

    internal override int Run(ParseResult parsed, Session session)
    {
        string[] asked = parsed.GetValue(paths) ?? [];
        PlaceDocument[] places;
        using (var interruption = new Interruption())
        {
            places = asked.Length == 0 ? [TryHome(session.Home)] : [.. asked.Select(path => TryFolder(FullPath(path, "PATH")))];
            interruption.Token.ThrowIfCancellationRequested();
        }
        if (session.Screen.IsJson) session.Screen.Document(new DoctorDocument(places), DocumentContext.Default.DoctorDocument);
        else foreach (PlaceDocument place in places) Print(place, session.Screen);
        return ExitCodes.Done;
    }

    static PlaceDocument TryHome(Home home)
    {
        string from = Existing(home.LibraryPath), to = Existing(home.SpacesPath);
        var notes = new List<string>();
        if (from != home.LibraryPath || to != home.SpacesPath)
            notes.Add($"The home {home.Path} has no {(from == home.LibraryPath ? "spaces" : "library")} yet: tried {(from == to ? $"in {to}" : $"from {from} to {to}")}, where it will be.");
        return Describe(VolumeProbe.Probe(from, to), notes);
    }

    static PlaceDocument TryFolder(string path)
    {
        if (PathKind.IsFolder(path)) return Describe(VolumeProbe.Probe(path), []);
        if (!PathKind.IsFile(path))
            throw new HolotreeException(HolotreeFailure.NotFound, "path-missing", $"There is no '{path}'.") { Path = path, Hint = "Name a folder that exists." };
        string folder = Path.GetDirectoryName(path)!;
        return Describe(VolumeProbe.Probe(folder), [$"{path} is a file: tried in its folder."]);
    }

    /// <summary>The folder, or the nearest one above it that exists.</summary>
    static string Existing(string path)
    {
        while (!PathKind.IsFolder(path)) path = Path.GetDirectoryName(path) ?? Path.GetPathRoot(Path.GetFullPath("."))!;
        return path;
    }

    static PlaceDocument Describe(VolumeCapabilities found, List<string> notes)
    {
        string smart = found.Snapshot ? "snapshot" : found.Reflink ? "reflink" : found.HardLink ? "hardlink" : "copy";
        notes.Add(smart switch
        {
            "snapshot" => "smart makes a space by one snapshot of its catalog, which is laid out once; clone and record share blocks file by file.",
            "reflink" => "smart shares blocks: every copy is isolated, and only what is changed later takes space.",
            "hardlink" => "smart makes read-only hard links for files where that is safe, and copies for the others; clone copies, as its source is not read-only.",
            _ => "smart copies every file.",
        });
        if (found.SaysItClones is { } says && says != found.Reflink) notes.Add($"The volume says that it {(says ? "clones" : "does not clone")} files, and the trial says otherwise.");
        if (found.QuotaGroups) notes.Add("Quota groups are on: snapshots work; deleting many of them makes the filesystem count.");
        if (found.Evidence != SupportEvidence.Tested) notes.Add(Words(found.Evidence, found.FileSystem));
        foreach ((string what, NativeError error) in found.Refusals) notes.Add($"{Words(what)}: {error}.");
        return new PlaceDocument(
            found.Path, found.FileSystem, found.MountPoint, found.Reflink, found.RangeClone, found.Snapshot, found.HardLink,
            found.KernelCopy, found.ExtendedAttributes, smart, Words(found.Evidence), notes);
    }

    static string Words(SupportEvidence evidence) => evidence switch
    {
        SupportEvidence.Tested => "tested",
        SupportEvidence.Emulated => "emulated",
        SupportEvidence.Simulated => "simulated",
        _ => "compiled",
    };

    static string Words(SupportEvidence evidence, string fileSystem) => evidence switch
    {
        SupportEvidence.Emulated => $"This version was run on {fileSystem} under Wine only, not on Windows (docs/platforms.md); what stands here was tried just now.",
        SupportEvidence.Simulated => $"This version was never run on a real {fileSystem}, only against a simulation of it (docs/platforms.md); what stands here was tried just now.",
        _ => $"This version was never run on {fileSystem} before (docs/platforms.md); what stands here was tried just now.",
    };

    static string Words(string capability) => capability switch
    {
        nameof(VolumeCapabilities.RangeClone) => "range clone",
        nameof(VolumeCapabilities.HardLink) => "hard link",
        nameof(VolumeCapabilities.KernelCopy) => "kernel copy",
        nameof(VolumeCapabilities.ExtendedAttributes) => "xattrs",
        nameof(VolumeCapabilities.Snapshot) => "snapshot",
        _ => "reflink",
    };

    static void Print(PlaceDocument place, Screen screen)
    {
        void Line(string label, string text) => screen.Answer($"  {label,-12} {text}");
        static string Word(bool works) => works ? "yes" : "no";

        screen.Answer($"{place.Path} ({place.FileSystem}, mounted at {place.MountPoint})");
        Line("reflink", Word(place.Reflink));
        Line("range clone", Word(place.RangeClone));
        Line("snapshot", Word(place.Snapshot));
        Line("hard link", Word(place.Hardlink));
        Line("kernel copy", Word(place.KernelCopy));
        Line("xattrs", Word(place.Xattrs));
        Line("smart uses", place.Smart);
        Line("verified", place.Verified);
        foreach (string note in place.Notes) Line("note", note);
    }
}
