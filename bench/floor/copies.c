// How fast can the bytes of files be copied? Every way there is on Linux, beside cp.
//   copies FOLDER BYTES FILES ROUNDS warm|cold WAY...
// Makes FILES files of BYTES random bytes in FOLDER/source, a hundred a folder, and syncs. Then, in turns, it copies all of them by
// each way into a fresh folder, until the last is closed, and syncs the filesystem; the copies are compared with the source in the
// first round, and deleted and synced outside of what is measured. "cold" drops the page cache before each turn, "warm" does not.
// Prints a line for each turn: way, seconds until closed, seconds until all of it was on the disk; "-" where the way is refused, with
// the reason.
//
// A way is its name and what it takes, parted by colons; sizes in KiB:
//   rw:K        read and write through a buffer of K KiB         rwf:K    the same, the target's room taken by fallocate first
//   rwk:K       the same with FALLOC_FL_KEEP_SIZE                rws:K    the same, the source announced by POSIX_FADV_SEQUENTIAL
//   rwt:K       the target given its length by ftruncate first   rwb:K    writing to disk begun behind every 8 MiB (sync_file_range)
//   cfr:K       copy_file_range in pieces of K KiB               cfrf:K   the same after fallocate
//   send:K      sendfile                                         splice:K splice through a pipe of 1 MiB
//   mapw:K      the source mapped, K KiB at a time, and written  map:K    both mapped
//   dir:K       O_DIRECT on both sides                           dirw:K   O_DIRECT for the target alone
//   dir2:K      O_DIRECT on both sides, fallocate, and a thread that reads ahead into a second buffer
//   par:K       two threads, each reads and writes one half      none:0   the files are made and left empty
//   cp          cp -r --reflink=never                            cpauto   cp -r as it is
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { files_in_folder = 100, alignment = 4096, most_buffer = 64 << 20, writeback_bytes = 8 << 20 };

static const char *place;
static int root, files;
static long bytes;
static char *buffers[2];

static void fail(const char *what)
{
    fprintf(stderr, "copies: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// Every way returns 0, or -1 with errno set.

static int put(int out, const char *from, size_t length, off_t at)
{
    for (size_t done = 0; done < length;) {
        ssize_t count = pwrite(out, from + done, length - done, at + (off_t)done);
        if (count < 0)
            return -1;
        done += (size_t)count;
    }
    return 0;
}

static int through_buffer(int in, int out, size_t size, off_t from, off_t to, char *buffer, int writeback)
{
    off_t flushed = from;
    while (from < to) {
        size_t wanted = (size_t)(to - from) < size ? (size_t)(to - from) : size;
        ssize_t got = pread(in, buffer, wanted, from);
        if (got <= 0 || put(out, buffer, (size_t)got, from))
            return -1;
        from += got;
        if (writeback && from - flushed >= writeback_bytes) {
            sync_file_range(out, flushed, from - flushed, SYNC_FILE_RANGE_WRITE);
            flushed = from;
        }
    }
    return 0;
}

static int by_copy_file_range(int in, int out, size_t size)
{
    off_t from = 0, to = 0;
    while (from < bytes) {
        ssize_t count = copy_file_range(in, &from, out, &to, size, 0);
        if (count <= 0)
            return -1;
    }
    return 0;
}

static int by_sendfile(int in, int out, size_t size)
{
    for (off_t from = 0; from < bytes;)
        if (sendfile(out, in, &from, size) <= 0)
            return -1;
    return 0;
}

static int by_splice(int in, int out, size_t size)
{
    static int ends[2] = {-1, -1};
    if (ends[0] < 0 && (pipe(ends) || fcntl(ends[0], F_SETPIPE_SZ, 1 << 20) < 0))
        return -1;
    for (off_t from = 0, to = 0; from < bytes;) {
        ssize_t filled = splice(in, &from, ends[1], NULL, size, SPLICE_F_MOVE);
        if (filled <= 0)
            return -1;
        while (filled > 0) {
            ssize_t emptied = splice(ends[0], NULL, out, &to, (size_t)filled, SPLICE_F_MOVE);
            if (emptied <= 0)
                return -1;
            filled -= emptied;
        }
    }
    return 0;
}

static int by_mapping(int in, int out, size_t size, int both)
{
    if (both && ftruncate(out, bytes))
        return -1;
    int failed = 0;
    for (off_t from = 0; from < bytes && !failed; from += (off_t)size) {
        size_t length = (size_t)(bytes - from) < size ? (size_t)(bytes - from) : size;
        char *source = mmap(NULL, length, PROT_READ, MAP_SHARED | MAP_POPULATE, in, from);
        if (source == MAP_FAILED)
            return -1;
        if (both) {
            char *target = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, out, from);
            if (target == MAP_FAILED)
                return -1;
            memcpy(target, source, length);
            munmap(target, length);
        } else {
            failed = put(out, source, length, from);
        }
        munmap(source, length);
    }
    return failed;
}

// What is written past O_DIRECT is a whole number of blocks; the rest of the last one is cut off afterwards.
static size_t whole_blocks(size_t length)
{
    return (length + alignment - 1) / alignment * alignment;
}

static int direct(int in, int out, size_t size, int both)
{
    if ((both && fcntl(in, F_SETFL, O_DIRECT)) || fcntl(out, F_SETFL, O_DIRECT))
        return -1;
    for (off_t from = 0; from < bytes;) {
        ssize_t got = pread(in, buffers[0], size, from);
        if (got <= 0 || put(out, buffers[0], whole_blocks((size_t)got), from))
            return -1;
        from += got;
    }
    return ftruncate(out, bytes);
}

struct ahead {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int in, error;
    size_t size;
    ssize_t filled[2];      // -1 while it is to be filled
};

static void *read_ahead(void *state)
{
    struct ahead *ahead = state;
    int turn = 0;
    for (off_t from = 0; from < bytes; turn ^= 1) {
        pthread_mutex_lock(&ahead->lock);
        while (ahead->filled[turn] >= 0)
            pthread_cond_wait(&ahead->changed, &ahead->lock);
        pthread_mutex_unlock(&ahead->lock);
        ssize_t got = pread(ahead->in, buffers[turn], ahead->size, from);
        pthread_mutex_lock(&ahead->lock);
        if (got <= 0)
            ahead->error = errno ? errno : EIO;
        ahead->filled[turn] = got > 0 ? got : 0;
        pthread_cond_broadcast(&ahead->changed);
        pthread_mutex_unlock(&ahead->lock);
        if (got <= 0)
            break;
        from += got;
    }
    return NULL;
}

static int direct_ahead(int in, int out, size_t size)
{
    if (fcntl(in, F_SETFL, O_DIRECT) || fcntl(out, F_SETFL, O_DIRECT) || fallocate(out, 0, 0, bytes))
        return -1;
    struct ahead ahead = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, in, 0, size, {-1, -1}};
    pthread_t reader;
    pthread_create(&reader, NULL, read_ahead, &ahead);
    int failed = 0, turn = 0;
    for (off_t to = 0; to < bytes && !failed; turn ^= 1) {
        pthread_mutex_lock(&ahead.lock);
        while (ahead.filled[turn] < 0)
            pthread_cond_wait(&ahead.changed, &ahead.lock);
        ssize_t filled = ahead.filled[turn];
        pthread_mutex_unlock(&ahead.lock);
        failed = filled == 0 || put(out, buffers[turn], whole_blocks((size_t)filled), to);
        to += filled;
        pthread_mutex_lock(&ahead.lock);
        ahead.filled[turn] = -1;
        pthread_cond_broadcast(&ahead.changed);
        pthread_mutex_unlock(&ahead.lock);
    }
    pthread_join(reader, NULL);
    if (ahead.error)
        errno = ahead.error;
    return failed ? -1 : ftruncate(out, bytes);
}

struct half {
    int in, out, failed;
    size_t size;
    off_t from, to;
    char *buffer;
};

static void *copy_half(void *state)
{
    struct half *half = state;
    half->failed = through_buffer(half->in, half->out, half->size, half->from, half->to, half->buffer, 0) ? errno : 0;
    return NULL;
}

static int in_two_threads(int in, int out, size_t size)
{
    off_t middle = bytes / 2 / alignment * alignment;
    struct half halves[2] = {{in, out, 0, size, 0, middle, buffers[0]}, {in, out, 0, size, middle, bytes, buffers[1]}};
    if (ftruncate(out, bytes))
        return -1;
    pthread_t other;
    pthread_create(&other, NULL, copy_half, &halves[1]);
    copy_half(&halves[0]);
    pthread_join(other, NULL);
    errno = halves[0].failed ? halves[0].failed : halves[1].failed;
    return errno ? -1 : 0;
}

static int copy_file(const char *way, size_t size, int in, int out)
{
    if (!strcmp(way, "none"))
        return 0;
    if (!strcmp(way, "rw"))
        return through_buffer(in, out, size, 0, bytes, buffers[0], 0);
    if (!strcmp(way, "rwb"))
        return through_buffer(in, out, size, 0, bytes, buffers[0], 1);
    if (!strcmp(way, "rws"))
        return posix_fadvise(in, 0, 0, POSIX_FADV_SEQUENTIAL) ? -1 : through_buffer(in, out, size, 0, bytes, buffers[0], 0);
    if (!strcmp(way, "rwt"))
        return ftruncate(out, bytes) ? -1 : through_buffer(in, out, size, 0, bytes, buffers[0], 0);
    if (!strcmp(way, "rwf"))
        return fallocate(out, 0, 0, bytes) ? -1 : through_buffer(in, out, size, 0, bytes, buffers[0], 0);
    if (!strcmp(way, "rwk"))
        return fallocate(out, FALLOC_FL_KEEP_SIZE, 0, bytes) ? -1 : through_buffer(in, out, size, 0, bytes, buffers[0], 0);
    if (!strcmp(way, "cfr"))
        return by_copy_file_range(in, out, size);
    if (!strcmp(way, "cfrf"))
        return fallocate(out, 0, 0, bytes) ? -1 : by_copy_file_range(in, out, size);
    if (!strcmp(way, "send"))
        return by_sendfile(in, out, size);
    if (!strcmp(way, "splice"))
        return by_splice(in, out, size);
    if (!strcmp(way, "mapw"))
        return by_mapping(in, out, size, 0);
    if (!strcmp(way, "map"))
        return by_mapping(in, out, size, 1);
    if (!strcmp(way, "dir"))
        return direct(in, out, size, 1);
    if (!strcmp(way, "dirw"))
        return direct(in, out, size, 0);
    if (!strcmp(way, "dir2"))
        return direct_ahead(in, out, size);
    if (!strcmp(way, "par"))
        return in_two_threads(in, out, size);
    errno = EINVAL;
    return -1;
}

static int folder_of(const char *tree, int folder, int make)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%d", tree, folder);
    if (make && mkdirat(root, path, 0755))
        fail("mkdir");
    int descriptor = openat(root, path, O_RDONLY | O_DIRECTORY);
    if (descriptor < 0)
        fail("open folder");
    return descriptor;
}

static int folders(void)
{
    return (files + files_in_folder - 1) / files_in_folder;
}

static int in_folder(int folder)
{
    int left = files - folder * files_in_folder;
    return left < files_in_folder ? left : files_in_folder;
}

static int copy_all(const char *way)
{
    char name[16];
    size_t size = 0;
    const char *colon = strchr(way, ':');
    if (!colon) {
        pid_t child = fork();
        if (child == 0) {
            if (chdir(place))
                _exit(127);
            if (strcmp(way, "cp"))
                execlp("cp", "cp", "-r", "source", "made", NULL);
            else
                execlp("cp", "cp", "-r", "--reflink=never", "source", "made", NULL);
            _exit(127);
        }
        int status;
        waitpid(child, &status, 0);
        errno = EIO;
        return status;
    }
    snprintf(name, sizeof name, "%.*s", (int)(colon - way), way);
    size = (size_t)atol(colon + 1) * 1024;
    if (size > most_buffer && strncmp(name, "cfr", 3) && strcmp(name, "send")) {
        errno = EINVAL;
        return -1;
    }
    if (mkdirat(root, "made", 0755))
        fail("mkdir");
    for (int folder = 0; folder < folders(); folder++) {
        int source = folder_of("source", folder, 0), target = folder_of("made", folder, 1);
        for (int i = 0; i < in_folder(folder); i++) {
            char file[16];
            snprintf(file, sizeof file, "f%d", i);
            int in = openat(source, file, O_RDONLY), out = openat(target, file, O_RDWR | O_CREAT | O_EXCL, 0644);
            struct stat looks;
            if (in < 0 || out < 0 || fstat(in, &looks))
                fail("open");
            int failed = copy_file(name, size, in, out), why = errno;
            close(in);
            close(out);
            if (failed) {
                close(source);
                close(target);
                errno = why;
                return -1;
            }
        }
        close(source);
        close(target);
    }
    return 0;
}

static void make_source(void)
{
    char *random = buffers[0];
    if (mkdirat(root, "source", 0755))
        fail("mkdir");
    for (int folder = 0; folder < folders(); folder++) {
        int target = folder_of("source", folder, 1);
        for (int i = 0; i < in_folder(folder); i++) {
            char name[16];
            snprintf(name, sizeof name, "f%d", i);
            int out = openat(target, name, O_WRONLY | O_CREAT | O_EXCL, 0644);
            if (out < 0)
                fail("create");
            for (off_t at = 0; at < bytes;) {
                size_t length = (size_t)(bytes - at) < (1 << 20) ? (size_t)(bytes - at) : 1 << 20;
                for (size_t filled = 0; filled < length;) {
                    ssize_t got = getrandom(random + filled, length - filled, 0);
                    if (got > 0)
                        filled += (size_t)got;
                }
                if (put(out, random, length, at))
                    fail("write");
                at += (off_t)length;
            }
            close(out);
        }
        close(target);
    }
}

static void compare(const char *way)
{
    for (int folder = 0; folder < folders(); folder++) {
        int source = folder_of("source", folder, 0), target = folder_of("made", folder, 0);
        for (int i = 0; i < in_folder(folder); i++) {
            char name[16];
            snprintf(name, sizeof name, "f%d", i);
            int in = openat(source, name, O_RDONLY), out = openat(target, name, O_RDONLY);
            struct stat looks;
            if (in < 0 || out < 0 || fstat(out, &looks) || looks.st_size != bytes) {
                fprintf(stderr, "copies: %s made a file of another length\n", way);
                exit(1);
            }
            for (off_t at = 0; at < bytes;) {
                ssize_t got = pread(in, buffers[0], 1 << 20, at);
                if (got <= 0 || pread(out, buffers[1], (size_t)got, at) != got || memcmp(buffers[0], buffers[1], (size_t)got)) {
                    fprintf(stderr, "copies: %s made a file of other bytes\n", way);
                    exit(1);
                }
                at += got;
            }
            close(in);
            close(out);
        }
        close(source);
        close(target);
    }
}

static void remove_tree(const char *tree)
{
    char path[64], name[16];
    for (int folder = 0; folder < folders(); folder++) {
        snprintf(path, sizeof path, "%s/%d", tree, folder);
        int target = openat(root, path, O_RDONLY | O_DIRECTORY);
        if (target < 0)
            continue;
        for (int i = 0; i < in_folder(folder); i++) {
            snprintf(name, sizeof name, "f%d", i);
            unlinkat(target, name, 0);
        }
        close(target);
        unlinkat(root, path, AT_REMOVEDIR);
    }
    unlinkat(root, tree, AT_REMOVEDIR);
}

static void drop_caches(void)
{
    sync();
    int control = open("/proc/sys/vm/drop_caches", O_WRONLY);
    if (control < 0 || write(control, "3", 1) != 1)
        fail("drop_caches");
    close(control);
}

// The host of a virtual machine takes memory back that has been free for seconds, and then the first write to each page waits for the host, which
// is many times the copy. Before each turn as much is written to as it will take, so that none pays for what the one before it gave back.
static void warm_memory(void)
{
    size_t wanted = 3 * (size_t)bytes * (size_t)files + (256u << 20), most = 6ul << 30, length = wanted < most ? wanted : most;
    char *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        fail("mmap");
    for (size_t at = 0; at < length; at += 4096)
        ((volatile char *)memory)[at] = 1;
    munmap(memory, length);
}

int main(int argc, char **argv)
{
    if (argc < 7) {
        fprintf(stderr, "usage: copies FOLDER BYTES FILES ROUNDS warm|cold WAY...\n");
        return 2;
    }
    place = argv[1];
    bytes = atol(argv[2]);
    files = atoi(argv[3]);
    int rounds = atoi(argv[4]), cold = !strcmp(argv[5], "cold"), ways = argc - 6;
    if ((root = open(place, O_RDONLY | O_DIRECTORY)) < 0)
        fail(place);
    for (int i = 0; i < 2; i++)
        if (posix_memalign((void **)&buffers[i], alignment, most_buffer))
            fail("memory");
    // Where it was made before, as for the cold round after the warm one, it stays.
    if (faccessat(root, "source", F_OK, 0))
        make_source();
    syncfs(root);

    // In another order each round, alike every time, so that none always pays for the one before it.
    int step = ways % 7 ? 7 : ways % 5 ? 5 : 1;
    for (int round = 0; round < rounds; round++) {
        for (int turn = 0; turn < ways; turn++) {
            const char *way = argv[6 + (turn * step + round * 3) % ways];
            if (cold)
                drop_caches();
            warm_memory();
            double start = now();
            int failed = copy_all(way), why = errno;
            double end = now();
            syncfs(root);
            double on_disk = now();
            if (failed)
                printf("%s\t-\t%s\n", way, strerror(why));
            else
                printf("%s\t%.6f\t%.6f\n", way, end - start, on_disk - start);
            fflush(stdout);
            if (!failed && round == 0 && !cold && strncmp(way, "none", 4))
                compare(way);
            remove_tree("made");
            syncfs(root);
        }
    }
    return 0;
}
