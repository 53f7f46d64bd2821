// Runs a command and writes what it took: seconds of wall time until it ended, seconds until all of it was on the disk, and the
// peak memory of its largest process in KiB.
//   measure RESULT-FILE PLACE COMMAND...     exits as COMMAND did; PLACE is a path on the filesystem that is waited for
// GNU time rounds to hundredths of a second, which is more than some of what is measured here takes.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds_between(const struct timespec *from, const struct timespec *to)
{
    return (double)(to->tv_sec - from->tv_sec) + (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: measure RESULT-FILE PLACE COMMAND...\n");
        return 2;
    }

    int place = open(argv[2], O_RDONLY | O_CLOEXEC);
    if (place < 0) {
        perror(argv[2]);
        return 2;
    }
    struct timespec start, end, on_disk;
    clock_gettime(CLOCK_MONOTONIC, &start);
    pid_t child = fork();
    if (child < 0) {
        perror("fork");
        return 2;
    }
    if (child == 0) {
        execvp(argv[3], argv + 3);
        perror(argv[3]);
        _exit(127);
    }

    int status;
    struct rusage usage;
    if (wait4(child, &status, 0, &usage) < 0) {
        perror("wait4");
        return 2;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    if (syncfs(place)) {
        perror("syncfs");
        return 2;
    }
    clock_gettime(CLOCK_MONOTONIC, &on_disk);

    FILE *result = fopen(argv[1], "w");
    if (!result) {
        perror(argv[1]);
        return 2;
    }
    fprintf(result, "%.4f %.4f %ld\n", seconds_between(&start, &end), seconds_between(&start, &on_disk), usage.ru_maxrss);
    fclose(result);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
