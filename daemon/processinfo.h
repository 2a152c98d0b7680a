/* processinfo.h - what the kernel says of this process (proc(5)). */
#ifndef DAEMON_PROCESSINFO_H
#define DAEMON_PROCESSINFO_H

#include "base/base.h"

/* What cannot be read is 0. */
struct processinfo {
    double   cpu_seconds;        /* user and system */
    double   start_wall_seconds; /* moves when the wall clock is set */
    uint64_t resident_bytes, virtual_bytes;
    uint64_t threads;
    uint64_t open_fds, max_fds;
};

/* Any thread. */
struct processinfo processinfo_read(void);

#endif
