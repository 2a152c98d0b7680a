/* Imports: however a text is cut into portions, it leaves the same series and the
 * same report. */
#include "telemetry/textimport.h"
#include "tests/support/sourcedump.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define NOW_MS INT64_C(1700000000000)

static int64_t
constant(void *self)
{
    (void)self;
    return NOW_MS;
}

static const struct clock clock_of_test = {constant, constant, NULL};

struct stream {
    struct slice rest;
    size_t       portion;
};

static enum status
read_stream(void *self, char *out, size_t room, size_t *n, struct err *err)
{
    struct stream *s = self;

    (void)err;
    *n = s->portion < room ? s->portion : room;
    *n = *n < s->rest.n ? *n : s->rest.n;
    if (*n)
        memcpy(out, s->rest.p, *n);
    s->rest = (struct slice){s->rest.p + *n, s->rest.n - *n};
    return STATUS_OK;
}

static void
close_stream(void *self)
{
    (void)self;
}

static char *
import(struct slice text, size_t portion, struct textimport_report *report)
{
    struct tsdb       *t = tsdb_new(&(struct tsdb_limits){0}, &clock_of_test);
    struct metadata   *m = metadata_new();
    struct stream      s = {text, portion};
    struct bytestream  stream = {read_stream, close_stream, &s};
    struct textimport *i = textimport_new(t, m, &stream, NOW_MS);
    char              *out;

    while (textimport_step(i, portion * 3))
        continue;
    *report = *textimport_report(i);
    assert(report->status == report->err.status);
    out = sourcedump_text(tsdb_source(t),
                          &(struct sourcedump){.min_ms = INT64_MIN, .max_ms = INT64_MAX});
    textimport_free(i);
    metadata_free(m);
    tsdb_free(t);
    return out;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct textimport_report whole, parts;
    struct slice             text = {(const char *)data + 1, n - 1};
    char                    *want, *got;

    if (n == 0)
        return 0;
    want = import(text, 1 << 20, &whole);
    got = import(text, data[0] + 1U, &parts);
    assert(strcmp(want, got) == 0);
    assert(strcmp(whole.err.text, parts.err.text) == 0 && whole.samples == parts.samples);
    assert(whole.duplicates == parts.duplicates && whole.out_of_order == parts.out_of_order);
    free(want);
    free(got);
    return 0;
}
