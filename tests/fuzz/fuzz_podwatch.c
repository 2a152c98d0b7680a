/* What an API server says of pods: a list, then a watch, which may come in whatever
 * pieces: the same targets are found, and none ends that had not begun. */
#include "base/hash.h"
#include "base/heap.h"
#include "base/text.h"
#include "telemetry/kubernetes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A server that holds one request at a time. */
struct fetch_job {
    fetch_part_fn part;
    fetch_done_fn done;
    void         *ctx;
};

struct bed {
    struct fetch_job *job;
    bool              cancelled;
    struct timer_set *timers;
    int64_t           now_ms;
    struct text       heard;
    struct hash_map   begun;
};

static struct fetch_job *
start(void *self, const struct fetch_request *req, fetch_done_fn done, void *ctx)
{
    struct bed *b = self;

    assert(!b->job && strncmp(req->url, "http://k8s", 10) == 0);
    b->job = heap_new(1, sizeof *b->job);
    *b->job = (struct fetch_job){req->part, done, ctx};
    b->cancelled = false;
    return b->job;
}

static void
cancel(void *self, struct fetch_job *job)
{
    struct bed *b = self;

    assert(job == b->job);
    b->cancelled = true;
}

static void
finish(struct bed *b, struct fetch_result r)
{
    struct fetch_job job = *b->job;

    free(b->job);
    b->job = NULL;
    if (b->cancelled)
        r = (struct fetch_result){.status = STATUS_CANCELLED};
    job.done(job.ctx, &r);
}

static int64_t
bed_now(void *self)
{
    return ((struct bed *)self)->now_ms;
}

static void
on_group(void *self, struct slice name, const struct targetsink_target *targets, size_t n)
{
    struct bed *b = self;

    assert(n <= 1 && (n || hash_get(&b->begun, name)));
    if (n)
        hash_set(&b->begun, name, b);
    else
        hash_remove(&b->begun, name);
    text_put(&b->heard, name);
    for (size_t i = 0; i < n; i++) {
        text_put(&b->heard, targets[i].address);
        for (size_t k = 0; k < targets[i].n_labels; k++)
            text_put(&b->heard, targets[i].labels[k].value);
    }
    text_putc(&b->heard, '\n');
}

static void
on_told(void *self, const char *what, const struct err *err)
{
    struct bed *b = self;

    text_printf(&b->heard, "!%s: %s\n", what, err->text);
}

static void
watch(struct bed *b, struct slice stream, size_t portion)
{
    static const char type[] = "application/json";

    while (stream.n && b->job && b->job->part) {
        struct slice part = {stream.p, portion < stream.n ? portion : stream.n};

        if (!b->job->part(b->job->ctx, 200, slice_of(type), part)) {
            b->cancelled = true;
            break;
        }
        stream = (struct slice){stream.p + part.n, stream.n - part.n};
    }
    b->now_ms += 5000;
    if (b->job)
        finish(b, (struct fetch_result){.status = STATUS_OK, .http_code = 200});
}

static char *
play(struct slice list, struct slice stream, size_t portion)
{
    struct bed               b = {.now_ms = 1700000000000};
    struct clock             clock = {bed_now, bed_now, &b};
    struct fetch             fetch = {start, cancel, &b};
    struct targetsink        sink = {on_group, on_told, &b};
    struct kubernetes_config c = {.api_server = "http://k8s"};
    struct kubernetes       *k;
    struct err               err = {0};

    c.annotations = list.n % 2 == 0;
    text_init(&b.heard, 1 << 24);
    b.timers = timer_set_new(&clock);
    assert(kubernetes_new(&c, &(struct kubernetes_world){&clock, &fetch, timer_set_port(b.timers)},
                          &sink, &k, &err) == STATUS_OK);
    finish(&b, (struct fetch_result){.status = STATUS_OK, .http_code = 200, .body = list});
    watch(&b, stream, portion);
    kubernetes_free(k);
    if (b.job)
        finish(&b, (struct fetch_result){0});
    assert(timer_set_count(b.timers) == 0);
    timer_set_free(b.timers);
    hash_release(&b.begun);
    return b.heard.p ? b.heard.p : heap_new(1, 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct slice list, stream;
    char        *whole, *parts;

    if (n == 0)
        return 0;
    stream = (struct slice){(const char *)data + 1, n - 1};
    list = slice_cut(&stream, '\n');
    whole = play(list, stream, SIZE_MAX);
    parts = play(list, stream, data[0] % 64 + 1U);
    assert(strcmp(whole, parts) == 0);
    free(whole);
    free(parts);
    return 0;
}
