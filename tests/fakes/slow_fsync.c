/* Makes every fdatasync and fsync slow, and writes down when each began and ended (CLOCK_MONOTONIC, seconds). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static double clock_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static int slowly(const char *name, int fd) {
    int (*real)(int) = dlsym(RTLD_NEXT, name);
    double began = clock_s();
    struct timespec nap = {0, 150 * 1000 * 1000};
    nanosleep(&nap, NULL);
    int result = real(fd);
    char line[80];
    int length = snprintf(line, sizeof line, "%.6f %.6f\n", began, clock_s());
    int journal = open(getenv("SLOW_FSYNC_JOURNAL"), O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (write(journal, line, length) != length) abort();
    close(journal);
    return result;
}

int fdatasync(int fd) { return slowly("fdatasync", fd); }
int fsync(int fd) { return slowly("fsync", fd); }
