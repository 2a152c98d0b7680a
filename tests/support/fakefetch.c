#include "tests/support/fakefetch.h"

#include "base/heap.h"
#include "base/text.h"
#include "tests/support/check.h"

#include <stdlib.h>
#include <string.h>

struct fetch_job {
    struct fakefetch_call call;
    fetch_part_fn         part;
    fetch_done_fn         done;
    void                 *ctx;
};

struct fakefetch {
    struct fetch_job **jobs;
    size_t             n;
};

static char *
copy_of(struct slice s)
{
    char *p = heap_new(s.n + 1, 1);

    if (s.n)
        memcpy(p, s.p, s.n);
    return p;
}

static char *
headers_of(const struct fetch_request *req)
{
    struct text t;
    size_t      n;

    text_init(&t, 1 << 16);
    for (size_t i = 0; i < req->n_headers; i++)
        text_printf(&t, "%s: %s\n", req->headers[i].name, req->headers[i].value);
    return text_take(&t, &n);
}

static struct fetch_job *
fake_start(void *self, const struct fetch_request *req, fetch_done_fn done, void *ctx)
{
    struct fakefetch *f = self;
    struct fetch_job *job = heap_new(1, sizeof *job);

    snprintf(job->call.method, sizeof job->call.method, "%s", req->method);
    job->call.url = copy_of(slice_of(req->url));
    job->call.body = copy_of(req->body);
    job->call.content_type = copy_of(slice_of(req->content_type));
    job->call.headers = headers_of(req);
    job->call.timeout_ms = req->timeout_ms;
    job->call.max_reply_bytes = req->max_reply_bytes;
    job->call.open = true;
    job->part = req->part;
    job->done = done;
    job->ctx = ctx;
    f->jobs = heap_grow(f->jobs, f->n + 1, sizeof *f->jobs);
    f->jobs[f->n++] = job;
    return job;
}

static void
fake_cancel(void *self, struct fetch_job *job)
{
    (void)self;
    assert_true(job->call.open);
    job->call.cancelled = true;
}

struct fakefetch *
fakefetch_new(void)
{
    return heap_new(1, sizeof(struct fakefetch));
}

void
fakefetch_free(struct fakefetch *f)
{
    assert_int_equal(fakefetch_open(f), 0);
    for (size_t i = 0; i < f->n; i++) {
        free(f->jobs[i]->call.url);
        free(f->jobs[i]->call.body);
        free(f->jobs[i]->call.content_type);
        free(f->jobs[i]->call.headers);
        free(f->jobs[i]);
    }
    free(f->jobs);
    free(f);
}

struct fetch
fakefetch_port(struct fakefetch *f)
{
    return (struct fetch){.start = fake_start, .cancel = fake_cancel, .self = f};
}

size_t
fakefetch_count(const struct fakefetch *f)
{
    return f->n;
}

size_t
fakefetch_open(const struct fakefetch *f)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n; i++)
        n += f->jobs[i]->call.open;
    return n;
}

const struct fakefetch_call *
fakefetch_call(const struct fakefetch *f, size_t i)
{
    assert_true(i < f->n);
    return &f->jobs[i]->call;
}

bool
fakefetch_part(struct fakefetch *f, size_t i, int http_code, const char *type, struct slice part)
{
    struct fetch_job *job;

    assert_true(i < f->n && f->jobs[i]->call.open && f->jobs[i]->part);
    job = f->jobs[i];
    if (!job->call.cancelled && !job->part(job->ctx, http_code, slice_of(type), part))
        job->call.cancelled = true;
    return !job->call.cancelled;
}

void
fakefetch_answer(struct fakefetch *f, size_t i, const struct fetch_result *r)
{
    struct fetch_result cancelled = {.status = STATUS_CANCELLED, .retry_after_ms = -1};
    struct fetch_result told = *r;
    struct fetch_job   *job;

    assert_true(i < f->n && f->jobs[i]->call.open);
    job = f->jobs[i];
    if (job->part) {
        if (told.body.n && !job->call.cancelled &&
            !job->part(job->ctx, told.http_code, told.content_type, told.body))
            job->call.cancelled = true;
        told.body = (struct slice){0};
    }
    job->call.open = false;
    job->done(job->ctx, job->call.cancelled ? &cancelled : &told);
}

void
fakefetch_reply(struct fakefetch *f, size_t i, int http_code, const char *body)
{
    fakefetch_answer(f, i,
                     &(struct fetch_result){
                         .http_code = http_code, .body = slice_of(body), .retry_after_ms = -1});
}

void
fakefetch_fail(struct fakefetch *f, size_t i, enum status s, const char *why)
{
    struct fetch_result r = {.retry_after_ms = -1};

    r.status = err_set(&r.err, s, "%s", why);
    fakefetch_answer(f, i, &r);
}

void
fakefetch_settle(struct fakefetch *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->jobs[i]->call.open && f->jobs[i]->call.cancelled)
            fakefetch_fail(f, i, STATUS_CANCELLED, "");
}
