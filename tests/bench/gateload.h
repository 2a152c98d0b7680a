/* gateload.h - who asks the servers that gates.c compares: wrk, and clients that are slow
 * on purpose. */
#ifndef TESTS_BENCH_GATELOAD_H
#define TESTS_BENCH_GATELOAD_H

#include "tests/bench/gateservers.h"

#include <pthread.h>
#include <stdatomic.h>

enum { SLOW_CLIENTS = 200 };

/* Clients that send a byte of their header every 200 ms for ever, and come
 * again when they are cut off. */
struct slow {
    pthread_t   thread;
    uint16_t    port;
    atomic_bool end;
    atomic_int  cut;
};

static void *
be_slow(void *ctx)
{
    struct slow *s = ctx;
    int          fd[SLOW_CLIENTS];

    for (int i = 0; i < SLOW_CLIENTS; i++)
        fd[i] = -1;
    while (!atomic_load(&s->end)) {
        for (int i = 0; i < SLOW_CLIENTS; i++) {
            if (fd[i] < 0) {
                fd[i] = dial(s->port);
                (void)send(fd[i], "POST /v1/argo/verdict HTTP/1.1\r\nX: ", 36, MSG_NOSIGNAL);
            } else if (send(fd[i], "x", 1, MSG_NOSIGNAL) < 0) {
                close(fd[i]);
                fd[i] = -1;
                atomic_fetch_add(&s->cut, 1);
            }
        }
        nap(200);
    }
    for (int i = 0; i < SLOW_CLIENTS; i++)
        if (fd[i] >= 0)
            close(fd[i]);
    return NULL;
}

struct load {
    double   per_second, p99_ms, cpu_us;
    uint64_t calls, errors;
};

static double
in_ms(const char *text)
{
    char  *end;
    double v = strtod(text, &end);

    return strncmp(end, "us", 2) == 0 ? v / 1000 : strncmp(end, "ms", 2) == 0 ? v : v * 1000;
}

static void
read_line(struct load *l, const char *line)
{
    char               word[32];
    double             number;
    unsigned long long a, b, c, d;

    if (sscanf(line, " 99%% %31s", word) == 1)
        l->p99_ms = in_ms(word);
    else if (sscanf(line, "Requests/sec: %lf", &number) == 1)
        l->per_second = number;
    else if (sscanf(line, " %llu requests in", &a) == 1)
        l->calls = a;
    else if (sscanf(line, " Socket errors: connect %llu, read %llu, write %llu, timeout %llu", &a,
                    &b, &c, &d) == 4)
        l->errors += a + b + c + d;
    else if (sscanf(line, " Non-2xx or 3xx responses: %llu", &a) == 1)
        l->errors += a;
}

static struct load
ask(struct server s, int connections, bool keep, int seconds)
{
    char        command[3 * PATH_BYTES], line[512];
    struct load l = {0};
    double      before = cpu_s(s);
    FILE       *f;

    snprintf(command, sizeof command,
             "wrk -t1 -c%d -d%ds --latency -s %s/%s.lua http://127.0.0.1:%u/v1/argo/verdict 2>&1",
             connections, seconds, directory, keep ? "keep" : "close", (unsigned)s.port);
    f = popen(command, "re");
    while (f && fgets(line, sizeof line, f))
        read_line(&l, line);
    if (!f || pclose(f) || !l.calls)
        die("this failed: %s", command);
    l.cpu_us = (cpu_s(s) - before) * 1e6 / (double)l.calls;
    return l;
}

#endif
