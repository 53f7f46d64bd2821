// Is a small file better cloned or written? Both, by two threads, until all of it is on the disk.
//   smallfiles FOLDER BYTES FILES ROUNDS
// Makes FILES files of BYTES random bytes in FOLDER, a hundred a folder, and syncs. Then, in turns, it clones each of them and writes
// each of them (reads the source, which is in the page cache, and writes it), and after each turn syncs the filesystem, which is
// measured with it; the copies are deleted and synced outside of what is measured. Prints the medians in microseconds a file:
// cloned, with sync, written, with sync.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { threads = 2, files_in_folder = 100, most_bytes = 1 << 20, most_rounds = 99 };

static int root, bytes, files, clones;
static const char *into;
static atomic_int next_folder;

static void fail(const char *what)
{
    fprintf(stderr, "smallfiles: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
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

static void *work(void *unused)
{
    static _Thread_local char buffer[most_bytes];
    for (int folder; (folder = atomic_fetch_add(&next_folder, 1)) * files_in_folder < files;) {
        int source = folder_of("source", folder, 0), target = folder_of(into, folder, 1);
        for (int i = 0; i < files_in_folder; i++) {
            char name[16];
            snprintf(name, sizeof name, "f%d", i);
            int in = openat(source, name, O_RDONLY), out = openat(target, name, O_WRONLY | O_CREAT | O_EXCL, 0644);
            if (in < 0 || out < 0)
                fail("open");
            if (clones) {
                if (ioctl(out, FICLONE, in))
                    fail("FICLONE");
            } else if (pread(in, buffer, (size_t)bytes, 0) != bytes || pwrite(out, buffer, (size_t)bytes, 0) != bytes) {
                fail("copy");
            }
            struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 1600000000}};
            if (futimens(out, times))
                fail("futimens");
            close(in);
            close(out);
        }
        close(source);
        close(target);
    }
    return unused;
}

static void make_source(void)
{
    static char buffer[most_bytes];
    if (mkdirat(root, "source", 0755))
        fail("mkdir");
    for (int folder = 0; folder * files_in_folder < files; folder++) {
        int target = folder_of("source", folder, 1);
        for (int i = 0; i < files_in_folder; i++) {
            char name[16];
            snprintf(name, sizeof name, "f%d", i);
            int out = openat(target, name, O_WRONLY | O_CREAT | O_EXCL, 0444);
            for (int filled = 0; filled < bytes;) {
                ssize_t got = getrandom(buffer + filled, (size_t)(bytes - filled), 0);
                if (got > 0)
                    filled += (int)got;
            }
            if (out < 0 || write(out, buffer, (size_t)bytes) != bytes)
                fail("write");
            close(out);
        }
        close(target);
    }
}

static void remove_tree(const char *tree)
{
    for (int folder = 0; folder * files_in_folder < files; folder++) {
        int target = folder_of(tree, folder, 0);
        for (int i = 0; i < files_in_folder; i++) {
            char name[16];
            snprintf(name, sizeof name, "f%d", i);
            unlinkat(target, name, 0);
        }
        close(target);
        char path[64];
        snprintf(path, sizeof path, "%s/%d", tree, folder);
        unlinkat(root, path, AT_REMOVEDIR);
    }
    unlinkat(root, tree, AT_REMOVEDIR);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, ascending);
    return values[count / 2];
}

int main(int argc, char **argv)
{
    int rounds = argc == 5 ? atoi(argv[4]) : 0;
    bytes = argc == 5 ? atoi(argv[2]) : 0;
    files = argc == 5 ? atoi(argv[3]) : 0;
    if (bytes < 1 || bytes > most_bytes || files < 1 || rounds < 1 || rounds > most_rounds) {
        fprintf(stderr, "usage: smallfiles FOLDER BYTES FILES ROUNDS\n");
        return 2;
    }
    if ((root = open(argv[1], O_RDONLY | O_DIRECTORY)) < 0)
        fail(argv[1]);
    make_source();
    syncfs(root);

    static double made[2][most_rounds], synced[2][most_rounds];
    for (int round = -1; round < rounds; round++) {
        for (clones = 0; clones < 2; clones++) {
            into = clones ? "cloned" : "written";
            next_folder = 0;
            double start = now();
            if (mkdirat(root, into, 0755))
                fail("mkdir");
            pthread_t workers[threads];
            for (int i = 0; i < threads; i++)
                pthread_create(&workers[i], NULL, work, NULL);
            for (int i = 0; i < threads; i++)
                pthread_join(workers[i], NULL);
            double end = now();
            syncfs(root);
            if (round >= 0) {
                made[clones][round] = (end - start) / files * 1e6;
                synced[clones][round] = (now() - start) / files * 1e6;
            }
            remove_tree(into);
            syncfs(root);
        }
    }
    printf("%d bytes: cloned %.1f, with sync %.1f; written %.1f, with sync %.1f\n", bytes,
        median(made[1], rounds), median(synced[1], rounds), median(made[0], rounds), median(synced[0], rounds));
    remove_tree("source");
    return 0;
}
