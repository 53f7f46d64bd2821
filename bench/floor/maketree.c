// Makes a tree of many small files, the same every time, faster than a shell could.
//   maketree DESTINATION FILES
// A hundred files a folder, a hundred folders a folder; each has a few hundred to a few thousand bytes of its own, text that
// compresses and hashes like source code, and one in a thousand names DESTINATION.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void fail(const char *path)
{
    fprintf(stderr, "maketree: %s: %s\n", path, strerror(errno));
    exit(1);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: maketree DESTINATION FILES\n");
        return 2;
    }
    long files = atol(argv[2]);
    unsigned long long state = 88172645463325252ULL;
    char path[4096], line[256];
    static char content[16384];
    if (mkdir(argv[1], 0755) != 0) fail(argv[1]);
    for (long i = 0; i < files; i++) {
        if (i % 10000 == 0) {
            snprintf(path, sizeof path, "%s/d%03ld", argv[1], i / 10000);
            if (mkdir(path, 0755) != 0) fail(path);
        }
        if (i % 100 == 0) {
            snprintf(path, sizeof path, "%s/d%03ld/d%02ld", argv[1], i / 10000, i / 100 % 100);
            if (mkdir(path, 0755) != 0) fail(path);
        }
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        size_t wanted = 200 + state % 3000, length = 0;
        for (long number = 0; length < wanted; number++) {
            int written = snprintf(line, sizeof line, "line %ld of file %ld: the value is %llx\n", number, i, state * (number + 1));
            memcpy(content + length, line, written);
            length += written;
        }
        if (i % 1000 == 0) length += snprintf(content + length, sizeof content - length, "root = %s/lib\n", argv[1]);
        snprintf(path, sizeof path, "%s/d%03ld/d%02ld/file-%07ld.txt", argv[1], i / 10000, i / 100 % 100, i);
        int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
        if (file < 0 || write(file, content, length) != (ssize_t)length || close(file) != 0) fail(path);
    }
    return 0;
}
