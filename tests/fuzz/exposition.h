/* exposition.h - what must hold of any body that exposition.h reads, in either
 * format; shared by the targets of both. */
#ifndef TESTS_FUZZ_EXPOSITION_H
#define TESTS_FUZZ_EXPOSITION_H

#include "telemetry/exposition.h"
#include "telemetry/serieslabels.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void
exposition_inside(struct slice body, struct slice s)
{
    assert(s.n == 0 || (s.p >= body.p && s.p + s.n <= body.p + body.n));
}

/* A series that was read can be taken apart, and what it is made of is UTF-8. */
static void
exposition_sample(struct exposition *e, const struct exposition_line *l)
{
    struct tsdb_label *labels = calloc(64, sizeof *labels);
    size_t             n = 0, room = l->series.n + SERIESLABELS_EXTRA_BYTES;
    char              *store = malloc(room);
    struct err         err = {0};
    enum status        s;

    exposition_inside(e->body, l->series);
    assert(l->series.n > 0);
    s = serieslabels_read(l->series, l->type, labels, 64, &n, store, room, &err);
    assert(s == STATUS_OK || s == STATUS_LIMIT);
    for (size_t i = 0; i < n && s == STATUS_OK; i++)
        for (struct slice v = labels[i].value; v.n;)
            assert(slice_utf8(slice_cut(&v, '\0')));
    free(store);
    free(labels);
}

/* The same line read again as a known one says the same. */
static void
exposition_again(struct exposition before, const struct exposition *after,
                 const struct exposition_line *l)
{
    struct exposition_line again = {0};
    struct err             err = {0};
    enum status            s;

    before.at = (size_t)(l->series.p - before.body.p);
    s = exposition_known(&before, l->series.n, &again, &err);
    if (s == STATUS_NOT_FOUND) /* a bare name with its value right behind it */
        return;
    assert(s == STATUS_OK && before.at == after->at);
    assert(again.has_time == l->has_time && (!l->has_time || again.t_ms == l->t_ms));
    assert(memcmp(&again.value, &l->value, sizeof l->value) == 0);
    assert(slice_equal(again.series, l->series) && again.type == l->type);
}

/* A line that can be skipped is skipped to where reading it ends. */
static void
exposition_skipped(struct exposition before, const struct exposition *after)
{
    if (exposition_skip(&before))
        assert(before.at == after->at);
}

static void
exposition_read(enum exposition_format format, struct slice body)
{
    char             *copy = malloc(body.n ? body.n : 1);
    struct exposition e = {.format = format, .body = {copy, body.n}};

    if (body.n)
        memcpy(copy, body.p, body.n);
    for (;;) {
        struct exposition      before = e;
        struct exposition_line l = {0};
        struct err             err = {0};
        enum status            s = exposition_next(&e, &l, &err);

        assert(s == err.status);
        if (s || l.what == EXPOSITION_END)
            break;
        assert(e.at > before.at && e.at <= e.body.n);
        if (l.what == EXPOSITION_SAMPLE) {
            exposition_sample(&e, &l);
            before.type = l.type;
            exposition_again(before, &e, &l);
            before.at = (size_t)(l.series.p - e.body.p);
            exposition_skipped(before, &e);
        } else if (l.what == EXPOSITION_HELP) {
            char *store = malloc(l.text.n + 1);

            assert(exposition_help(format, l.text, store).n <= l.text.n);
            free(store);
        }
    }
    free(copy);
}

#endif
