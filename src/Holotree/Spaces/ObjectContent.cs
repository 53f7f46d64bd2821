using System.Runtime.CompilerServices;
using System.Text;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Relocation;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>Content taken from the library's objects, with the space's path written where the recorded one stands.</summary>
/// <param name="plan">What is restored.</param>
/// <param name="home">Whose library.</param>
/// <param name="verify">Whether every object is hashed.</param>
/// <param name="healer">Makes good what is damaged.</param>
/// <param name="sharesPrograms">Whether programs may share their object's inode (<see cref="ProgramLinks"/>).</param>
internal sealed unsafe class ObjectContent(RestorePlan plan, Home home, bool verify, ObjectHealer healer, bool sharesPrograms = true) : TreeContent
{
    readonly ObjectStore store = new(home);
    readonly Relocator relocator = new(plan.Catalog.Facts.Prefix, plan.NewPrefix);

    /// <summary>How the objects looked that were linked to.</summary>
    FileStamp[]? linked;

    Catalog Catalog => plan.Catalog;

    internal override void Enter(int directory)
    {
        // Objects are found by digest, wherever the file stands.
    }

    internal override int Open(int file, out Kernel.Statx stat)
    {
        int index = Catalog.Contents[file].Object;
        if (index < 0)
        {
            stat = default;
            return -1;
        }
        return healer.Open(store, Catalog.Objects[index], verify, Catalog.Facts, out stat);
    }

    internal override string PathOf(int file) => store.PathOf(Catalog.Objects[Catalog.Contents[file].Object]);

    internal override bool MayLink(int file) => plan.MayLink(file);

    internal override Errno Link(int file, int directory, byte* name, out FileStamp stamp)
    {
        int index = Catalog.Contents[file].Object;
        stamp = default;
        Errno refused = sharesPrograms ? Errno.None : RefusalOfProgram(file, Catalog.Listing.Files[file].Mode);
        if (refused != Errno.None) return refused;
        FileStamp[] looks = linked ??= new FileStamp[Catalog.Objects.Length];
        stamp = looks[index];
        if (stamp != default)
        {
            // One look serves all names of an inode: what happens to it later happens to all of them.
            Errno error = store.LinkAgain(Catalog.Objects[index], directory, name);
            if (error != Errno.ENOENT) return error;
        }
        try
        {
            return store.Link(Catalog.Objects[index], verify, directory, name, out looks[index]);
        }
        catch (HolotreeException damaged) when (damaged.Failure == HolotreeFailure.Damaged)
        {
            healer.Heal(Catalog.Objects[index], damaged, Catalog.Facts);
            return store.Link(Catalog.Objects[index], verify, directory, name, out looks[index]);
        }
        finally
        {
            stamp = looks[index];
        }
    }

    internal override ContentChange ChangeOf(int file) => plan.ChangeOf(file);

    internal override void Patch(int file, int source, int target)
    {
        Errno error = relocator.Patch(plan.KindOf(file), source, target, Catalog.Listing.Files[file].Size, Catalog.RelocationsOf(file));
        if (error != Errno.None) throw Unrelocated(file, error);
    }

    internal override long Rewrite(int file, int source, int target)
    {
        Errno error = relocator.Rewrite(plan.KindOf(file), source, target,
            Catalog.Listing.Files[file].Size, Catalog.RelocationsOf(file), plan.SourcePlacesOf(file), out long written);
        if (error != Errno.None) throw Unrelocated(file, error);
        if (relocator.LeftAsRecorded) plan.LeaveAsRecorded(file);
        return written;
    }

    Exception Unrelocated(int file, Errno error)
    {
        string path = Path.Join(Encoding.UTF8.GetString(plan.NewPrefix), Catalog.Listing.DisplayPath(Catalog.Listing.Files[file]));
        return error != Relocator.NotThere ? NativeErrors.Failure(error, "relocate", path)
            : new HolotreeException(HolotreeFailure.Damaged, "catalog-damaged", $"The catalog is wrong about '{path}': that file does not name the recorded path where it should.")
            {
                Path = path,
                Hint = "Remove the catalog and record the environment again.",
            };
    }

    internal override bool SetAttributes(int file, int source, int target, Action<string, Errno> lost) =>
        SetAttributes(Catalog.Listing.Files[file].Attributes, target, lost);

    internal override bool HasDirectoryAttributes(int directory) => Catalog.Listing.Directories[directory].Attributes >= 0;

    internal override void SetDirectoryAttributes(int directory, int target, Action<string, Errno> lost) =>
        SetAttributes(Catalog.Listing.Directories[directory].Attributes, target, lost);

    internal override byte* LinkTarget(int symlink) =>
        plan.RetargetedLink(symlink) is { } target
            ? (byte*)Unsafe.AsPointer(ref target[0])
            : Catalog.Listing.NamePointer(Catalog.Listing.Symlinks[symlink].TargetOffset);

    bool SetAttributes(int set, int target, Action<string, Errno> lost)
    {
        if (set < 0) return false;
        foreach ((byte[] name, byte[] value) in Catalog.AttributeSets[set])
        {
            Errno error = NativeMetadata.SetAttribute(target, name, value);
            if (error != Errno.None) lost(Encoding.UTF8.GetString(name), error);
        }
        return true;
    }

    public override void Dispose() => store.Dispose();
}
