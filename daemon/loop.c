#include "daemon/loop.h"

#include "base/heap.h"
#include "base/log.h"
#include "daemon/curlfetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { LONGEST_WAIT_MS = 1000, MOST_LETTERS = 65536, MOST_FILES = 8192, TURN_WAIT_MS = 5 };

struct loop {
    struct curlfetch *curl;
    struct fetch      fetch;
    struct timer_set *timers;
    struct mailbox   *mailbox;
    int               signals;
};

static void
wake(void *ctx)
{
    curl_multi_wakeup(ctx);
}

static enum status
take_signals(struct loop *l, struct err *err)
{
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    l->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (l->signals < 0)
        return err_set(err, STATUS_IO, "signalfd: %s", strerror(errno));
    return STATUS_OK;
}

/* Connections of callers and to sources together may pass the usual soft limit
 * of 1024; beyond it neither sources nor the history could be opened. */
static void
raise_file_limit(void)
{
    struct rlimit l;

    if (getrlimit(RLIMIT_NOFILE, &l) || l.rlim_cur >= MOST_FILES || l.rlim_cur == l.rlim_max)
        return;
    l.rlim_cur = l.rlim_max < MOST_FILES ? l.rlim_max : MOST_FILES;
    (void)!setrlimit(RLIMIT_NOFILE, &l); /* what there was is enough for most */
}

enum status
loop_new(struct loop **out, struct err *err)
{
    struct loop *l = heap_new(1, sizeof *l);
    enum status  s;

    l->signals = -1;
    raise_file_limit();
    s = take_signals(l, err);
    if (s) {
        loop_free(l);
        return s;
    }
    l->curl = curlfetch_new(NULL);
    l->fetch = curlfetch_port(l->curl);
    l->timers = timer_set_new(&clock_system);
    l->mailbox = mailbox_new(MOST_LETTERS, wake, curlfetch_multi(l->curl));
    *out = l;
    return STATUS_OK;
}

void
loop_free(struct loop *l)
{
    if (!l)
        return;
    if (l->mailbox)
        mailbox_free(l->mailbox);
    if (l->timers)
        timer_set_free(l->timers);
    if (l->curl)
        curlfetch_free(l->curl);
    if (l->signals >= 0)
        close(l->signals);
    free(l);
}

const struct fetch *
loop_fetch(struct loop *l)
{
    return &l->fetch;
}

struct timer_port
loop_timer(struct loop *l)
{
    return timer_set_port(l->timers);
}

struct mailbox *
loop_mailbox(struct loop *l)
{
    return l->mailbox;
}

/* true: stop. */
static bool
read_signals(struct loop *l, const struct loop_hooks *hooks)
{
    struct signalfd_siginfo si;
    bool                    stop = false;

    while (read(l->signals, &si, sizeof si) == (ssize_t)sizeof si) {
        if (si.ssi_signo != SIGHUP)
            stop = true;
        else if (hooks && hooks->reload)
            hooks->reload(hooks->ctx);
    }
    return stop;
}

static int
wait_ms(const struct loop *l)
{
    int64_t ms = timer_set_wait_ms(l->timers);

    return ms < 0 || ms > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : (int)ms;
}

void
loop_turn(struct loop *l)
{
    (void)mailbox_run(l->mailbox);
    timer_set_run(l->timers);
    curlfetch_run(l->curl);
    curl_multi_poll(curlfetch_multi(l->curl), NULL, 0, TURN_WAIT_MS, NULL);
}

void
loop_run(struct loop *l, const struct loop_hooks *hooks, const bool *done)
{
    struct curl_waitfd extra = {.fd = l->signals, .events = CURL_WAIT_POLLIN};

    while (!(done && *done)) {
        bool busy = mailbox_run(l->mailbox);

        timer_set_run(l->timers);
        curlfetch_run(l->curl);
        if (done && *done)
            return;
        curl_multi_poll(curlfetch_multi(l->curl), &extra, 1, busy ? 0 : wait_ms(l), NULL);
        if (read_signals(l, hooks))
            return;
    }
}
