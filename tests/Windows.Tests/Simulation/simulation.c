/*
 * A simulation of block cloning, for the tests: the calls of ntdll, of which those that concern a simulated volume behave as Microsoft's documents
 * say that ReFS does. All others go through.
 *
 * A simulated volume is a folder named refs-CLUSTER-ANYTHING or, one that cannot share and does not say that it can, ntfs-CLUSTER-ANYTHING.
 *
 * By the documents: "Block cloning" (learn.microsoft.com) for alignment, the size below 4 GiB, the one volume, sparse files, checksums and the limit
 * of 8,175 references; [MS-FSCC] 2.3.8 for the errors; [MS-FSA] 2.1.5.10.4 for the order of the checks. Which error files with and without
 * checksums get is in none of them; here it is STATUS_INVALID_PARAMETER. Blocks are not shared but copied, so that results can be compared.
 * Blocks that are written to are not taken off the count of references. Where the system has no streams, a name with a colon is another file there:
 * those of one file are listed as its streams ([MS-FSCC] 2.4.44).
 */
#include <windows.h>
#include <winternl.h>
#include <wchar.h>

#define SHARES_BLOCKS 0x08000000u
#define NAMED_STREAMS 0x00040000u
#define MOST_REFERENCES 8175
#define DUPLICATE_EXTENTS 0x00098344u
#define GET_INTEGRITY 0x0009027Cu
#define SET_INTEGRITY 0x0009C280u
#define SPARSE 0x000900C4u
#define TOO_MANY_REFERENCES ((NTSTATUS)0xC000048C)

#define STATUS(name, value) static const NTSTATUS name = (NTSTATUS)value
STATUS(OK, 0);
STATUS(INVALID_PARAMETER_, 0xC000000D);
STATUS(INVALID_DEVICE_REQUEST_, 0xC0000010);
STATUS(BUFFER_TOO_SMALL_, 0xC0000023);
STATUS(NOT_SUPPORTED_, 0xC00000BB);

NTSTATUS NTAPI NtReadFile(HANDLE, HANDLE, PIO_APC_ROUTINE, PVOID, PIO_STATUS_BLOCK, PVOID, ULONG, PLARGE_INTEGER, PULONG);
NTSTATUS NTAPI NtWriteFile(HANDLE, HANDLE, PIO_APC_ROUTINE, PVOID, PIO_STATUS_BLOCK, PVOID, ULONG, PLARGE_INTEGER, PULONG);
NTSTATUS NTAPI NtFlushBuffersFile(HANDLE, PIO_STATUS_BLOCK);

/* What the tests may ask and set. */
static struct
{
    LONG clones;            /* calls that succeeded */
    LONG flushes;
    LONG fail_after;        /* calls that succeed before one fails; below 0: none fails */
    LONG fail_with;         /* with this status */
    LONG64 largest;         /* bytes of the largest call */
} counters = { 0, 0, -1, 0, 0 };

__declspec(dllexport) void *simulation_counters(void) { return &counters; }

static SRWLOCK lock = SRWLOCK_INIT;

typedef struct { DWORD64 id; DWORD cluster; BOOL shares; } volume;

static DWORD64 hash(const WCHAR *text, size_t length)
{
    DWORD64 value = 14695981039346656037ull;
    while (length--) value = (value ^ *text++) * 1099511628211ull;
    return value;
}

static BOOL volume_of(HANDLE handle, volume *found)
{
    WCHAR path[2048], *part;
    DWORD length = GetFinalPathNameByHandleW(handle, path, 2048, 0);
    if (length == 0 || length >= 2048) return FALSE;
    found->shares = TRUE;
    part = wcsstr(path, L"\\refs-");
    if (!part)
    {
        found->shares = FALSE;
        part = wcsstr(path, L"\\ntfs-");
    }
    if (!part) return FALSE;
    found->cluster = wcstoul(part + 6, NULL, 10);
    found->id = hash(path, part + 1 + wcscspn(part + 1, L"\\") - path);
    return found->cluster != 0;
}

/* What is remembered of a file, and from where each of its clusters came. */
typedef struct { DWORD64 file; LONG64 cluster; DWORD64 value; } entry;

static entry *table;
static size_t room, used;

static entry *find(DWORD64 file, LONG64 cluster, BOOL make)
{
    size_t at;
    if (used * 2 >= room)
    {
        entry *old = table;
        size_t was = room, i;
        room = room ? room * 2 : 1024;
        table = calloc(room, sizeof *table);
        used = 0;
        for (i = 0; i < was; i++)
            if (old[i].file) find(old[i].file, old[i].cluster, TRUE)->value = old[i].value;
        free(old);
    }
    for (at = (file * 31 + cluster) * 0x9E3779B97F4A7C15ull % room; table[at].file; at = (at + 1) % room)
        if (table[at].file == file && table[at].cluster == cluster) return &table[at];
    if (!make) return NULL;
    used++;
    table[at].file = file;
    table[at].cluster = cluster;
    return &table[at];
}

enum { SPARSE_FLAG = -1, CHECKSUM = -2, CHECKSUM_FLAGS = -3, REFERENCES = -4 };

static DWORD64 remembered(DWORD64 file, LONG64 what)
{
    entry *known = find(file, what, FALSE);
    return known ? known->value : 0;
}

static DWORD64 file_of(HANDLE handle, const volume *volume)
{
    IO_STATUS_BLOCK result;
    LONG64 index = 0;
    NtQueryInformationFile(handle, &result, &index, sizeof index, (FILE_INFORMATION_CLASS)6);
    return (volume->id ^ (DWORD64)index * 0x9E3779B97F4A7C15ull) | 1;
}

static LONG64 size_of(HANDLE handle)
{
    LARGE_INTEGER size;
    return GetFileSizeEx(handle, &size) ? size.QuadPart : -1;
}

/* The cluster that one shares: its own where it was never cloned. Counted under a name made of both. */
static DWORD64 origin_of(DWORD64 file, LONG64 cluster)
{
    DWORD64 known = remembered(file, cluster);
    return known ? known : (file ^ ((DWORD64)cluster + 1) * 0xD6E8FEB86659FD93ull) | 1;
}

static NTSTATUS move_bytes(HANDLE source, LONG64 from, LONG64 source_size, HANDLE target, LONG64 to, LONG64 target_size, LONG64 count)
{
    enum { PIECE = 1 << 20 };
    static char bytes[PIECE], old[PIECE];
    IO_STATUS_BLOCK result;
    NTSTATUS status;
    LONG64 done;
    for (done = 0; done < count && to + done < target_size; done += PIECE)
    {
        /* Of what is larger than all that the tests write only both ends. */
        if (count > 1 << 30 && done == PIECE) done = count - PIECE;
        LARGE_INTEGER at;
        ULONG length = (ULONG)min(min(count - done, target_size - to - done), PIECE), some = 0;
        memset(bytes, 0, PIECE);
        memset(old, 0, PIECE);
        if (from + done < source_size)
        {
            at.QuadPart = from + done;
            some = (ULONG)min((LONG64)length, source_size - from - done);
            status = NtReadFile(source, NULL, NULL, NULL, &result, bytes, some, &at, NULL);
            if (status < 0) return status;
        }
        at.QuadPart = to + done;
        status = NtReadFile(target, NULL, NULL, NULL, &result, old, length, &at, NULL);
        if (status >= 0 && !memcmp(bytes, old, length)) continue;
        status = NtWriteFile(target, NULL, NULL, NULL, &result, bytes, length, &at, NULL);
        if (status < 0) return status;
    }
    return OK;
}

typedef struct { HANDLE source; LONG64 from, to, count; } duplicate_extents;

static NTSTATUS duplicate(HANDLE target, const volume *here, const duplicate_extents *asked)
{
    volume there;
    LONG64 source_size, target_size, cluster = here->cluster, i;
    DWORD64 from, to;
    NTSTATUS status;
    if (!here->shares) return INVALID_DEVICE_REQUEST_;
    if (asked->from < 0 || asked->to < 0 || asked->count < 0) return INVALID_PARAMETER_;
    if (asked->from % cluster || asked->to % cluster || asked->count % cluster) return INVALID_PARAMETER_;
    if (asked->count >= 4ll << 30) return INVALID_PARAMETER_;
    if (!volume_of(asked->source, &there) || there.id != here->id) return INVALID_PARAMETER_;
    source_size = size_of(asked->source);
    target_size = size_of(target);
    if (source_size < 0 || target_size < 0) return INVALID_PARAMETER_;
    if (asked->from + asked->count > (source_size + cluster - 1) / cluster * cluster) return NOT_SUPPORTED_;
    if (asked->to + asked->count > (target_size + cluster - 1) / cluster * cluster) return NOT_SUPPORTED_;
    from = file_of(asked->source, &there);
    to = file_of(target, here);
    if (from == to && asked->from < asked->to + asked->count && asked->to < asked->from + asked->count) return NOT_SUPPORTED_;
    if (remembered(from, SPARSE_FLAG) && !remembered(to, SPARSE_FLAG)) return NOT_SUPPORTED_;
    if (remembered(from, CHECKSUM) != remembered(to, CHECKSUM)) return INVALID_PARAMETER_;
    if (counters.fail_after == 0) return counters.fail_with;
    if (counters.fail_after > 0) counters.fail_after--;
    if (asked->count / cluster < 100000)
    {
        for (i = 0; i < asked->count / cluster; i++)
            if (remembered(origin_of(from, asked->from / cluster + i), REFERENCES) + 1 >= MOST_REFERENCES) return TOO_MANY_REFERENCES;
        for (i = 0; i < asked->count / cluster; i++)
        {
            DWORD64 origin = origin_of(from, asked->from / cluster + i);
            find(to, asked->to / cluster + i, TRUE)->value = origin;
            find(origin, REFERENCES, TRUE)->value++;
        }
    }
    status = move_bytes(asked->source, asked->from, source_size, target, asked->to, target_size, asked->count);
    if (status >= 0)
    {
        counters.clones++;
        counters.largest = max(counters.largest, asked->count);
    }
    return status;
}

NTSTATUS NTAPI simulated_control(HANDLE handle, HANDLE event, PIO_APC_ROUTINE routine, PVOID context, PIO_STATUS_BLOCK result, ULONG code,
    PVOID input, ULONG input_length, PVOID output, ULONG output_length)
{
    volume here;
    NTSTATUS status;
    if ((code != DUPLICATE_EXTENTS && code != GET_INTEGRITY && code != SET_INTEGRITY && code != SPARSE) || !volume_of(handle, &here))
        return NtFsControlFile(handle, event, routine, context, result, code, input, input_length, output, output_length);

    AcquireSRWLockExclusive(&lock);
    result->Information = 0;
    status = INVALID_DEVICE_REQUEST_;
    if (code == DUPLICATE_EXTENTS) status = input_length < sizeof(duplicate_extents) ? BUFFER_TOO_SMALL_ : duplicate(handle, &here, input);
    if (code == SPARSE)
    {
        find(file_of(handle, &here), SPARSE_FLAG, TRUE)->value = !input_length || *(BYTE *)input;
        status = OK;
    }
    if (code == GET_INTEGRITY && here.shares)
    {
        struct { WORD algorithm, reserved; DWORD flags, chunk, cluster; } known = { 0, 0, 0, 4096, 0 };
        known.algorithm = (WORD)remembered(file_of(handle, &here), CHECKSUM);
        known.flags = (DWORD)remembered(file_of(handle, &here), CHECKSUM_FLAGS);
        known.cluster = here.cluster;
        status = output_length < sizeof known ? INVALID_PARAMETER_ : OK;
        if (status == OK) memcpy(output, &known, result->Information = sizeof known);
    }
    if (code == SET_INTEGRITY && here.shares)
    {
        const struct { WORD algorithm, reserved; DWORD flags; } *given = input;
        status = input_length < sizeof *given || given->reserved ? INVALID_PARAMETER_ : OK;
        if (status == OK)
        {
            find(file_of(handle, &here), CHECKSUM, TRUE)->value = given->algorithm;
            find(file_of(handle, &here), CHECKSUM_FLAGS, TRUE)->value = given->flags;
        }
    }
    result->Status = status;
    ReleaseSRWLockExclusive(&lock);
    return status;
}

/* FileStreamInformation: the files named like this one and a colon. */
static NTSTATUS list_streams(HANDLE handle, PIO_STATUS_BLOCK result, BYTE *room, ULONG length)
{
    WCHAR path[2048], folder[2048], *name;
    WIN32_FIND_DATAW found;
    HANDLE search;
    NTSTATUS status = OK;
    ULONG used_bytes = 0, last = 0;
    size_t prefix;
    GetFinalPathNameByHandleW(handle, path, 2048, 0);
    name = wcsrchr(path, L'\\') + 1;
    prefix = wcslen(name);
    wcscpy(folder, path);
    wcscpy(folder + (name - path), L"*");
    search = FindFirstFileW(folder, &found);
    if (search == INVALID_HANDLE_VALUE) return result->Status = INVALID_PARAMETER_;
    do
    {
        ULONG bytes = (ULONG)((wcslen(found.cFileName) - prefix + 6) * 2), at = (used_bytes + 7) & ~7u;
        if (wcsncmp(found.cFileName, name, prefix) || (found.cFileName[prefix] != L':' && found.cFileName[prefix])) continue;
        if (!found.cFileName[prefix]) bytes = 14;
        if (at + 24 + bytes > length)
        {
            status = (NTSTATUS)0x80000005;
            break;
        }
        *(ULONG *)(room + last) = at - last;
        memset(room + at, 0, 24);
        *(ULONG *)(room + at + 4) = bytes;
        *(LONG64 *)(room + at + 8) = found.nFileSizeLow;
        memcpy(room + at + 24, found.cFileName[prefix] ? found.cFileName + prefix : L":", bytes - 12);
        memcpy(room + at + 24 + bytes - 12, L":$DATA", 12);
        last = at;
        used_bytes = at + 24 + bytes;
    }
    while (FindNextFileW(search, &found));
    FindClose(search);
    *(ULONG *)(room + last) = 0;
    result->Information = used_bytes;
    return result->Status = status;
}

NTSTATUS NTAPI simulated_query(HANDLE handle, PIO_STATUS_BLOCK result, PVOID information, ULONG length, int kind)
{
    volume here;
    NTSTATUS status;
    if (kind == 22 && volume_of(handle, &here)) return list_streams(handle, result, information, length);
    status = NtQueryInformationFile(handle, result, information, length, (FILE_INFORMATION_CLASS)kind);
    if (status < 0 || (kind != 4 && kind != 35 && kind != 59) || !volume_of(handle, &here)) return status;
    AcquireSRWLockExclusive(&lock);
    if (kind == 59) *(DWORD64 *)information = here.id;                                  /* FileIdInformation */
    else
    {
        DWORD *attributes = kind == 35 ? information : (DWORD *)((BYTE *)information + 32);
        *attributes &= ~(DWORD)FILE_ATTRIBUTE_SPARSE_FILE;
        if (remembered(file_of(handle, &here), SPARSE_FLAG)) *attributes = (*attributes & ~(DWORD)FILE_ATTRIBUTE_NORMAL) | FILE_ATTRIBUTE_SPARSE_FILE;
    }
    ReleaseSRWLockExclusive(&lock);
    return status;
}

NTSTATUS NTAPI simulated_query_volume(HANDLE handle, PIO_STATUS_BLOCK result, PVOID information, ULONG length, int kind)
{
    volume here;
    NTSTATUS status = NtQueryVolumeInformationFile(handle, result, information, length, (FS_INFORMATION_CLASS)kind);
    if ((status < 0 && status != (NTSTATUS)0x80000005) || !volume_of(handle, &here)) return status;
    if (kind == 1) *(DWORD *)((BYTE *)information + 8) = (DWORD)here.id;                /* FileFsVolumeInformation */
    if (kind == 3)                                                                      /* FileFsSizeInformation */
    {
        DWORD *sizes = (DWORD *)((BYTE *)information + 16);
        sizes[0] = here.cluster / 512;
        sizes[1] = 512;
    }
    if (kind == 5) *(DWORD *)information = (*(DWORD *)information & ~SHARES_BLOCKS) | (here.shares ? SHARES_BLOCKS | NAMED_STREAMS : 0);
    return status;
}

NTSTATUS NTAPI simulated_flush(HANDLE handle, PIO_STATUS_BLOCK result)
{
    volume here;
    NTSTATUS status = NtFlushBuffersFile(handle, result);
    if (status >= 0 && volume_of(handle, &here)) InterlockedIncrement(&counters.flushes);
    return status;
}

/* As the table of Windows has it; older ones do not know the number. */
ULONG NTAPI simulated_error(NTSTATUS status) { return status == TOO_MANY_REFERENCES ? 347 : RtlNtStatusToDosError(status); }
