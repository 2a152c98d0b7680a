#include "telemetry/textimport.h"

#include "base/heap.h"
#include "telemetry/bodycache.h"
#include "telemetry/scrapelabels.h"

#include <stdlib.h>
#include <string.h>

enum {
    READ_BYTES = 256 << 10,
    MAX_CACHE_BYTES = 64 << 20, /* of known lines; past it they are learnt anew */
};

/* Dumps come in the order of series, each with all its samples, or in that of
 * times, with the same series in each round.  The first needs the last line only;
 * rounds are read as the bodies of a target are. */
struct textimport {
    struct tsdb             *tsdb;
    struct metadata         *metadata;
    struct bytestream        stream;
    int64_t                  now_ms;
    struct scrapebody_rules  rules;
    struct scrapelabels      labels; /* of no target */
    enum exposition_type     type;
    struct textimport_report report;
    bool                     over;

    char  *text; /* READ_BYTES behind the longest line */
    size_t n;    /* of it read and not yet applied */

    struct bodycache          known;
    struct bodycache_pass     round;
    struct scrapelabels_store store;
    char                     *first; /* of the round: where it comes again, the next begins */
    size_t                    n_first;
    char                     *last; /* series of the line before */
    size_t                    n_last, cap_last;
    uint64_t                  last_ref;
};

struct textimport *
textimport_new(struct tsdb *t, struct metadata *m, const struct bytestream *stream, int64_t now_ms)
{
    struct textimport *i = heap_new(1, sizeof *i);

    i->tsdb = t;
    i->metadata = m;
    i->stream = *stream;
    i->now_ms = now_ms;
    i->text = heap_new(TEXTIMPORT_MAX_LINE_BYTES + READ_BYTES, 1);
    i->round.cache = &i->known;
    scrapelabels_init(&i->labels, t, &i->rules, NULL, 0);
    return i;
}

void
textimport_free(struct textimport *i)
{
    if (!i)
        return;
    i->stream.close(i->stream.self);
    scrapelabels_release(&i->labels);
    bodycache_release_pass(&i->round);
    bodycache_release(&i->known);
    free(i->store.at);
    free(i->first);
    free(i->last);
    free(i->text);
    free(i);
}

const struct textimport_report *
textimport_report(const struct textimport *i)
{
    return &i->report;
}

static void
remember(struct textimport *i, struct slice series, uint64_t ref)
{
    if (i->cap_last < series.n) {
        i->cap_last = series.n * 2;
        i->last = heap_grow(i->last, i->cap_last, 1);
    }
    memcpy(i->last, series.p, series.n);
    i->n_last = series.n;
    i->last_ref = ref;
}

static void
next_round(struct textimport *i, struct slice series)
{
    bodycache_end(&i->round);
    bodycache_release_pass(&i->round);
    if (bodycache_bytes(&i->known) > MAX_CACHE_BYTES)
        bodycache_release(&i->known);
    i->round = (struct bodycache_pass){.cache = &i->known};
    i->first = heap_grow(i->first, series.n, 1);
    memcpy(i->first, series.p, series.n);
    i->n_first = series.n;
}

/* What a round has learnt is bounded, too. */
static bool
begins_round(const struct textimport *i, struct slice series)
{
    return !i->n_first || bodycache_bytes(&i->round.next) > MAX_CACHE_BYTES ||
           slice_equal(series, (struct slice){i->first, i->n_first});
}

static enum status
series_of(struct textimport *i, const struct exposition_line *l, uint64_t *ref)
{
    enum status st;

    if (l->series.n > BODYCACHE_MAX_SERIES_BYTES)
        return err_set(&i->report.err, STATUS_LIMIT, "a series of %zu bytes", l->series.n);
    if (begins_round(i, l->series))
        next_round(i, l->series);
    if (bodycache_search(&i->round, l->series)) {
        *ref = bodycache_hit(&i->round, l->series, false);
        return STATUS_OK;
    }
    st = scrapelabels_series(&i->labels, l->series, l->type, &i->store, ref, &i->report.err);
    if (st == STATUS_OK)
        bodycache_add(&i->round, l->series, *ref, false);
    return st;
}

/* Collected since it was seen last: an import may take its time. */
static enum status
append_again(struct textimport *i, const struct exposition_line *l, int64_t t_ms)
{
    uint64_t    ref;
    enum status st =
        scrapelabels_series(&i->labels, l->series, l->type, &i->store, &ref, &i->report.err);

    if (st)
        return st;
    bodycache_renew(&i->round, ref);
    i->last_ref = ref;
    return tsdb_append(i->tsdb, ref, t_ms, l->value);
}

static enum status
take_sample(struct textimport *i, const struct exposition_line *l, uint64_t ref)
{
    int64_t     t_ms = l->has_time ? l->t_ms : i->now_ms;
    enum status st = tsdb_append(i->tsdb, ref, t_ms, l->value);

    if (st == STATUS_NOT_FOUND)
        st = append_again(i, l, t_ms);
    if (st == STATUS_OK)
        i->report.samples++;
    else if (st == STATUS_CONFLICT)
        i->report.duplicates++;
    else if (st != STATUS_RANGE)
        return err_set(&i->report.err, st, "the series store has no room for more samples");
    else if (tsdb_why(i->tsdb) == TSDB_OUT_OF_ORDER)
        i->report.out_of_order++;
    else
        i->report.out_of_bounds++;
    return STATUS_OK;
}

static void
take_family(struct textimport *i, const struct exposition_line *l)
{
    struct slice none = {0}, help = none;

    if (!i->metadata)
        return;
    if (l->what == EXPOSITION_HELP) {
        if (i->store.cap < l->text.n || !i->store.at) {
            i->store.cap = l->text.n + 256;
            i->store.at = heap_grow(i->store.at, i->store.cap, 1);
        }
        help = exposition_help(EXPOSITION_TEXT, l->text, i->store.at);
    }
    metadata_set(i->metadata, l->series, l->what == EXPOSITION_TYPE ? l->type : EXPOSITION_UNKNOWN,
                 help, none);
}

/* A line that begins with a series that is known: that of the line before, or the
 * next of the round.  STATUS_NOT_FOUND: it does not. */
static enum status
take_known(struct textimport *i, struct exposition *e)
{
    struct slice           rest = exposition_rest(e);
    struct exposition_line line;
    enum status            st = STATUS_NOT_FOUND;
    uint64_t               ref = i->last_ref;
    size_t                 n = i->n_last;

    if (n && n < rest.n && memcmp(rest.p, i->last, n) == 0)
        st = exposition_known(e, n, &line, &i->report.err);
    if (st == STATUS_NOT_FOUND) {
        n = bodycache_expected(&i->round, rest);
        if (n)
            st = exposition_known(e, n, &line, &i->report.err);
        if (st)
            return st;
        ref = bodycache_hit(&i->round, line.series, false);
        remember(i, line.series, ref);
    }
    return st ? st : take_sample(i, &line, ref);
}

static enum status
take_lines(struct textimport *i, struct exposition *e)
{
    struct exposition_line line = {.what = EXPOSITION_SAMPLE};

    while (line.what != EXPOSITION_END) {
        enum status st = take_known(i, e);
        uint64_t    ref;

        if (st == STATUS_OK)
            continue;
        if (st == STATUS_NOT_FOUND)
            st = exposition_next(e, &line, &i->report.err);
        if (st)
            return st;
        if (line.what == EXPOSITION_TYPE || line.what == EXPOSITION_HELP)
            take_family(i, &line);
        if (line.what != EXPOSITION_SAMPLE)
            continue;
        st = series_of(i, &line, &ref);
        if (st)
            return st;
        remember(i, line.series, ref);
        st = take_sample(i, &line, ref);
        if (st)
            return st;
    }
    return STATUS_OK;
}

static uint64_t
count_lines(struct slice text)
{
    uint64_t n = 0;

    while (text.n) {
        slice_cut(&text, '\n');
        n++;
    }
    return n;
}

static void
apply(struct textimport *i, size_t bytes)
{
    struct exposition e = {.format = EXPOSITION_TEXT,
                           .body = {i->text, bytes},
                           .lines_above = i->report.lines,
                           .in_parts = true,
                           .type = i->type};

    i->report.status = take_lines(i, &e);
    i->report.lines += count_lines((struct slice){i->text, bytes});
    i->type = e.type;
    bodycache_hold(&i->round);
    memmove(i->text, i->text + bytes, i->n - bytes);
    i->n -= bytes;
}

/* *bytes: how many were read; 0 at the end. */
static enum status
read_more(struct textimport *i, size_t room, size_t *bytes)
{
    *bytes = 0;
    if (i->n > TEXTIMPORT_MAX_LINE_BYTES)
        return err_set(&i->report.err, STATUS_LIMIT, "line %zu has more than %d bytes",
                       (size_t)i->report.lines + 1, TEXTIMPORT_MAX_LINE_BYTES);
    return i->stream.read(i->stream.self, i->text + i->n, room < READ_BYTES ? room : READ_BYTES,
                          bytes, &i->report.err);
}

bool
textimport_step(struct textimport *i, size_t max_bytes)
{
    for (size_t done = 0, n; !i->over && done < max_bytes; done += n) {
        const char *nl;

        i->report.status = read_more(i, max_bytes - done, &n);
        if (i->report.status == STATUS_OK) {
            i->n += n;
            nl = memrchr(i->text, '\n', i->n);
            if (n == 0 || nl)
                apply(i, n ? (size_t)(nl + 1 - i->text) : i->n);
        }
        i->over = i->report.status || n == 0;
    }
    tsdb_commit(i->tsdb);
    return !i->over;
}
