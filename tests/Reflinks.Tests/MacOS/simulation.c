// A simulation of the macOS calls that Reflinks makes, on top of Linux: not macOS, and no statement about it. It behaves as Apple's manual
// pages and headers say (apple-oss-distributions/xnu), as far as the tests need it: constants, layouts and error numbers of macOS, variadic
// functions that are variadic, clones by FICLONE. What macOS keeps outside of attributes (flags, access control lists) lies in attributes
// here whose names begin with HIDDEN. Only for x86-64, where the symbols of the calls with inodes of 64 bits end in $INODE64.
//
// Everything is done by syscall(2): a function of the C library that is called by its name here would be the one defined here.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/stat.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MAC(type, name, symbol, parameters) type name parameters __asm__(symbol); __attribute__((visibility("default"))) type name parameters
#define HIDDEN "user.macos-simulation."
#define FLAGS HIDDEN "flags"
#define ACL HIDDEN "acl"
#define QUARANTINE "user.com.apple.quarantine"

// Written down from the headers for a second time; the first is MacInterop.cs.
#define CONSTANTS(X) \
    X(O_RDONLY, 0x0000) X(O_WRONLY, 0x0001) X(O_RDWR, 0x0002) X(O_ACCMODE, 0x0003) X(O_NONBLOCK, 0x0004) X(O_APPEND, 0x0008) \
    X(O_NOFOLLOW, 0x0100) X(O_CREAT, 0x0200) X(O_TRUNC, 0x0400) X(O_EXCL, 0x0800) X(O_EVTONLY, 0x8000) X(O_DIRECTORY, 0x00100000) \
    X(O_SYMLINK, 0x00200000) X(O_CLOEXEC, 0x01000000) X(O_EXEC, 0x40000000) X(O_SEARCH, 0x40100000) \
    X(AT_FDCWD, -2) X(AT_SYMLINK_NOFOLLOW, 0x0020) X(AT_SYMLINK_FOLLOW, 0x0040) X(AT_REMOVEDIR, 0x0080) \
    X(F_GETFL, 3) X(F_NOCACHE, 48) X(F_GETPATH, 50) X(F_FULLFSYNC, 51) X(F_BARRIERFSYNC, 85) X(F_OFD_SETLK, 90) \
    X(F_RDLCK, 1) X(F_UNLCK, 2) X(F_WRLCK, 3) X(FILESEC_ACL, 5) X(_FILESEC_REMOVE_ACL, 1) \
    X(SEEK_SET, 0) X(SEEK_CUR, 1) X(SEEK_END, 2) X(SEEK_HOLE, 3) X(SEEK_DATA, 4) \
    X(UTIME_NOW, -1) X(UTIME_OMIT, -2) \
    X(UF_NODUMP, 0x00000001) X(UF_IMMUTABLE, 0x00000002) X(UF_APPEND, 0x00000004) X(UF_OPAQUE, 0x00000008) X(UF_COMPRESSED, 0x00000020) \
    X(UF_TRACKED, 0x00000040) X(UF_DATAVAULT, 0x00000080) X(UF_HIDDEN, 0x00008000) X(SF_IMMUTABLE, 0x00020000) X(SF_APPEND, 0x00040000) \
    X(RENAME_SWAP, 0x00000002) X(RENAME_EXCL, 0x00000004) X(CLONE_NOFOLLOW, 0x0001) X(CLONE_NOOWNERCOPY, 0x0002) X(CLONE_ACL, 0x0004) \
    X(XATTR_NOFOLLOW, 0x0001) X(XATTR_CREATE, 0x0002) X(XATTR_REPLACE, 0x0004) \
    X(COPYFILE_ACL, 1 << 0) X(COPYFILE_STAT, 1 << 1) X(COPYFILE_XATTR, 1 << 2) X(COPYFILE_DATA, 1 << 3) X(COPYFILE_EXCL, 1 << 17) \
    X(COPYFILE_NOFOLLOW_SRC, 1 << 18) X(COPYFILE_NOFOLLOW_DST, 1 << 19) X(COPYFILE_CLONE, 1 << 24) X(COPYFILE_CLONE_FORCE, 1 << 25) \
    X(COPYFILE_DATA_SPARSE, 1 << 27) X(COPYFILE_STATE_WAS_CLONED, 10) \
    X(ATTR_BIT_MAP_COUNT, 5) X(FSOPT_NOFOLLOW, 0x00000001) X(FSOPT_ATTR_CMN_EXTENDED, 0x00000020) \
    X(ATTR_CMN_NAME, 0x00000001) X(ATTR_CMN_OBJTYPE, 0x00000008) X(ATTR_CMN_FILEID, 0x02000000) X(ATTR_CMN_ERROR, 0x20000000) \
    X(ATTR_CMN_RETURNED_ATTRS, 0x80000000) X(ATTR_VOL_CAPABILITIES, 0x00020000) X(ATTR_VOL_INFO, 0x80000000) \
    X(ATTR_CMNEXT_PRIVATESIZE, 0x00000008) X(ATTR_CMNEXT_CLONEID, 0x00000100) X(ATTR_CMNEXT_EXT_FLAGS, 0x00000200) \
    X(VOL_CAPABILITIES_INTERFACES, 1) X(VOL_CAP_INT_CLONE, 0x00010000) \
    X(VREG, 1) X(VDIR, 2) X(VBLK, 3) X(VCHR, 4) X(VLNK, 5) X(VSOCK, 6) X(VFIFO, 7) \
    X(SYNC_VOLUME_FULLSYNC, 0x01) X(SYNC_VOLUME_WAIT, 0x02) X(ACL_TYPE_EXTENDED, 0x00000100) X(CLOCK_REALTIME, 0) \
    X(_CS_DARWIN_USER_TEMP_DIR, 65537) X(MAXPATHLEN, 1024) X(MFSTYPENAMELEN, 16)

enum {
#define X(name, value) MAC_##name = value,
    CONSTANTS(X)
#undef X
};

struct mac_timespec { int64_t tv_sec; int64_t tv_nsec; };

struct mac_stat {
    int32_t st_dev; uint16_t st_mode; uint16_t st_nlink; uint64_t st_ino; uint32_t st_uid; uint32_t st_gid; int32_t st_rdev;
    struct mac_timespec st_atimespec, st_mtimespec, st_ctimespec, st_birthtimespec;
    int64_t st_size; int64_t st_blocks; int32_t st_blksize; uint32_t st_flags; uint32_t st_gen; int32_t st_lspare; int64_t st_qspare[2];
};

struct mac_statfs {
    uint32_t f_bsize; int32_t f_iosize; uint64_t f_blocks, f_bfree, f_bavail, f_files, f_ffree; int32_t f_fsid[2];
    uint32_t f_owner, f_type, f_flags, f_fssubtype; char f_fstypename[16]; char f_mntonname[1024]; char f_mntfromname[1024];
    uint32_t f_flags_ext; uint32_t f_reserved[7];
};

struct mac_flock { int64_t l_start; int64_t l_len; int32_t l_pid; int16_t l_type; int16_t l_whence; };
struct mac_attrlist { uint16_t bitmapcount; uint16_t reserved; uint32_t commonattr, volattr, dirattr, fileattr, forkattr; };
struct mac_attribute_set { uint32_t commonattr, volattr, dirattr, fileattr, forkattr; };
struct mac_attrreference { int32_t attr_dataoffset; uint32_t attr_length; };

#define LAYOUT(X) \
    X(timespec, tv_sec) X(timespec, tv_nsec) \
    X(stat, st_dev) X(stat, st_mode) X(stat, st_nlink) X(stat, st_ino) X(stat, st_uid) X(stat, st_gid) X(stat, st_rdev) X(stat, st_atimespec) \
    X(stat, st_mtimespec) X(stat, st_ctimespec) X(stat, st_birthtimespec) X(stat, st_size) X(stat, st_blocks) X(stat, st_blksize) \
    X(stat, st_flags) X(stat, st_gen) X(stat, st_lspare) X(stat, st_qspare) \
    X(statfs, f_bsize) X(statfs, f_iosize) X(statfs, f_blocks) X(statfs, f_bfree) X(statfs, f_bavail) X(statfs, f_files) X(statfs, f_ffree) \
    X(statfs, f_fsid) X(statfs, f_owner) X(statfs, f_type) X(statfs, f_flags) X(statfs, f_fssubtype) X(statfs, f_fstypename) \
    X(statfs, f_mntonname) X(statfs, f_mntfromname) X(statfs, f_flags_ext) X(statfs, f_reserved) \
    X(flock, l_start) X(flock, l_len) X(flock, l_pid) X(flock, l_type) X(flock, l_whence) \
    X(attrlist, bitmapcount) X(attrlist, reserved) X(attrlist, commonattr) X(attrlist, volattr) X(attrlist, dirattr) X(attrlist, fileattr) \
    X(attrlist, forkattr) \
    X(attribute_set, commonattr) X(attribute_set, volattr) X(attribute_set, dirattr) X(attribute_set, fileattr) X(attribute_set, forkattr) \
    X(attrreference, attr_dataoffset) X(attrreference, attr_length)

// Linux' number by this machine's header, that of macOS as its sys/errno.h has it.
#define ERRORS(X) \
    X(EPERM, 1) X(ENOENT, 2) X(ESRCH, 3) X(EINTR, 4) X(EIO, 5) X(ENXIO, 6) X(E2BIG, 7) X(ENOEXEC, 8) X(EBADF, 9) X(ECHILD, 10) X(EDEADLK, 11) \
    X(ENOMEM, 12) X(EACCES, 13) X(EFAULT, 14) X(ENOTBLK, 15) X(EBUSY, 16) X(EEXIST, 17) X(EXDEV, 18) X(ENODEV, 19) X(ENOTDIR, 20) X(EISDIR, 21) \
    X(EINVAL, 22) X(ENFILE, 23) X(EMFILE, 24) X(ENOTTY, 25) X(ETXTBSY, 26) X(EFBIG, 27) X(ENOSPC, 28) X(ESPIPE, 29) X(EROFS, 30) X(EMLINK, 31) \
    X(EPIPE, 32) X(EDOM, 33) X(ERANGE, 34) X(EAGAIN, 35) X(EINPROGRESS, 36) X(EALREADY, 37) X(ENOTSOCK, 38) X(EDESTADDRREQ, 39) X(EMSGSIZE, 40) \
    X(EPROTOTYPE, 41) X(ENOPROTOOPT, 42) X(EPROTONOSUPPORT, 43) X(ESOCKTNOSUPPORT, 44) X(ENOTSUP, 45) X(EPFNOSUPPORT, 46) X(EAFNOSUPPORT, 47) \
    X(EADDRINUSE, 48) X(EADDRNOTAVAIL, 49) X(ENETDOWN, 50) X(ENETUNREACH, 51) X(ENETRESET, 52) X(ECONNABORTED, 53) X(ECONNRESET, 54) \
    X(ENOBUFS, 55) X(EISCONN, 56) X(ENOTCONN, 57) X(ESHUTDOWN, 58) X(ETOOMANYREFS, 59) X(ETIMEDOUT, 60) X(ECONNREFUSED, 61) X(ELOOP, 62) \
    X(ENAMETOOLONG, 63) X(EHOSTDOWN, 64) X(EHOSTUNREACH, 65) X(ENOTEMPTY, 66) X(EUSERS, 68) X(EDQUOT, 69) X(ESTALE, 70) X(EREMOTE, 71) \
    X(ENOLCK, 77) X(ENOSYS, 78) X(EOVERFLOW, 84) X(ECANCELED, 89) X(EIDRM, 90) X(ENOMSG, 91) X(EILSEQ, 92) X(EBADMSG, 94) X(EMULTIHOP, 95) \
    X(ENODATA, 96) X(ENOLINK, 97) X(ENOSR, 98) X(ENOSTR, 99) X(EPROTO, 100) X(ETIME, 101) X(ENOTRECOVERABLE, 104) X(EOWNERDEAD, 105)
enum { MAC_ENOATTR = 93 };

// What the tests ask the simulation itself.

MAC(int, constant, "simulation_constant", (const char *name, int64_t *value)) {
#define X(known, number) if (!strcmp(name, #known)) { *value = number; return 1; }
    CONSTANTS(X)
#undef X
    return 0;
}

MAC(int, layout, "simulation_layout", (const char *type, const char *field, int64_t *offset, int64_t *size)) {
#define X(t, f) if (!strcmp(type, #t) && !strcmp(field, #f)) { *offset = offsetof(struct mac_##t, f); *size = sizeof(((struct mac_##t *)0)->f); return 1; } \
    if (!strcmp(type, #t) && !*field) { *offset = 0; *size = sizeof(struct mac_##t); return 1; }
    LAYOUT(X)
#undef X
    return 0;
}

MAC(int, error_at, "simulation_error", (int index, const char **name, int *linux_number, int *mac_number)) {
    static const struct { const char *name; int here, there; } all[] = {
#define X(error, number) { #error, error, number },
        ERRORS(X)
#undef X
        { "ENOATTR", ENODATA, MAC_ENOATTR },
    };
    if (index >= (int)(sizeof all / sizeof *all)) return 0;
    *name = all[index].name, *linux_number = all[index].here, *mac_number = all[index].there;
    return 1;
}

static int full_syncs, volume_syncs, uncached, quarantining, listing_errors;
MAC(int *, counter, "simulation_counter", (const char *name)) {
    return !strcmp(name, "full_syncs") ? &full_syncs : !strcmp(name, "volume_syncs") ? &volume_syncs : !strcmp(name, "uncached") ? &uncached
        : !strcmp(name, "quarantining") ? &quarantining : !strcmp(name, "listing_errors") ? &listing_errors : NULL;
}

// Numbers and descriptors.

enum { MOST = 65536 };
static int opened[MOST];        // the flags of macOS with which each descriptor was opened

static long refuse(int here) {
    switch (here) {
#define X(error, number) case error: errno = number; break;
    ERRORS(X)
#undef X
    default: errno = 5;
    }
    return -1;
}

static long answer(long result) { return result >= 0 ? result : refuse(errno); }
static int directory_of(int descriptor) { return descriptor == MAC_AT_FDCWD ? AT_FDCWD : descriptor; }
static int at_of(int flags) {
    return (flags & MAC_AT_SYMLINK_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0) | (flags & MAC_AT_SYMLINK_FOLLOW ? AT_SYMLINK_FOLLOW : 0)
        | (flags & MAC_AT_REMOVEDIR ? AT_REMOVEDIR : 0);
}

static uint32_t flags_of(int descriptor) {
    uint32_t flags = 0;
    syscall(SYS_fgetxattr, descriptor, FLAGS, &flags, sizeof flags);
    return flags;
}

static int is_frozen(int descriptor) { return (flags_of(descriptor) & (MAC_UF_IMMUTABLE | MAC_UF_APPEND)) != 0; }
static void mark(int descriptor) { if (quarantining) syscall(SYS_fsetxattr, descriptor, QUARANTINE, "0081;simulation", 15, 0); }

MAC(int, mac_openat, "openat", (int directory, const char *path, int flags, ...)) {
    int mode = 0, here = flags & 3;
    va_list more;
    va_start(more, flags);
    if (flags & MAC_O_CREAT) mode = va_arg(more, int);
    va_end(more);
    struct statx look;
    int found = !syscall(SYS_statx, directory_of(directory), path, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &look);
    int link = found && (look.stx_mode & S_IFMT) == S_IFLNK;
    int search = (flags & MAC_O_SEARCH) == MAC_O_SEARCH;
    if (search || (link && flags & MAC_O_SYMLINK)) here = O_PATH;
    if (flags & MAC_O_SYMLINK) here |= O_NOFOLLOW;
    if (flags & MAC_O_NONBLOCK) here |= O_NONBLOCK;
    if (flags & MAC_O_APPEND) here |= O_APPEND;
    if (flags & MAC_O_NOFOLLOW) here |= O_NOFOLLOW;
    if (flags & MAC_O_CREAT) here |= O_CREAT;
    if (flags & MAC_O_TRUNC) here |= O_TRUNC;
    if (flags & MAC_O_EXCL) here |= O_EXCL;
    if (flags & MAC_O_DIRECTORY) here |= O_DIRECTORY;
    if (flags & MAC_O_CLOEXEC) here |= O_CLOEXEC;
    int descriptor = syscall(SYS_openat, directory_of(directory), path, here, mode);
    if (descriptor < 0) return refuse(errno);
    if (search && syscall(SYS_faccessat, descriptor, ".", X_OK, 0)) {
        syscall(SYS_close, descriptor);
        return refuse(EACCES);
    }
    if ((flags & 3) != MAC_O_RDONLY && !(flags & MAC_O_CREAT) && is_frozen(descriptor)) {
        syscall(SYS_close, descriptor);
        return refuse(EPERM);
    }
    if (descriptor < MOST) opened[descriptor] = flags;
    if (flags & MAC_O_CREAT && !found) mark(descriptor);
    return descriptor;
}

MAC(int, mac_close, "close", (int descriptor)) { return answer(syscall(SYS_close, descriptor)); }
MAC(ssize_t, mac_read, "read", (int descriptor, void *buffer, size_t count)) { return answer(syscall(SYS_read, descriptor, buffer, count)); }
MAC(ssize_t, mac_pread, "pread", (int descriptor, void *buffer, size_t count, int64_t offset)) {
    return answer(syscall(SYS_pread64, descriptor, buffer, count, offset));
}
MAC(ssize_t, mac_pwrite, "pwrite", (int descriptor, const void *buffer, size_t count, int64_t offset)) {
    return answer(syscall(SYS_pwrite64, descriptor, buffer, count, offset));
}
MAC(int, mac_ftruncate, "ftruncate", (int descriptor, int64_t length)) { return answer(syscall(SYS_ftruncate, descriptor, length)); }
MAC(int, mac_fsync, "fsync", (int descriptor)) { return answer(syscall(SYS_fsync, descriptor)); }
MAC(int, mac_flock, "flock", (int descriptor, int operation)) { return answer(syscall(SYS_flock, descriptor, operation)); }
MAC(int64_t, mac_lseek, "lseek", (int descriptor, int64_t offset, int whence)) {
    return answer(syscall(SYS_lseek, descriptor, offset, whence == MAC_SEEK_HOLE ? SEEK_HOLE : whence == MAC_SEEK_DATA ? SEEK_DATA : whence));
}

// Returns the error itself, as the function of macOS has been seen to do.
MAC(int, mac_fsync_volume_np, "fsync_volume_np", (int descriptor, int flags)) {
    volume_syncs += flags == (MAC_SYNC_VOLUME_FULLSYNC | MAC_SYNC_VOLUME_WAIT);
    return syscall(SYS_syncfs, descriptor) ? (refuse(errno), errno) : 0;
}

MAC(int, mac_fcntl, "fcntl", (int descriptor, int command, ...)) {
    va_list more;
    va_start(more, command);
    void *argument = va_arg(more, void *);
    va_end(more);
    char link[64];
    switch (command) {
    case MAC_F_GETFL: {
        int alive = syscall(SYS_fcntl, descriptor, F_GETFD, 0);
        return alive < 0 ? refuse(errno)
            : opened[descriptor] & (MAC_O_ACCMODE | MAC_O_APPEND | MAC_O_NONBLOCK | MAC_O_EXEC | MAC_O_EVTONLY);
    }
    case MAC_F_GETPATH: {
        snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
        ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, argument, MAC_MAXPATHLEN - 1);
        if (length < 0) return refuse(EBADF);
        ((char *)argument)[length] = 0;
        return 0;
    }
    case MAC_F_FULLFSYNC: full_syncs++; return answer(syscall(SYS_fsync, descriptor));
    case MAC_F_BARRIERFSYNC: return answer(syscall(SYS_fsync, descriptor));
    case MAC_F_NOCACHE: uncached = (intptr_t)argument != 0; return 0;
    case MAC_F_OFD_SETLK: {
        struct mac_flock *lock = argument;
        struct flock here = { .l_start = lock->l_start, .l_len = lock->l_len, .l_whence = lock->l_whence };
        here.l_type = lock->l_type == MAC_F_RDLCK ? F_RDLCK : lock->l_type == MAC_F_WRLCK ? F_WRLCK : F_UNLCK;
        return answer(syscall(SYS_fcntl, descriptor, F_OFD_SETLK, &here));
    }
    default: return refuse(EINVAL);
    }
}

// Names.

MAC(int, mac_mkdirat, "mkdirat", (int directory, const char *path, int mode)) { return answer(syscall(SYS_mkdirat, directory_of(directory), path, mode)); }
MAC(int, mac_symlinkat, "symlinkat", (const char *target, int directory, const char *path)) {
    return answer(syscall(SYS_symlinkat, target, directory_of(directory), path));
}
MAC(ssize_t, mac_readlinkat, "readlinkat", (int directory, const char *path, char *buffer, size_t size)) {
    return answer(syscall(SYS_readlinkat, directory_of(directory), path, buffer, size));
}
MAC(int, mac_linkat, "linkat", (int from, const char *old, int to, const char *new, int flags)) {
    return answer(syscall(SYS_linkat, directory_of(from), old, directory_of(to), new, at_of(flags)));
}
MAC(int, mac_unlinkat, "unlinkat", (int directory, const char *path, int flags)) {
    if (!syscall(SYS_unlinkat, directory_of(directory), path, at_of(flags))) return 0;
    return refuse(errno == EISDIR ? EPERM : errno);
}
MAC(int, mac_renameatx_np, "renameatx_np", (int from, const char *old, int to, const char *new, unsigned flags)) {
    if (flags & ~(unsigned)(MAC_RENAME_SWAP | MAC_RENAME_EXCL) || flags == (MAC_RENAME_SWAP | MAC_RENAME_EXCL)) return refuse(EINVAL);
    unsigned here = flags & MAC_RENAME_SWAP ? RENAME_EXCHANGE : flags & MAC_RENAME_EXCL ? RENAME_NOREPLACE : 0;
    if (!syscall(SYS_renameat2, directory_of(from), old, directory_of(to), new, here)) return 0;
    return refuse(errno == EINVAL && flags ? ENOTSUP : errno);
}

// How files look.

static void time_of(struct mac_timespec *to, struct statx_timestamp from) { to->tv_sec = from.tv_sec, to->tv_nsec = from.tv_nsec; }

static int stat_of(int directory, const char *path, int flags, struct mac_stat *result) {
    struct statx look;
    if (syscall(SYS_statx, directory, path, flags, STATX_BASIC_STATS | STATX_BTIME, &look)) return refuse(errno);
    memset(result, 0, sizeof *result);
    result->st_dev = (int32_t)(look.stx_dev_major << 24 | (look.stx_dev_minor & 0xFFFFFF));
    result->st_mode = look.stx_mode, result->st_nlink = look.stx_nlink, result->st_ino = look.stx_ino;
    result->st_uid = look.stx_uid, result->st_gid = look.stx_gid;
    result->st_rdev = (int32_t)(look.stx_rdev_major << 24 | (look.stx_rdev_minor & 0xFFFFFF));
    time_of(&result->st_atimespec, look.stx_atime), time_of(&result->st_mtimespec, look.stx_mtime);
    time_of(&result->st_ctimespec, look.stx_ctime), time_of(&result->st_birthtimespec, look.stx_btime);
    result->st_size = look.stx_size, result->st_blocks = look.stx_blocks, result->st_blksize = look.stx_blksize;
    if (!*path) result->st_flags = flags_of(directory);
    return 0;
}

MAC(int, mac_fstat, "fstat$INODE64", (int descriptor, struct mac_stat *result)) { return stat_of(descriptor, "", AT_EMPTY_PATH, result); }
MAC(int, mac_fstatat, "fstatat$INODE64", (int directory, const char *path, struct mac_stat *result, int flags)) {
    if (!*path) return refuse(ENOENT);
    return stat_of(directory_of(directory), path, at_of(flags), result);
}

MAC(int, mac_statfs, "statfs$INODE64", (const char *path, struct mac_statfs *result)) {
    char here[256];
    if (syscall(SYS_statfs, path, here)) return refuse(errno);
    memset(result, 0, sizeof *result);
    strcpy(result->f_fstypename, "apfs"), strcpy(result->f_mntonname, "/Volumes/simulation"), strcpy(result->f_mntfromname, "/dev/disk9s1");
    return 0;
}

MAC(int, mac_fchmod, "fchmod", (int descriptor, int mode)) { return is_frozen(descriptor) ? refuse(EPERM) : answer(syscall(SYS_fchmod, descriptor, mode)); }
MAC(int, mac_fchmodat, "fchmodat", (int directory, const char *path, int mode, int flags)) {
    char name[64];
    int place = syscall(SYS_openat, directory_of(directory), path, O_PATH | (flags & MAC_AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0), 0);
    if (place < 0) return refuse(errno);
    snprintf(name, sizeof name, "/proc/self/fd/%d", place);
    long result = syscall(SYS_fchmodat, AT_FDCWD, name, mode);
    int why = errno;
    syscall(SYS_close, place);
    return result ? refuse(why) : 0;
}

MAC(int, mac_fchflags, "fchflags", (int descriptor, uint32_t flags)) {
    return answer(syscall(SYS_fsetxattr, descriptor, FLAGS, &flags, sizeof flags, 0));
}

static int64_t nanoseconds_of(int64_t set) { return set == MAC_UTIME_NOW ? UTIME_NOW : set == MAC_UTIME_OMIT ? UTIME_OMIT : set; }
static long set_times(int directory, const char *path, const struct mac_timespec *times, int flags) {
    struct timespec here[2] = { { times[0].tv_sec, nanoseconds_of(times[0].tv_nsec) }, { times[1].tv_sec, nanoseconds_of(times[1].tv_nsec) } };
    return answer(syscall(SYS_utimensat, directory, path, here, flags));
}
MAC(int, mac_futimens, "futimens", (int descriptor, const struct mac_timespec *times)) {
    return is_frozen(descriptor) ? refuse(EPERM) : set_times(descriptor, NULL, times, 0);
}
MAC(int, mac_utimensat, "utimensat", (int directory, const char *path, const struct mac_timespec *times, int flags)) {
    return set_times(directory_of(directory), path, times, at_of(flags));
}
MAC(int, mac_clock_gettime, "clock_gettime", (int clock, struct mac_timespec *time)) {
    return clock != MAC_CLOCK_REALTIME ? refuse(EINVAL) : answer(syscall(SYS_clock_gettime, CLOCK_REALTIME, time));
}
MAC(unsigned, mac_geteuid, "geteuid", (void)) { return syscall(SYS_geteuid); }
MAC(unsigned, mac_getegid, "getegid", (void)) { return syscall(SYS_getegid); }
MAC(size_t, mac_confstr, "confstr", (int name, char *value, size_t size)) {
    if (name != MAC__CS_DARWIN_USER_TEMP_DIR) { refuse(EINVAL); return 0; }
    if (size) snprintf(value, size, "/tmp/");
    return sizeof "/tmp/";
}

// Attributes. What has no namespace on macOS lies in "user." here.

static int is_protected(const char *name) { return !strcmp(name, "com.apple.provenance"); }
static const char *named(char *room, const char *name) { return snprintf(room, 256, "user.%s", name), room; }
static long attribute_answer(long result) { return result < 0 && errno == ENODATA ? (errno = MAC_ENOATTR, -1) : answer(result); }

MAC(ssize_t, mac_flistxattr, "flistxattr", (int descriptor, char *list, size_t size, int options)) {
    static __thread char all[65536];
    if (options & MAC_XATTR_NOFOLLOW) return refuse(EINVAL);
    ssize_t length = syscall(SYS_flistxattr, descriptor, all, sizeof all), result = 0;
    if (length < 0) return refuse(errno);
    for (char *name = all; name < all + length; name += strlen(name) + 1) {
        if (strncmp(name, "user.", 5) || !strncmp(name, HIDDEN, sizeof HIDDEN - 1)) continue;
        size_t room = strlen(name + 5) + 1;
        if (size && result + room > size) return refuse(ERANGE);
        if (size) memcpy(list + result, name + 5, room);
        result += room;
    }
    return result;
}
MAC(ssize_t, mac_fgetxattr, "fgetxattr", (int descriptor, const char *name, void *value, size_t size, uint32_t position, int options)) {
    char here[256];
    if (options & MAC_XATTR_NOFOLLOW || position) return refuse(EINVAL);
    return attribute_answer(syscall(SYS_fgetxattr, descriptor, named(here, name), value, size));
}
MAC(int, mac_fsetxattr, "fsetxattr", (int descriptor, const char *name, const void *value, size_t size, uint32_t position, int options)) {
    char here[256];
    if (options & MAC_XATTR_NOFOLLOW || position) return refuse(EINVAL);
    if (is_protected(name) || is_frozen(descriptor)) return refuse(EPERM);
    return attribute_answer(syscall(SYS_fsetxattr, descriptor, named(here, name), value, size, 0));
}
MAC(int, mac_fremovexattr, "fremovexattr", (int descriptor, const char *name, int options)) {
    char here[256];
    if (options & MAC_XATTR_NOFOLLOW) return refuse(EINVAL);
    if (is_protected(name) || is_frozen(descriptor)) return refuse(EPERM);
    return attribute_answer(syscall(SYS_fremovexattr, descriptor, named(here, name)));
}

// Access control lists: a length and the outer form, struct kauth_filesec.

struct list { size_t length; uint8_t bytes[44 + 128 * 24]; };
MAC(struct list *, mac_acl_get_fd_np, "acl_get_fd_np", (int descriptor, int type)) {
    if (type != MAC_ACL_TYPE_EXTENDED) { refuse(EINVAL); return NULL; }
    struct list *list = malloc(sizeof *list);
    ssize_t length = syscall(SYS_fgetxattr, descriptor, ACL, list->bytes, sizeof list->bytes);
    if (length >= 0) { list->length = length; return list; }
    refuse(errno == ENODATA ? ENOENT : errno);
    free(list);
    return NULL;
}
MAC(int, mac_acl_set_fd_np, "acl_set_fd_np", (int descriptor, struct list *list, int type)) {
    if (type != MAC_ACL_TYPE_EXTENDED) return refuse(EINVAL);
    return answer(syscall(SYS_fsetxattr, descriptor, ACL, list->bytes, list->length, 0));
}
MAC(ssize_t, mac_acl_size, "acl_size", (struct list *list)) { return list->length; }
MAC(ssize_t, mac_acl_copy_ext_native, "acl_copy_ext_native", (void *buffer, struct list *list, ssize_t size)) {
    if ((size_t)size < list->length) return refuse(ERANGE);
    memcpy(buffer, list->bytes, list->length);
    return list->length;
}
MAC(struct list *, mac_acl_copy_int_native, "acl_copy_int_native", (const uint8_t *buffer)) {
    uint32_t magic, entries;
    memcpy(&magic, buffer, 4), memcpy(&entries, buffer + 36, 4);
    if (magic != 0x012CC16D || entries > 128) { refuse(EINVAL); return NULL; }
    struct list *list = malloc(sizeof *list);
    list->length = 44 + 24 * entries;
    memcpy(list->bytes, buffer, list->length);
    return list;
}
MAC(int, mac_acl_free, "acl_free", (void *list)) { free(list); return 0; }
MAC(void *, mac_filesec_init, "filesec_init", (void)) { return calloc(1, sizeof(intptr_t)); }
MAC(int, mac_filesec_set_property, "filesec_set_property", (intptr_t *security, int property, intptr_t value)) {
    if (property != MAC_FILESEC_ACL || value != MAC__FILESEC_REMOVE_ACL) return refuse(EINVAL);
    *security = value;
    return 0;
}
MAC(void, mac_filesec_free, "filesec_free", (void *security)) { free(security); }
MAC(int, mac_fchmodx_np, "fchmodx_np", (int descriptor, intptr_t *security)) {
    if (*security != MAC__FILESEC_REMOVE_ACL) return refuse(EINVAL);
    return syscall(SYS_fremovexattr, descriptor, ACL) && errno != ENODATA ? refuse(errno) : 0;
}

// Lists of attributes: a length, then each at a multiple of four bytes.

struct answer_buffer { uint8_t *start; size_t size, used; };
static void put(struct answer_buffer *to, const void *bytes, size_t count) {
    if (to->used + count <= to->size) memcpy(to->start + to->used, bytes, count);
    to->used += count;
}
static int finish(struct answer_buffer *to) {
    uint32_t length = to->used < to->size ? to->used : to->size;
    memcpy(to->start, &length, sizeof length);
    return 0;
}

static int can_clone(const char *path) {
    int one = syscall(SYS_openat, AT_FDCWD, path, O_TMPFILE | O_RDWR, 0600), two = syscall(SYS_openat, AT_FDCWD, path, O_TMPFILE | O_RDWR, 0600);
    syscall(SYS_pwrite64, one, "some bytes", 10, 0);
    int can = one >= 0 && two >= 0 && !syscall(SYS_ioctl, two, FICLONE, one);
    syscall(SYS_close, one), syscall(SYS_close, two);
    return can;
}

MAC(int, mac_getattrlist, "getattrlist", (const char *path, struct mac_attrlist *wanted, void *buffer, size_t size, unsigned long options)) {
    struct answer_buffer to = { buffer, size, 4 };
    if (wanted->bitmapcount != MAC_ATTR_BIT_MAP_COUNT || wanted->reserved || options) return refuse(EINVAL);
    if (wanted->volattr != (uint32_t)(MAC_ATTR_VOL_INFO | MAC_ATTR_VOL_CAPABILITIES)) return refuse(EINVAL);
    struct statx look;
    if (syscall(SYS_statx, AT_FDCWD, path, 0, STATX_TYPE, &look)) return refuse(errno);
    uint32_t capabilities[4] = { 0, can_clone(path) ? MAC_VOL_CAP_INT_CLONE : 0 }, known[4] = { 0, MAC_VOL_CAP_INT_CLONE };
    put(&to, capabilities, sizeof capabilities), put(&to, known, sizeof known);
    return finish(&to);
}

MAC(int, mac_fgetattrlist, "fgetattrlist", (int descriptor, struct mac_attrlist *wanted, void *buffer, size_t size, unsigned long options)) {
    struct answer_buffer to = { buffer, size, 4 };
    if (wanted->bitmapcount != MAC_ATTR_BIT_MAP_COUNT || options != MAC_FSOPT_ATTR_CMN_EXTENDED) return refuse(EINVAL);
    if (wanted->commonattr != (uint32_t)MAC_ATTR_CMN_RETURNED_ATTRS) return refuse(EINVAL);
    struct { struct fiemap map; struct fiemap_extent extents[512]; } extents = { .map = {
        .fm_length = FIEMAP_MAX_OFFSET, .fm_flags = FIEMAP_FLAG_SYNC, .fm_extent_count = 512 } };
    uint32_t there = syscall(SYS_ioctl, descriptor, FS_IOC_FIEMAP, &extents) ? 0 : wanted->forkattr & (MAC_ATTR_CMNEXT_PRIVATESIZE | MAC_ATTR_CMNEXT_CLONEID);
    int64_t own = 0;
    for (unsigned i = 0; i < extents.map.fm_mapped_extents; i++)
        if (!(extents.extents[i].fe_flags & FIEMAP_EXTENT_SHARED)) own += extents.extents[i].fe_length;
    uint64_t clone = extents.map.fm_mapped_extents ? extents.extents[0].fe_physical : 0;
    struct mac_attribute_set set = { .commonattr = (uint32_t)MAC_ATTR_CMN_RETURNED_ATTRS, .forkattr = there };
    put(&to, &set, sizeof set);
    if (there & MAC_ATTR_CMNEXT_PRIVATESIZE) put(&to, &own, sizeof own);
    if (there & MAC_ATTR_CMNEXT_CLONEID) put(&to, &clone, sizeof clone);
    return finish(&to);
}

struct entry { uint64_t inode; int64_t offset; uint16_t length; uint8_t type; char name[]; };
static uint32_t kind_of(uint8_t type) {
    switch (type) {
    case 8: return MAC_VREG; case 4: return MAC_VDIR; case 10: return MAC_VLNK; case 6: return MAC_VBLK; case 2: return MAC_VCHR;
    case 12: return MAC_VSOCK; case 1: return MAC_VFIFO; default: return 0;
    }
}

MAC(int, mac_getattrlistbulk, "getattrlistbulk", (int descriptor, struct mac_attrlist *wanted, void *buffer, size_t size, uint64_t options)) {
    static __thread char entries[65536] __attribute__((aligned(8)));
    uint32_t all = MAC_ATTR_CMN_RETURNED_ATTRS | MAC_ATTR_CMN_ERROR | MAC_ATTR_CMN_NAME | MAC_ATTR_CMN_OBJTYPE | MAC_ATTR_CMN_FILEID;
    if (wanted->bitmapcount != MAC_ATTR_BIT_MAP_COUNT || wanted->commonattr != all || options) return refuse(EINVAL);
    struct answer_buffer to = { buffer, size, 0 };
    for (int count = 0; !count;) {
        // An entry here is less than three times as long as the system's own.
        long length = syscall(SYS_getdents64, descriptor, entries, size / 3 < sizeof entries ? size / 3 : sizeof entries);
        if (length <= 0) return length ? refuse(errno == EINVAL ? ERANGE : errno) : 0;
        for (struct entry *entry = (void *)entries; (char *)entry < entries + length; entry = (void *)((char *)entry + entry->length)) {
            if (!strcmp(entry->name, ".") || !strcmp(entry->name, "..")) continue;
            // What comes of an entry that could not be looked at: an error, and no kind.
            int broken = listing_errors && entry->name[0] == '!';
            uint32_t error = 13, name_length = strlen(entry->name) + 1, kind = kind_of(entry->type), padding = 0;
            struct mac_attribute_set set = { .commonattr = broken ? (all & ~(MAC_ATTR_CMN_OBJTYPE | MAC_ATTR_CMN_FILEID)) : (all & ~MAC_ATTR_CMN_ERROR) };
            struct mac_attrreference name = { broken ? 8 : 8 + 4 + 8, name_length };
            uint32_t whole = 4 + sizeof set + (broken ? 4 : 0) + sizeof name + (broken ? 0 : 4 + 8) + (name_length + 3) / 4 * 4;
            put(&to, &whole, 4), put(&to, &set, sizeof set);
            if (broken) put(&to, &error, 4);
            put(&to, &name, sizeof name);
            if (!broken) put(&to, &kind, 4), put(&to, &entry->inode, 8);
            put(&to, entry->name, name_length), put(&to, &padding, (4 - name_length % 4) % 4);
            count++;
        }
        if (count) return count;
    }
    return 0;
}

// Clones and copies.

static void copy_attributes(int source, int made) {
    static __thread char all[65536], value[65536];
    ssize_t length = syscall(SYS_flistxattr, source, all, sizeof all);
    for (char *name = all; length > 0 && name < all + length; name += strlen(name) + 1) {
        if (strncmp(name, "user.", 5) || !strcmp(name, ACL)) continue;
        ssize_t size = syscall(SYS_fgetxattr, source, name, value, sizeof value);
        if (size >= 0) syscall(SYS_fsetxattr, made, name, value, size, 0);
    }
}

static int clone_file(int source, int directory, const char *path, unsigned flags) {
    struct statx look;
    char name[64];
    if (flags & ~7u) return refuse(EINVAL);
    if (syscall(SYS_statx, source, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &look)) return refuse(errno);
    if ((look.stx_mode & S_IFMT) != S_IFREG) return refuse(EINVAL);
    if (!syscall(SYS_faccessat, directory, path, F_OK, 0)) return refuse(EEXIST);
    // Without a name until all is done: a clone is whole or not there.
    char *slash = strrchr(path, '/'), parent[4096] = ".";
    if (slash) snprintf(parent, sizeof parent, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    int made = syscall(SYS_openat, directory, parent, O_TMPFILE | O_RDWR, 0600);
    if (made < 0) return refuse(errno);
    long result = syscall(SYS_ioctl, made, FICLONE, source);
    int why = result && errno == EOPNOTSUPP ? ENOTSUP : errno;
    if (!result) {
        struct timespec times[2] = { { look.stx_atime.tv_sec, look.stx_atime.tv_nsec }, { look.stx_mtime.tv_sec, look.stx_mtime.tv_nsec } };
        copy_attributes(source, made);
        mark(made);
        syscall(SYS_fchmod, made, look.stx_mode & 01777);
        syscall(SYS_utimensat, made, NULL, times, 0);
        snprintf(name, sizeof name, "/proc/self/fd/%d", made);
        result = syscall(SYS_linkat, AT_FDCWD, name, directory, path, AT_SYMLINK_FOLLOW);
        why = errno;
    }
    syscall(SYS_close, made);
    return result ? refuse(why) : 0;
}

MAC(int, mac_fclonefileat, "fclonefileat", (int source, int directory, const char *path, uint32_t flags)) {
    if (source < 0 || (opened[source] & MAC_O_ACCMODE) == MAC_O_WRONLY || opened[source] & MAC_O_EXEC) return refuse(EBADF);
    return clone_file(source, directory_of(directory), path, flags);
}

static void remove_tree(int directory, const char *path) {
    int folder = syscall(SYS_openat, directory, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
    char entries[4096] __attribute__((aligned(8)));
    for (long length; folder >= 0 && (length = syscall(SYS_getdents64, folder, entries, sizeof entries)) > 0;)
        for (struct entry *entry = (void *)entries; (char *)entry < entries + length; entry = (void *)((char *)entry + entry->length))
            if (strcmp(entry->name, ".") && strcmp(entry->name, "..")) remove_tree(folder, entry->name);
    if (folder >= 0) syscall(SYS_close, folder);
    syscall(SYS_unlinkat, directory, path, folder >= 0 ? AT_REMOVEDIR : 0);
}

static int clone_any(int from, const char *old, int to, const char *new, unsigned flags) {
    struct statx look;
    char target[4096], entries[4096] __attribute__((aligned(8)));
    if (syscall(SYS_statx, from, old, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &look)) return errno;
    if ((look.stx_mode & S_IFMT) == S_IFLNK) {
        ssize_t length = syscall(SYS_readlinkat, from, old, target, sizeof target - 1);
        target[length < 0 ? 0 : length] = 0;
        struct timespec times[2] = { { look.stx_atime.tv_sec, look.stx_atime.tv_nsec }, { look.stx_mtime.tv_sec, look.stx_mtime.tv_nsec } };
        return syscall(SYS_symlinkat, target, to, new) || syscall(SYS_utimensat, to, new, times, AT_SYMLINK_NOFOLLOW) ? errno : 0;
    }
    int source = syscall(SYS_openat, from, old, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0), error = 0;
    if (source < 0) return errno;
    if ((look.stx_mode & S_IFMT) != S_IFDIR) {
        if (clone_file(source, to, new, flags)) error = errno == 45 ? ENOTSUP : errno;
        syscall(SYS_close, source);
        return error;
    }
    if (syscall(SYS_mkdirat, to, new, 0700)) { error = errno; syscall(SYS_close, source); return error; }
    int made = syscall(SYS_openat, to, new, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
    for (long length; !error && (length = syscall(SYS_getdents64, source, entries, sizeof entries)) > 0;)
        for (struct entry *entry = (void *)entries; !error && (char *)entry < entries + length; entry = (void *)((char *)entry + entry->length))
            if (strcmp(entry->name, ".") && strcmp(entry->name, "..")) error = clone_any(source, entry->name, made, entry->name, flags);
    struct timespec times[2] = { { look.stx_atime.tv_sec, look.stx_atime.tv_nsec }, { look.stx_mtime.tv_sec, look.stx_mtime.tv_nsec } };
    copy_attributes(source, made);
    syscall(SYS_fchmod, made, look.stx_mode & 07777);
    syscall(SYS_utimensat, made, NULL, times, 0);
    syscall(SYS_close, source), syscall(SYS_close, made);
    if (error) remove_tree(to, new);
    return error;
}

MAC(int, mac_clonefileat, "clonefileat", (int from, const char *old, int to, const char *new, uint32_t flags)) {
    struct statx look;
    if (flags & ~7u) return refuse(EINVAL);
    if (!syscall(SYS_statx, directory_of(to), new, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &look)) return refuse(EEXIST);
    int error = clone_any(directory_of(from), old, directory_of(to), new, flags);
    return error ? refuse(error) : 0;
}

static long copy_bytes(int source, int made, int sparse) {
    static __thread char buffer[65536];
    struct statx look;
    if (syscall(SYS_statx, source, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &look)) return -1;
    int64_t at = syscall(SYS_lseek, source, 0, SEEK_CUR), end = look.stx_size;
    while (at < end) {
        int64_t data = sparse ? syscall(SYS_lseek, source, at, SEEK_DATA) : at, hole = sparse ? syscall(SYS_lseek, source, data, SEEK_HOLE) : end;
        if (data < 0) break;
        for (at = data; at < hole;) {
            ssize_t count = syscall(SYS_pread64, source, buffer, hole - at < (int64_t)sizeof buffer ? hole - at : (int64_t)sizeof buffer, at);
            if (count <= 0 || syscall(SYS_pwrite64, made, buffer, count, at) != count) return -1;
            at += count;
        }
    }
    syscall(SYS_lseek, source, end, SEEK_SET);
    return syscall(SYS_ftruncate, made, end);
}

MAC(int *, mac_copyfile_state_alloc, "copyfile_state_alloc", (void)) { return calloc(1, sizeof(int)); }
MAC(int, mac_copyfile_state_free, "copyfile_state_free", (int *state)) { free(state); return 0; }
MAC(int, mac_copyfile_state_get, "copyfile_state_get", (int *state, uint32_t item, void *value)) {
    if (item != MAC_COPYFILE_STATE_WAS_CLONED) return refuse(EINVAL);
    memcpy(value, state, sizeof *state);
    return 0;
}
MAC(int, mac_fcopyfile, "fcopyfile", (int source, int made, int *state, uint32_t flags)) {
    if (flags & (MAC_COPYFILE_CLONE | MAC_COPYFILE_CLONE_FORCE) || !(flags & MAC_COPYFILE_DATA)) return refuse(EINVAL);
    return answer(copy_bytes(source, made, (flags & MAC_COPYFILE_DATA_SPARSE) != 0));
}
MAC(int, mac_copyfile, "copyfile", (const char *from, const char *to, int *state, uint32_t flags)) {
    if (!(flags & (MAC_COPYFILE_CLONE | MAC_COPYFILE_CLONE_FORCE))) return refuse(EINVAL);
    struct statx look;
    if (!syscall(SYS_statx, AT_FDCWD, to, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &look)) return refuse(EEXIST);
    int source = syscall(SYS_openat, AT_FDCWD, from, O_RDONLY | O_NOFOLLOW, 0);
    if (source < 0) return refuse(errno);
    int failed = clone_file(source, AT_FDCWD, to, MAC_CLONE_NOFOLLOW), why = errno;
    if (state) *state = !failed;
    if (failed && !(flags & MAC_COPYFILE_CLONE_FORCE) && (why == 45 || why == 18)) {
        syscall(SYS_statx, source, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &look);
        int made = syscall(SYS_openat, AT_FDCWD, to, O_RDWR | O_CREAT | O_EXCL, 0600);
        failed = made < 0 || copy_bytes(source, made, 0);
        copy_attributes(source, made);
        syscall(SYS_fchmod, made, look.stx_mode & 01777);
        syscall(SYS_close, made);
    }
    else if (failed) errno = why;
    syscall(SYS_close, source);
    return failed ? -1 : 0;
}
