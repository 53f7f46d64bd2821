using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Reflinks.Platform.Windows;

/// <summary>Declarations of the Windows calls in use, and nothing else: no policy, no messages, no exceptions.</summary>
/// <remarks>
/// Names and numbers stand as Microsoft's documentation and headers write them; <c>WindowsAbiTests</c> compiles every constant and layout against
/// the headers of mingw-w64. A call of ntdll returns an NTSTATUS and leaves no other error; files are opened by it, as only NtCreateFile takes a
/// name in an open folder and takes it as it is: long, reserved, ending in a dot or a blank.
/// </remarks>
[SupportedOSPlatform("windows")]
internal static unsafe partial class WindowsInterop
{
    // winnt.h: access rights
    internal const uint DELETE = 0x1_0000, READ_CONTROL = 0x2_0000, WRITE_DAC = 0x4_0000, SYNCHRONIZE = 0x10_0000;
    internal const uint FILE_READ_DATA = 1, FILE_LIST_DIRECTORY = 1, FILE_WRITE_DATA = 2, FILE_ADD_FILE = 2, FILE_APPEND_DATA = 4, FILE_READ_EA = 8,
        FILE_WRITE_EA = 0x10, FILE_TRAVERSE = 0x20, FILE_READ_ATTRIBUTES = 0x80, FILE_WRITE_ATTRIBUTES = 0x100;

    // winnt.h: sharing, attributes, what a volume can do
    internal const uint FILE_SHARE_READ = 1, FILE_SHARE_WRITE = 2, FILE_SHARE_DELETE = 4;
    internal const uint FILE_ATTRIBUTE_READONLY = 1, FILE_ATTRIBUTE_HIDDEN = 2, FILE_ATTRIBUTE_SYSTEM = 4, FILE_ATTRIBUTE_DIRECTORY = 0x10,
        FILE_ATTRIBUTE_NORMAL = 0x80, FILE_ATTRIBUTE_TEMPORARY = 0x100, FILE_ATTRIBUTE_SPARSE_FILE = 0x200, FILE_ATTRIBUTE_REPARSE_POINT = 0x400,
        FILE_ATTRIBUTE_NOT_CONTENT_INDEXED = 0x2000, FILE_ATTRIBUTE_ENCRYPTED = 0x4000;
    internal const uint FILE_NAMED_STREAMS = 0x4_0000, FILE_SUPPORTS_BLOCK_REFCOUNTING = 0x0800_0000;
    internal const uint IO_REPARSE_TAG_MOUNT_POINT = 0xA000_0003, IO_REPARSE_TAG_SYMLINK = 0xA000_000C;

    // winternl.h, ntifs.h: NtCreateFile
    internal const uint FILE_OPEN = 1, FILE_CREATE = 2, FILE_OPEN_IF = 3, FILE_OVERWRITE_IF = 5;
    internal const uint FILE_DIRECTORY_FILE = 1, FILE_SYNCHRONOUS_IO_NONALERT = 0x20, FILE_NON_DIRECTORY_FILE = 0x40, FILE_DELETE_ON_CLOSE = 0x1000,
        FILE_OPEN_FOR_BACKUP_INTENT = 0x4000, FILE_OPEN_REPARSE_POINT = 0x20_0000;
    internal const uint OBJ_CASE_INSENSITIVE = 0x40;
    internal const uint STATUS_PENDING = 0x103, STATUS_BUFFER_OVERFLOW = 0x8000_0005, STATUS_NO_MORE_FILES = 0x8000_0006;

    // wdm.h: FILE_INFORMATION_CLASS, FSINFOCLASS
    internal const int FileIdFullDirectoryInformation = 38, FileBasicInformation = 4, FileStandardInformation = 5, FileInternalInformation = 6, FileAccessInformation = 8,
        FileRenameInformation = 10, FileLinkInformation = 11, FileDispositionInformation = 13, FilePositionInformation = 14, FileEndOfFileInformation = 20,
        FileStreamInformation = 22, FileAttributeTagInformation = 35, FileIdInformation = 59, FileDispositionInformationEx = 64, FileRenameInformationEx = 65;
    internal const int FileFsVolumeInformation = 1, FileFsSizeInformation = 3, FileFsAttributeInformation = 5;
    internal const uint FILE_DISPOSITION_DELETE = 1, FILE_DISPOSITION_POSIX_SEMANTICS = 2, FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE = 0x10;
    internal const uint FILE_RENAME_REPLACE_IF_EXISTS = 1, FILE_RENAME_POSIX_SEMANTICS = 2, FILE_RENAME_IGNORE_READONLY_ATTRIBUTE = 0x40;

    // winioctl.h
    internal const uint FSCTL_SET_REPARSE_POINT = 0x9_00A4, FSCTL_GET_REPARSE_POINT = 0x9_00A8, FSCTL_SET_SPARSE = 0x9_00C4, FSCTL_QUERY_ALLOCATED_RANGES = 0x9_40CF;
    internal const uint FSCTL_DUPLICATE_EXTENTS_TO_FILE = 0x9_8344, FSCTL_GET_INTEGRITY_INFORMATION = 0x9_027C, FSCTL_SET_INTEGRITY_INFORMATION = 0x9_C280;
    internal const int MAXIMUM_REPARSE_DATA_BUFFER_SIZE = 16 * 1024;

    // winbase.h, winnt.h, accctrl.h, winerror.h
    internal const uint SYMBOLIC_LINK_FLAG_DIRECTORY = 1, SYMBOLIC_LINK_FLAG_ALLOW_UNPRIVILEGED_CREATE = 2, SYMLINK_FLAG_RELATIVE = 1;
    internal const uint LOCKFILE_FAIL_IMMEDIATELY = 1, LOCKFILE_EXCLUSIVE_LOCK = 2;
    internal const uint VOLUME_NAME_DOS = 0, VOLUME_NAME_GUID = 1;
    internal const uint DACL_SECURITY_INFORMATION = 4, PROTECTED_DACL_SECURITY_INFORMATION = 0x8000_0000, UNPROTECTED_DACL_SECURITY_INFORMATION = 0x2000_0000;
    internal const int SE_FILE_OBJECT = 1;

    [LibraryImport("ntdll")]
    internal static partial uint NtCreateFile(
        nint* handle, uint access, ObjectAttributes* name, IoStatusBlock* result, long* allocation, uint attributes, uint sharing, uint disposition, uint options,
        void* extendedAttributes, uint extendedLength);

    [LibraryImport("ntdll")]
    internal static partial uint NtClose(nint handle);

    [LibraryImport("ntdll")]
    internal static partial uint NtReadFile(
        nint handle, nint completed, void* routine, void* context, IoStatusBlock* result, void* buffer, uint length, long* offset, uint* key);

    [LibraryImport("ntdll")]
    internal static partial uint NtWriteFile(
        nint handle, nint completed, void* routine, void* context, IoStatusBlock* result, void* buffer, uint length, long* offset, uint* key);

    [LibraryImport("ntdll")]
    internal static partial uint NtQueryInformationFile(nint handle, IoStatusBlock* result, void* information, uint length, int kind);

    [LibraryImport("ntdll")]
    internal static partial uint NtSetInformationFile(nint handle, IoStatusBlock* result, void* information, uint length, int kind);

    [LibraryImport("ntdll")]
    internal static partial uint NtQueryDirectoryFile(
        nint handle, nint completed, void* routine, void* context, IoStatusBlock* result, void* information, uint length, int kind, byte onlyOne,
        UnicodeString* pattern, byte fromTheStart);

    [LibraryImport("ntdll")]
    internal static partial uint NtQueryVolumeInformationFile(nint handle, IoStatusBlock* result, void* information, uint length, int kind);

    [LibraryImport("ntdll")]
    internal static partial uint NtFsControlFile(
        nint handle, nint completed, void* routine, void* context, IoStatusBlock* result, uint code, void* input, uint inputLength, void* output, uint outputLength);

    [LibraryImport("ntdll")]
    internal static partial uint NtFlushBuffersFile(nint handle, IoStatusBlock* result);

    [LibraryImport("ntdll")]
    internal static partial uint NtQuerySecurityObject(nint handle, uint what, void* descriptor, uint length, uint* needed);

    [LibraryImport("ntdll")]
    internal static partial uint RtlNtStatusToDosError(uint status);

    // winbase.h: what the routine that is told of the progress of a copy answers
    internal const uint PROGRESS_CONTINUE = 0, PROGRESS_CANCEL = 1;

    /// <summary>Copies a file by its path, with its streams and attributes. The routine gets four lengths, the stream's number, why it is called, both handles and its own data.</summary>
    [LibraryImport("kernel32", SetLastError = true)]
    internal static partial int CopyFileExW(
        char* existing, char* made, delegate* unmanaged<long, long, long, long, uint, uint, nint, nint, nint, uint> progress, nint data, int* cancel, uint flags);

    [LibraryImport("kernel32")]
    internal static partial uint WaitForSingleObject(nint handle, uint milliseconds);

    [LibraryImport("kernel32", SetLastError = true)]
    internal static partial int LockFileEx(nint handle, uint flags, uint reserved, uint lengthLow, uint lengthHigh, Overlapped* offset);

    [LibraryImport("kernel32", SetLastError = true)]
    internal static partial int UnlockFileEx(nint handle, uint reserved, uint lengthLow, uint lengthHigh, Overlapped* offset);

    [LibraryImport("kernel32", SetLastError = true)]
    internal static partial uint GetFinalPathNameByHandleW(nint handle, char* path, uint length, uint form);

    [LibraryImport("kernel32", SetLastError = true)]
    internal static partial byte CreateSymbolicLinkW(char* path, char* target, uint flags);

    [LibraryImport("kernel32", SetLastError = true)]
    internal static partial int GetVolumePathNameW(char* path, char* root, uint length);

    [LibraryImport("kernel32")]
    internal static partial void GetSystemTimeAsFileTime(long* time);

    [LibraryImport("kernel32")]
    internal static partial void GetSystemTimePreciseAsFileTime(long* time);

    /// <summary>Returns a Win32 error, and not a status.</summary>
    [LibraryImport("advapi32")]
    internal static partial uint SetSecurityInfo(nint handle, int kind, uint what, void* owner, void* group, void* dacl, void* sacl);

    /// <summary><c>UNICODE_STRING</c>, winternl.h: lengths in bytes, no NUL at the end.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct UnicodeString
    {
        internal ushort Length;
        internal ushort MaximumLength;
        internal char* Buffer;
    }

    /// <summary><c>OBJECT_ATTRIBUTES</c>, winternl.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ObjectAttributes
    {
        internal uint Length;
        internal nint RootDirectory;
        internal UnicodeString* ObjectName;
        internal uint Attributes;
        internal void* SecurityDescriptor;
        internal void* SecurityQualityOfService;
    }

    /// <summary><c>IO_STATUS_BLOCK</c>, winternl.h: the status stands in the room of a pointer.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct IoStatusBlock
    {
        internal nint Pointer;
        internal nuint Information;
    }

    /// <summary><c>OVERLAPPED</c>, minwinbase.h: the first two are an <c>IO_STATUS_BLOCK</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Overlapped
    {
        internal nuint Internal;
        internal nuint InternalHigh;
        internal uint Offset;
        internal uint OffsetHigh;
        internal nint hEvent;
    }

    /// <summary><c>FILE_BASIC_INFORMATION</c>, wdm.h: times in 100 ns since 1601; set to 0, they are left as they are.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct BasicInformation
    {
        internal long CreationTime;
        internal long LastAccessTime;
        internal long LastWriteTime;
        internal long ChangeTime;
        internal uint FileAttributes;
    }

    /// <summary><c>FILE_STANDARD_INFORMATION</c>, wdm.h: sizes in bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct StandardInformation
    {
        internal long AllocationSize;
        internal long EndOfFile;
        internal uint NumberOfLinks;
        internal byte DeletePending;
        internal byte Directory;
    }

    /// <summary><c>FILE_ATTRIBUTE_TAG_INFORMATION</c>, ntifs.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct AttributeTagInformation
    {
        internal uint FileAttributes;
        internal uint ReparseTag;
    }

    /// <summary><c>FILE_ID_INFORMATION</c>, ntifs.h: the 128 bits of the identifier as two halves.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct IdInformation
    {
        internal ulong VolumeSerialNumber;
        internal ulong FileIdLow;
        internal ulong FileIdHigh;
    }

    /// <summary><c>FILE_ID_FULL_DIR_INFORMATION</c>, ntifs.h; the name follows <see cref="FileId"/>. Of a reparse point EaSize is its tag.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct IdFullDirectoryInformation
    {
        internal uint NextEntryOffset;
        internal uint FileIndex;
        internal long CreationTime;
        internal long LastAccessTime;
        internal long LastWriteTime;
        internal long ChangeTime;
        internal long EndOfFile;
        internal long AllocationSize;
        internal uint FileAttributes;
        internal uint FileNameLength;
        internal uint EaSize;
        internal ulong FileId;
    }

    /// <summary><c>FILE_RENAME_INFORMATION</c>, ntifs.h, and <c>FILE_LINK_INFORMATION</c>, which is the same; the name follows. With the classes without Ex only the lowest byte of the flags counts.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct RenameInformation
    {
        internal uint Flags;
        internal nint RootDirectory;
        internal uint FileNameLength;
    }

    /// <summary><c>FILE_STREAM_INFORMATION</c>, ntifs.h; the name follows: <c>:name:$DATA</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct StreamInformation
    {
        internal uint NextEntryOffset;
        internal uint StreamNameLength;
        internal long StreamSize;
        internal long StreamAllocationSize;
    }

    /// <summary><c>FILE_FS_VOLUME_INFORMATION</c>, ntifs.h, without its label.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct VolumeInformation
    {
        internal long VolumeCreationTime;
        internal uint VolumeSerialNumber;
        internal uint VolumeLabelLength;
        internal byte SupportsObjects;
    }

    /// <summary><c>FILE_FS_SIZE_INFORMATION</c>, ntifs.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SizeInformation
    {
        internal long TotalAllocationUnits;
        internal long AvailableAllocationUnits;
        internal uint SectorsPerAllocationUnit;
        internal uint BytesPerSector;
    }

    /// <summary><c>FILE_FS_ATTRIBUTE_INFORMATION</c>, ntifs.h; the filesystem's name follows.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct VolumeAttributeInformation
    {
        internal uint FileSystemAttributes;
        internal int MaximumComponentNameLength;
        internal uint FileSystemNameLength;
    }

    /// <summary><c>FILE_ALLOCATED_RANGE_BUFFER</c>, winioctl.h: bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct AllocatedRange
    {
        internal long FileOffset;
        internal long Length;
    }

    /// <summary><c>DUPLICATE_EXTENTS_DATA</c>, winioctl.h: sent to the target; offsets and length in bytes, at most 4 GiB less a cluster.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct DuplicateExtentsData
    {
        internal nint FileHandle;
        internal long SourceFileOffset;
        internal long TargetFileOffset;
        internal long ByteCount;
    }

    /// <summary><c>FILE_SET_SPARSE_BUFFER</c>, winioctl.h: 0 makes a file dense, and gives its holes clusters.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SparseSetting
    {
        internal byte SetSparse;
    }

    /// <summary><c>FSCTL_GET_INTEGRITY_INFORMATION_BUFFER</c>, winioctl.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct IntegrityInformation
    {
        internal ushort ChecksumAlgorithm;
        internal ushort Reserved;
        internal uint Flags;
        internal uint ChecksumChunkSizeInBytes;
        internal uint ClusterSizeInBytes;
    }

    /// <summary><c>FSCTL_SET_INTEGRITY_INFORMATION_BUFFER</c>, winioctl.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct IntegritySetting
    {
        internal ushort ChecksumAlgorithm;
        internal ushort Reserved;
        internal uint Flags;
    }
}
