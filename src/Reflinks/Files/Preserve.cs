namespace Reflinks.Files;

/// <summary>What a clone takes over from its source besides its bytes.</summary>
/// <remarks>
/// The owner is never taken over: a new file belongs to who makes it. Set-user-id and set-group-id bits are taken over only
/// where the new file has the same owner and group as its source, as they would grant another identity otherwise.
/// </remarks>
[Flags]
public enum Preserve
{
    /// <summary>Bytes alone; the mode is 0666 cut by the umask.</summary>
    None = 0,

    /// <summary>Permission bits, exactly, whatever the umask is.</summary>
    Mode = 1,

    /// <summary>Times of last access and modification, to the nanosecond.</summary>
    Times = 2,

    /// <summary>Extended attributes of every namespace that the caller may read and set; what could not be set is reported.</summary>
    ExtendedAttributes = 4,

    /// <summary>POSIX access control lists, of a directory also the default one.</summary>
    AccessControlLists = 8,

    /// <summary>All of these.</summary>
    All = Mode | Times | ExtendedAttributes | AccessControlLists,
}
