#include "telemetry/scrapebody.h"

#include "base/heap.h"
#include "promql/value.h"
#include "telemetry/bodycache.h"
#include "telemetry/scrapelabels.h"

#include <stdlib.h>
#include <string.h>

/* scrape/scrape.go, the report's samples, in its order. */
static const char *const synthetic[] = {
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
};

/* A scrape may begin a little before the time that it is told as (scrapeloop.c: 2 ms),
 * and both are rounded. */
enum { DUE_AHEAD_MS = 4 };

struct scrapebody {
    struct tsdb                   *tsdb;
    struct metadata               *metadata;
    const struct scrapebody_rules *rules;
    struct scrapelabels            labels;
    struct bodycache               cache;
    bool                           live; /* the cache's series have samples of the last scrape */
    int64_t                        newest_ms; /* of its scrapes; INT64_MIN: none yet */
    uint64_t                       synthetic[ARRAY_LEN(synthetic)];
};

struct scrapebody *
scrapebody_new(struct tsdb *t, struct metadata *m, const struct scrapebody_rules *rules,
               const struct tsdb_label *target, size_t n_target)
{
    struct scrapebody *b = heap_new(1, sizeof *b);

    b->tsdb = t;
    b->metadata = m;
    b->rules = rules;
    b->newest_ms = INT64_MIN;
    scrapelabels_init(&b->labels, t, rules, target, n_target);
    return b;
}

void
scrapebody_free(struct scrapebody *b)
{
    if (!b)
        return;
    bodycache_release(&b->cache);
    scrapelabels_release(&b->labels);
    free(b);
}

/* A sample that waits for the end of its body. */
struct sample {
    uint64_t ref;
    double   value;
    int64_t  t_ms;
    uint32_t at; /* of the series in the body */
    uint32_t n : 24;
    uint32_t type : 7; /* enum exposition_type */
    uint32_t is_new : 1;
};

/* One body on its way in. */
struct pass {
    struct scrapebody        *b;
    struct exposition         e;
    struct bodycache_pass     cache;
    struct scrapelabels_store store;
    int64_t                   t_ms;
    struct scrapebody_report *report;
    struct sample            *samples; /* as many as the cache takes lines, in its order */
    size_t                    n_samples, cap_samples;
    size_t                    n_new;
    struct slice              name; /* the last one that was asked for */
    bool                      name_kept;
};

static void
stage(struct pass *p, const struct exposition_line *l, uint64_t ref, bool is_new)
{
    if (p->n_samples == p->cap_samples) {
        p->cap_samples = p->cap_samples ? p->cap_samples * 2 : p->b->cache.n + 64;
        p->samples = heap_grow(p->samples, p->cap_samples, sizeof *p->samples);
    }
    p->samples[p->n_samples++] =
        (struct sample){.ref = ref,
                        .value = l->value,
                        .t_ms = l->has_time && p->b->rules->honor_timestamps ? l->t_ms : p->t_ms,
                        .at = (uint32_t)(l->series.p - p->e.body.p),
                        .n = l->series.n & 0xffffff,
                        .type = l->type & 0x7f,
                        .is_new = is_new};
    p->n_new += is_new;
}

static bool
is_tracked(const struct pass *p, const struct exposition_line *l)
{
    return !l->has_time || !p->b->rules->honor_timestamps;
}

/* Past the limit only the count goes on, for the report. */
static bool
is_over(const struct pass *p)
{
    return p->b->rules->sample_limit && p->report->kept > p->b->rules->sample_limit;
}

static void
take_known(struct pass *p, const struct exposition_line *l)
{
    p->report->scraped++;
    p->report->kept++;
    p->report->cache_hits++;
    if (!is_over(p))
        stage(p, l, bodycache_hit(&p->cache, l->series, is_tracked(p, l)), false);
    else
        (void)bodycache_hit(&p->cache, l->series, is_tracked(p, l));
}

static bool
ends_name(char c)
{
    return c == '{' || c == ' ' || c == '\t' || c == '\n';
}

/* A metric's name where it stands bare at the front, which is mostly that of the
 * line before; empty otherwise. */
static struct slice
bare_name(const struct pass *p, struct slice text)
{
    size_t n = p->name.n;

    if (n && n < text.n && ends_name(text.p[n]) && memcmp(text.p, p->name.p, n) == 0)
        return (struct slice){text.p, n};
    for (n = 0; n < text.n && !ends_name(text.p[n]);)
        n++;
    if (n && text.p[0] == '#')
        n = 0;
    return (struct slice){text.p, n};
}

static bool
is_kept(struct pass *p, struct slice name)
{
    if (!slice_equal(name, p->name)) {
        p->name = name;
        p->name_kept = scrapelabels_keeps(&p->b->labels, name);
    }
    return p->name_kept;
}

static enum status
take_sample(struct pass *p, const struct exposition_line *l)
{
    struct slice name = bare_name(p, l->series);
    uint64_t     ref;
    enum status  st;

    p->report->scraped++;
    if (l->series.n > BODYCACHE_MAX_SERIES_BYTES)
        return err_set(&p->report->err, STATUS_LIMIT, "a series of %zu bytes, %d are allowed",
                       l->series.n, BODYCACHE_MAX_SERIES_BYTES);
    if (name.n && !is_kept(p, name))
        return STATUS_OK;
    if (!is_over(p) && bodycache_search(&p->cache, l->series)) {
        p->report->scraped--;
        take_known(p, l);
        return STATUS_OK;
    }
    st = scrapelabels_series(&p->b->labels, l->series, l->type, &p->store, &ref, &p->report->err);
    if (st || ref == TSDB_NONE)
        return st;
    p->report->kept++;
    if (!is_over(p)) {
        bodycache_add(&p->cache, l->series, ref, is_tracked(p, l));
        stage(p, l, ref, true);
    }
    return STATUS_OK;
}

static void
take_help(struct pass *p, const struct exposition_line *l)
{
    struct scrapelabels_store *store = &p->store;

    if (store->cap < l->text.n || !store->at) {
        store->cap = l->text.n + 256;
        store->at = heap_grow(store->at, store->cap, 1);
    }
    metadata_set(p->b->metadata, l->series, EXPOSITION_UNKNOWN,
                 exposition_help(p->e.format, l->text, store->at), (struct slice){0});
}

static enum status
take(struct pass *p, const struct exposition_line *l)
{
    struct slice none = {0};

    switch (l->what) {
    case EXPOSITION_SAMPLE:
        return take_sample(p, l);
    case EXPOSITION_TYPE:
        if (p->b->metadata)
            metadata_set(p->b->metadata, l->series, l->type, none, none);
        break;
    case EXPOSITION_HELP:
        if (p->b->metadata)
            take_help(p, l);
        break;
    case EXPOSITION_UNIT:
        if (p->b->metadata)
            metadata_set(p->b->metadata, l->series, EXPOSITION_UNKNOWN, none, l->text);
        break;
    case EXPOSITION_END:
        break;
    }
    return STATUS_OK;
}

/* Whether the line can be stepped over for its name. */
static bool
skip(struct pass *p, struct slice rest)
{
    struct slice name;

    if (p->b->rules->n_keep == 0)
        return false;
    name = bare_name(p, rest);
    if (!name.n || is_kept(p, name) || !exposition_skip(&p->e))
        return false;
    p->report->scraped++;
    return true;
}

static enum status
read_body(struct pass *p)
{
    struct exposition_line line = {.what = EXPOSITION_SAMPLE};
    struct err            *err = &p->report->err;

    while (line.what != EXPOSITION_END) {
        struct slice rest = exposition_rest(&p->e);
        size_t       n = bodycache_expected(&p->cache, rest);
        enum status  st = STATUS_NOT_FOUND;

        if (n)
            st = exposition_known(&p->e, n, &line, err);
        if (st == STATUS_OK) {
            take_known(p, &line);
            continue;
        }
        if (st != STATUS_NOT_FOUND)
            return st;
        if (skip(p, rest))
            continue;
        st = exposition_next(&p->e, &line, err);
        if (st == STATUS_OK)
            st = take(p, &line);
        if (st)
            return st;
    }
    if (is_over(p))
        return err_set(err, STATUS_LIMIT, "sample_limit: %u samples, %u are allowed",
                       p->report->kept, p->b->rules->sample_limit);
    return STATUS_OK;
}

/* The series of a line was collected, for it had no samples in a long time. */
static enum status
append_again(struct pass *p, size_t i)
{
    struct sample *s = &p->samples[i];
    enum status    st;

    st = scrapelabels_series(&p->b->labels, (struct slice){p->e.body.p + s->at, s->n},
                             (enum exposition_type)s->type, &p->store, &s->ref, &p->report->err);
    if (st)
        return st;
    p->b->cache.lines[i].ref = s->ref;
    return tsdb_append(p->b->tsdb, s->ref, s->t_ms, s->value);
}

static void
count_refusal(struct pass *p, enum status st)
{
    struct scrapebody_report *r = p->report;

    if (st == STATUS_CONFLICT)
        r->duplicates++;
    else if (st != STATUS_RANGE)
        r->status = err_set(&r->err, st, "the series store has no room for all samples");
    else if (tsdb_why(p->b->tsdb) == TSDB_OUT_OF_ORDER)
        r->out_of_order++;
    else
        r->too_old++;
}

static void
append_samples(struct pass *p)
{
    for (size_t i = 0; i < p->n_samples; i++) {
        const struct sample *s = &p->samples[i];
        enum status          st = tsdb_append(p->b->tsdb, s->ref, s->t_ms, s->value);

        if (st == STATUS_NOT_FOUND)
            st = append_again(p, i);
        if (st)
            count_refusal(p, st);
    }
}

static int
compare_refs(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Lines that only stand elsewhere now are neither new nor gone. */
static void
find_moved(struct pass *p)
{
    struct bodycache_pass *c = &p->cache;

    p->report->added = (uint32_t)p->n_new;
    if (!c->n_gone || !p->n_new)
        return;
    qsort(c->gone, c->n_gone, sizeof *c->gone, compare_refs);
    for (size_t i = 0; i < p->n_samples; i++) {
        uint64_t *at = p->samples[i].is_new ? bsearch(&p->samples[i].ref, c->gone, c->n_gone,
                                                      sizeof *c->gone, compare_refs)
                                            : NULL;

        if (at)
            p->report->added--;
    }
}

/* Refused where the series has a sample of that time: it stands elsewhere, or
 * twice.  Refusals are no news, as in Prometheus. */
static void
make_stale(struct scrapebody *b, const uint64_t *refs, size_t n, int64_t t_ms)
{
    for (size_t i = 0; i < n; i++)
        if (tsdb_check(b->tsdb, refs[i], t_ms, value_absent()) == STATUS_OK)
            (void)!tsdb_append(b->tsdb, refs[i], t_ms, value_absent());
}

static void
make_all_stale(struct scrapebody *b, int64_t t_ms)
{
    for (uint32_t i = 0; i < b->cache.n && b->live; i++)
        if (b->cache.lines[i].tracked)
            make_stale(b, &b->cache.lines[i].ref, 1, t_ms);
    b->live = false;
}

static void
append_synthetic(struct scrapebody *b, size_t i, int64_t t_ms, double value)
{
    enum status st =
        b->synthetic[i] ? tsdb_append(b->tsdb, b->synthetic[i], t_ms, value) : STATUS_NOT_FOUND;

    if (st == STATUS_NOT_FOUND &&
        scrapelabels_synthetic(&b->labels, synthetic[i], &b->synthetic[i], NULL) == STATUS_OK)
        (void)!tsdb_append(b->tsdb, b->synthetic[i], t_ms, value);
}

static void
tell(struct scrapebody *b, int64_t t_ms, int64_t took_ms, const struct scrapebody_report *r)
{
    const double values[ARRAY_LEN(synthetic)] = {
        r->status == STATUS_OK, (double)took_ms / 1000, r->scraped, r->kept, r->added,
    };

    for (size_t i = 0; i < ARRAY_LEN(synthetic); i++)
        append_synthetic(b, i, t_ms, values[i]);
    if (t_ms > b->newest_ms)
        b->newest_ms = t_ms;
    tsdb_commit(b->tsdb);
}

/* Two samples of one series in a body that is well formed otherwise are no
 * failure: the first counts. */
static void
apply(struct pass *p)
{
    struct scrapebody *b = p->b;

    p->report->status = read_body(p);
    if (!p->report->status && tsdb_reserve(b->tsdb))
        p->report->status = err_set(&p->report->err, STATUS_LIMIT,
                                    "the series store has no room for all samples: raise "
                                    "max_bytes or shorten the retention");
    if (p->report->status) {
        p->report->added = (uint32_t)p->n_new;
        make_all_stale(b, p->t_ms);
        return;
    }
    bodycache_end(&p->cache);
    find_moved(p);
    append_samples(p);
    if (b->live)
        make_stale(b, p->cache.gone, p->cache.n_gone, p->t_ms);
    b->live = true;
}

/* Its own last scrape was later than this one; or, after a restart, up as it was left
 * is from after this one's end.  A sample from before that may be of another target
 * with the same labels, which was quicker. */
static bool
is_set_back(struct scrapebody *b, int64_t t_ms, int64_t end_ms)
{
    if (t_ms < b->newest_ms)
        return true;
    if (!b->synthetic[0] &&
        scrapelabels_synthetic(&b->labels, synthetic[0], &b->synthetic[0], NULL))
        return false;
    return tsdb_check(b->tsdb, b->synthetic[0], end_ms, 1) == STATUS_RANGE &&
           tsdb_why(b->tsdb) != TSDB_TOO_FAR;
}

/* All of it came before what is there: not the target is at fault, but who asks now
 * would be told of the past. */
static void
check_time(struct scrapebody *b, int64_t t_ms, int64_t took_ms, struct scrapebody_report *r)
{
    if (r->status || !r->kept || r->out_of_order + r->too_old != r->kept)
        return;
    if (is_set_back(b, t_ms, t_ms + took_ms + DUE_AHEAD_MS))
        r->status =
            err_set(&r->err, STATUS_RANGE,
                    "no sample is newer than those that are there: this machine's clock was "
                    "set back; wait until it has caught up, or start without the snapshot");
}

void
scrapebody_apply(struct scrapebody *b, enum exposition_format format, struct slice body,
                 int64_t t_ms, int64_t took_ms, struct scrapebody_report *report)
{
    struct pass p = {.b = b,
                     .e = {.format = format, .body = body},
                     .cache = {.cache = &b->cache},
                     .t_ms = t_ms,
                     .report = report};

    *report = (struct scrapebody_report){0};
    if (body.n >= UINT32_MAX)
        report->status = err_set(&report->err, STATUS_TOO_LARGE, "a body of %zu bytes", body.n);
    if (body.n == 0 || report->status)
        make_all_stale(b, t_ms); /* nothing at all, even without # EOF, is taken as such */
    else
        apply(&p);
    check_time(b, t_ms, took_ms, report);
    tell(b, t_ms, took_ms, report);
    bodycache_release_pass(&p.cache);
    free(p.store.at);
    free(p.samples);
}

void
scrapebody_failed(struct scrapebody *b, int64_t t_ms, int64_t took_ms)
{
    const struct scrapebody_report r = {.status = STATUS_UNREACHABLE};

    make_all_stale(b, t_ms);
    tell(b, t_ms, took_ms, &r);
}

void
scrapebody_gone(struct scrapebody *b, int64_t t_ms)
{
    make_all_stale(b, t_ms);
    for (size_t i = 0; i < ARRAY_LEN(synthetic); i++)
        if (b->synthetic[i])
            make_stale(b, &b->synthetic[i], 1, t_ms);
    tsdb_commit(b->tsdb);
}
