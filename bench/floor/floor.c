// The floor: what the bare system calls cost that any program has to make which lays out a tree file by file, or looks whether one is as it was.
//   floor reflink|hardlink SOURCE DESTINATION
//   floor look SOURCE
// SOURCE is read first, which is not timed, as a program with a catalog need not do it. Then DESTINATION is made: folders by one
// thread, then files and links, a folder at a time, by as many threads as there are processors; then the times of the folders. Modes and
// times are kept. To look is one call for each name in SOURCE, and one for each folder, which is entered. The seconds of that are printed.
// Nothing is checked that need not be, and the first error ends it.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct entry {
    char *name;
    char *target;               // of a symbolic link, else NULL
    mode_t mode;
    int empty;
    struct timespec times[2];
};

struct folder {
    char *path;                 // below the root; "." for the root
    mode_t mode;
    struct timespec times[2];
    struct entry *entries;
    size_t count;
};

static struct folder *folders;
static size_t folder_count, folder_room;
static atomic_size_t next_folder;
static int source_root, destination_root;
static enum { reflink, hardlink, look } kind;

static void fail(const char *what, const char *name)
{
    fprintf(stderr, "floor: %s %s: %s\n", what, name, strerror(errno));
    exit(1);
}

static void *need(void *memory)
{
    if (!memory)
        fail("memory", "");
    return memory;
}

static size_t add_folder(const char *path, const struct stat *status)
{
    if (folder_count == folder_room) {
        folder_room = folder_room ? folder_room * 2 : 1024;
        folders = need(realloc(folders, folder_room * sizeof *folders));
    }
    folders[folder_count] = (struct folder){
        .path = need(strdup(path)), .mode = status->st_mode & 07777, .times = {status->st_atim, status->st_mtim}};
    return folder_count++;
}

// Reads one folder; the folders found in it are added to the end of the list and read when their turn comes.
static void read_folder(size_t index)
{
    int descriptor = openat(source_root, folders[index].path, O_RDONLY | O_DIRECTORY);
    DIR *stream = descriptor < 0 ? NULL : fdopendir(descriptor);
    if (!stream)
        fail("open", folders[index].path);
    size_t room = 0;
    for (struct dirent *found; (found = readdir(stream));) {
        if (!strcmp(found->d_name, ".") || !strcmp(found->d_name, ".."))
            continue;
        struct stat status;
        if (fstatat(descriptor, found->d_name, &status, AT_SYMLINK_NOFOLLOW))
            fail("stat", found->d_name);
        if (S_ISDIR(status.st_mode)) {
            char *path = NULL;
            if (asprintf(&path, "%s/%s", folders[index].path, found->d_name) < 0)
                fail("memory", "");
            add_folder(path, &status);
            free(path);
            continue;
        }
        if (!S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode))
            continue;

        struct folder *folder = &folders[index];
        if (folder->count == room) {
            room = room ? room * 2 : 16;
            folder->entries = need(realloc(folder->entries, room * sizeof *folder->entries));
        }
        struct entry *entry = &folder->entries[folder->count++];
        *entry = (struct entry){
            .name = need(strdup(found->d_name)), .mode = status.st_mode & 07777, .empty = status.st_size == 0,
            .times = {status.st_atim, status.st_mtim}};
        if (S_ISLNK(status.st_mode)) {
            char target[4096];
            ssize_t length = readlinkat(descriptor, found->d_name, target, sizeof target - 1);
            if (length < 0)
                fail("readlink", found->d_name);
            target[length] = 0;
            entry->target = need(strdup(target));
        }
    }
    closedir(stream);
}

static void make_entry(int source, int destination, const struct entry *entry)
{
    if (entry->target) {
        if (symlinkat(entry->target, destination, entry->name))
            fail("symlink", entry->name);
        if (utimensat(destination, entry->name, entry->times, AT_SYMLINK_NOFOLLOW))
            fail("utimensat", entry->name);
        return;
    }
    if (kind == hardlink) {
        if (linkat(source, entry->name, destination, entry->name, 0))
            fail("link", entry->name);
        return;
    }
    int out = openat(destination, entry->name, O_WRONLY | O_CREAT | O_EXCL, entry->mode);
    if (out < 0)
        fail("create", entry->name);
    if (!entry->empty) {
        int in = openat(source, entry->name, O_RDONLY);
        if (in < 0)
            fail("open", entry->name);
        if (ioctl(out, FICLONE, in))
            fail("FICLONE", entry->name);
        close(in);
    }
    if (futimens(out, entry->times))
        fail("futimens", entry->name);
    close(out);
}

static void look_at(const struct folder *folder)
{
    struct stat status;
    int descriptor = openat(source_root, folder->path, O_PATH | O_DIRECTORY);
    if (descriptor < 0 || fstat(descriptor, &status))
        fail("look at", folder->path);
    for (size_t one = 0; one < folder->count; one++)
        if (fstatat(descriptor, folder->entries[one].name, &status, AT_SYMLINK_NOFOLLOW))
            fail("look at", folder->entries[one].name);
    close(descriptor);
}

static void *work(void *unused)
{
    for (size_t index; (index = atomic_fetch_add(&next_folder, 1)) < folder_count;) {
        const struct folder *folder = &folders[index];
        if (kind == look) {
            look_at(folder);
            continue;
        }
        if (!folder->count)
            continue;
        int source = openat(source_root, folder->path, O_RDONLY | O_DIRECTORY);
        int destination = openat(destination_root, folder->path, O_RDONLY | O_DIRECTORY);
        if (source < 0 || destination < 0)
            fail("open", folder->path);
        for (size_t one = 0; one < folder->count; one++)
            make_entry(source, destination, &folder->entries[one]);
        close(source);
        close(destination);
    }
    return unused;
}

static void in_parallel(void)
{
    pthread_t workers[256];
    long threads = sysconf(_SC_NPROCESSORS_ONLN);
    if (threads < 1 || threads > 256)
        threads = 1;
    for (long one = 0; one < threads; one++)
        if ((errno = pthread_create(&workers[one], NULL, work, NULL)))
            fail("thread", "");
    for (long one = 0; one < threads; one++)
        pthread_join(workers[one], NULL);
}

static void make(const char *destination)
{
    if (mkdir(destination, folders[0].mode) || (destination_root = open(destination, O_RDONLY | O_DIRECTORY)) < 0)
        fail("mkdir", destination);
    for (size_t index = 1; index < folder_count; index++)
        if (mkdirat(destination_root, folders[index].path, folders[index].mode))
            fail("mkdir", folders[index].path);
    in_parallel();
    for (size_t index = folder_count; index-- > 0;)
        if (utimensat(destination_root, folders[index].path, folders[index].times, 0))
            fail("utimensat", folders[index].path);
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    kind = !strcmp(name, "reflink") ? reflink : !strcmp(name, "hardlink") ? hardlink : look;
    if ((kind == look && strcmp(name, "look")) || argc != (kind == look ? 3 : 4)) {
        fprintf(stderr, "usage: floor reflink|hardlink SOURCE DESTINATION\n       floor look SOURCE\n");
        return 2;
    }
    umask(0);

    struct stat status;
    source_root = open(argv[2], O_RDONLY | O_DIRECTORY);
    if (source_root < 0 || fstat(source_root, &status))
        fail("open", argv[2]);
    add_folder(".", &status);
    for (size_t index = 0; index < folder_count; index++)
        read_folder(index);

    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    if (kind == look)
        in_parallel();
    else
        make(argv[3]);
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.4f\n", (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9);
    return 0;
}
