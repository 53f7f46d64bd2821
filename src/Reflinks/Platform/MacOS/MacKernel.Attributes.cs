using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Reflinks.Platform.MacOS;

/// <content>Extended attributes, and as such what Linux keeps among them or does not have: access control lists and BSD flags.</content>
/// <remarks>
/// A resource fork is an attribute here like any other (com.apple.ResourceFork). Files that the filesystem has compressed (decmpfs) read as
/// what they hold, and what holds it is not shown: a copy is not compressed, a clone is.
/// </remarks>
internal static unsafe partial class MacKernel
{
    /// <summary>The names by which access control lists and flags go: no filesystem gives any that begin like them.</summary>
    static ReadOnlySpan<byte> AccessControlList => "macos.acl"u8;

    static ReadOnlySpan<byte> Flags => "macos.flags"u8;

    /// <summary>Flags that a file may have while it is worked on: not those that forbid any further change, nor what the system keeps for itself.</summary>
    const uint HarmlessFlags = MacInterop.UF_NODUMP | MacInterop.UF_OPAQUE | MacInterop.UF_HIDDEN;

    /// <summary>Flags that an owner gives; the others describe how the system stores a file.</summary>
    const uint OwnersFlags = HarmlessFlags | MacInterop.UF_IMMUTABLE | MacInterop.UF_APPEND;

    internal static nint flistxattr(int descriptor, byte* list, nuint size)
    {
        nint length = MacInterop.flistxattr(descriptor, list, size, 0);
        if (length < 0 && Last() is not Errno.EOPNOTSUPP) return Refused();
        length = Math.Max(length, 0);
        Errno error = ReadAccessControlList(descriptor, null, 0, out _);
        if (error == Errno.None && !Append(AccessControlList, list, size, ref length)) return Refuse(Errno.ERANGE);
        error = ReadFlags(descriptor, out uint flags);
        if (error == Errno.None && flags != 0 && !Append(Flags, list, size, ref length)) return Refuse(Errno.ERANGE);
        return length;
    }

    internal static nint fgetxattr(int descriptor, byte* name, byte* value, nuint size)
    {
        ReadOnlySpan<byte> asked = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name);
        if (asked.SequenceEqual(AccessControlList))
        {
            Errno error = ReadAccessControlList(descriptor, value, size, out nint length);
            return error == Errno.None ? length : Refuse(error);
        }
        if (asked.SequenceEqual(Flags))
        {
            Errno error = ReadFlags(descriptor, out uint flags);
            if (error == Errno.None && flags == 0) error = Errno.ENODATA;
            if (error == Errno.None && size is > 0 and < sizeof(uint)) error = Errno.ERANGE;
            if (error != Errno.None) return Refuse(error);
            if (size > 0) BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(value, sizeof(uint)), flags);
            return sizeof(uint);
        }
        return Result(MacInterop.fgetxattr(descriptor, name, value, size, 0, 0));
    }

    internal static int fsetxattr(int descriptor, byte* name, byte* value, nuint size, int flags)
    {
        ReadOnlySpan<byte> asked = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name);
        var bytes = new ReadOnlySpan<byte>(value, checked((int)size));
        if (asked.SequenceEqual(AccessControlList)) return Outcome(SetAccessControlList(descriptor, bytes));
        if (asked.SequenceEqual(Flags)) return Outcome(SetFlags(descriptor, bytes));
        if (MacInterop.fsetxattr(descriptor, name, value, size, 0, 0) == 0) return 0;
        Errno error = Last();
        return error is Errno.EPERM or Errno.EACCES && Holds(descriptor, name, bytes) ? 0 : Refuse(error);
    }

    /// <summary>Whether a file has an attribute already: a clone brings along those that nobody but the system may set (com.apple.provenance).</summary>
    static bool Holds(int descriptor, byte* name, ReadOnlySpan<byte> value)
    {
        byte[] held = new byte[value.Length + 1];
        fixed (byte* start = held)
        {
            nint length = MacInterop.fgetxattr(descriptor, name, start, (nuint)held.Length, 0, 0);
            return length >= 0 && value.SequenceEqual(held.AsSpan(0, (int)length));
        }
    }

    /// <remarks>The names of Linux' access control lists are taken for the one of this system, which has no second one for what is made in a folder.</remarks>
    internal static int fremovexattr(int descriptor, byte* name)
    {
        ReadOnlySpan<byte> asked = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name);
        if (asked.SequenceEqual(AccessControlList) || asked.SequenceEqual("system.posix_acl_access"u8)) return Outcome(RemoveAccessControlList(descriptor));
        if (asked.SequenceEqual("system.posix_acl_default"u8)) return Refuse(Errno.ENODATA);
        if (asked.SequenceEqual(Flags)) return Outcome(ChangeFlags(descriptor, 0));
        return Result(MacInterop.fremovexattr(descriptor, name, 0));
    }

    static bool Append(ReadOnlySpan<byte> name, byte* list, nuint size, ref nint length)
    {
        int needed = name.Length + 1;
        if (size > 0)
        {
            if ((nuint)(length + needed) > size) return false;
            var to = new Span<byte>(list + length, needed);
            name.CopyTo(to);
            to[^1] = 0;
        }
        length += needed;
        return true;
    }

    /// <summary>ENODATA where there is none, EOPNOTSUPP where the filesystem has none.</summary>
    static Errno ReadAccessControlList(int descriptor, byte* value, nuint size, out nint length)
    {
        length = 0;
        nint list = MacInterop.acl_get_fd_np(descriptor, MacInterop.ACL_TYPE_EXTENDED);
        if (list == 0) return Last() is Errno.ENOENT ? Errno.ENODATA : Last();
        length = MacInterop.acl_size(list);
        Errno error = length < 0 ? Last() : size > 0 && (nuint)length > size ? Errno.ERANGE : Errno.None;
        if (error == Errno.None && size > 0 && MacInterop.acl_copy_ext_native(value, list, length) < 0) error = Last();
        _ = MacInterop.acl_free(list);
        return error;
    }

    /// <summary>The bytes may come from a catalog: those that do not say as many entries as they hold are not handed on, as the system would read behind them.</summary>
    static Errno SetAccessControlList(int descriptor, ReadOnlySpan<byte> bytes)
    {
        if (!AccessControlLists.IsWellFormed(bytes)) return Errno.EINVAL;
        nint list;
        fixed (byte* start = bytes) list = MacInterop.acl_copy_int_native(start);
        if (list == 0) return Last();
        Errno error = MacInterop.acl_set_fd_np(descriptor, list, MacInterop.ACL_TYPE_EXTENDED) == 0 ? Errno.None : Last();
        _ = MacInterop.acl_free(list);
        return error;
    }

    /// <summary>As chmod(1) -N does it: acl_delete_fd_np(3) is there and never works.</summary>
    static Errno RemoveAccessControlList(int descriptor)
    {
        Errno error = ReadAccessControlList(descriptor, null, 0, out _);
        if (error != Errno.None) return error;
        nint security = MacInterop.filesec_init();
        if (security == 0) return Last();
        bool removed = MacInterop.filesec_set_property(security, MacInterop.FILESEC_ACL, MacInterop._FILESEC_REMOVE_ACL) == 0
            && MacInterop.fchmodx_np(descriptor, security) == 0;
        error = removed ? Errno.None : Last();
        MacInterop.filesec_free(security);
        return error;
    }

    static Errno ReadFlags(int descriptor, out uint flags)
    {
        MacInterop.Stat stat;
        Errno error = Look(descriptor, &stat) == 0 ? Errno.None : Last();
        flags = error == Errno.None ? stat.st_flags & OwnersFlags : 0;
        return error;
    }

    /// <summary>A file that nobody may change could neither be finished nor be deleted with its tree: that flag is left out, and told.</summary>
    static Errno SetFlags(int descriptor, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != sizeof(uint)) return Errno.EINVAL;
        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if ((flags & ~OwnersFlags) != 0) return Errno.EINVAL;
        Errno error = ChangeFlags(descriptor, flags & HarmlessFlags);
        return error == Errno.None && (flags & ~HarmlessFlags) != 0 ? Errno.EPERM : error;
    }

    /// <summary>Gives a file these of the owner's flags. The others stay: without UF_COMPRESSED a compressed file would be an empty one.</summary>
    static Errno ChangeFlags(int descriptor, uint flags)
    {
        MacInterop.Stat stat;
        if (Look(descriptor, &stat) != 0) return Last();
        return MacInterop.fchflags(descriptor, (stat.st_flags & ~OwnersFlags) | flags) == 0 ? Errno.None : Last();
    }

    static int Outcome(Errno error) => error == Errno.None ? 0 : Refuse(error);
}
