#include "telemetry/remotewrite.h"

#include "base/heap.h"
#include "telemetry/writecache.h"
#include "telemetry/writerequest.h"

#include <snappy-c.h>
#include <stdlib.h>

enum {
    KEPT_BYTES = 4 << 20, /* of the buffer to unpack into, from request to request */
    MIN_KNOWN = 65536,    /* labels that are recognised besides twice the live series */
    /* The longest copy is 64 bytes and takes 3 (format_description.txt, 2.2). */
    BEST_RATIO = 22,
    SERIES_TEXT_BYTES = 64 * 1024,
};

struct remotewrite {
    struct tsdb        *t;
    struct metadata    *m;
    struct writerequest req;
    struct writecache   known;
    size_t              max_known;
    uint64_t           *refs; /* of the request's series; TSDB_NONE: left out */
    size_t              cap_refs;
    char               *unpacked;
    size_t              cap_unpacked;
};

struct remotewrite *
remotewrite_new(struct tsdb *t, struct metadata *m)
{
    struct remotewrite *w = heap_new(1, sizeof *w);

    w->t = t;
    w->m = m;
    return w;
}

void
remotewrite_free(struct remotewrite *w)
{
    if (!w)
        return;
    writerequest_release(&w->req);
    writecache_release(&w->known);
    free(w->refs);
    free(w->unpacked);
    free(w);
}

/* The store's word on a series that it does not take. */
static void
leave_out(const struct writerequest_series *s, const struct err *why, struct remotewrite_report *r)
{
    if (why->status != STATUS_LIMIT) {
        r->invalid_series++;
        return;
    }
    r->over_limit += s->n_samples;
    (void)err_set(&r->err, STATUS_LIMIT, "%s", why->text);
}

/* By its labels, the long way.  *ref TSDB_NONE: it is left out.  STATUS_SYNTAX:
 * what stands there are no labels, so the message is none. */
static enum status
look_up(struct remotewrite *w, const struct writerequest_series *s, struct hash_pair key,
        uint64_t *ref, struct remotewrite_report *r)
{
    struct tsdb_label labels[REMOTEWRITE_MAX_LABELS];
    struct err        why = {0};
    enum status       st;

    *ref = TSDB_NONE;
    if (s->n_labels > REMOTEWRITE_MAX_LABELS) {
        (void)err_set(&why, STATUS_LIMIT, "a series has %u labels: at most %d are taken",
                      s->n_labels, REMOTEWRITE_MAX_LABELS);
        leave_out(s, &why, r);
        return STATUS_OK;
    }
    st = writerequest_labels(s, labels, &why);
    if (st) {
        r->err = why; /* worse than what a limit said before */
        return st;
    }
    if (tsdb_series(w->t, labels, s->n_labels, ref, &why)) {
        *ref = TSDB_NONE;
        leave_out(s, &why, r);
    } else if (s->labels.n) {
        writecache_put(&w->known, key, *ref, w->max_known);
    }
    return STATUS_OK;
}

/* The words are those of Prometheus's storage/errors.go, and what it says of
 * samples that are too far ahead (storage/remote/write_handler.go). */
static const char *
words(enum tsdb_refusal why)
{
    switch (why) {
    case TSDB_OUT_OF_ORDER:
        return "out of order sample";
    case TSDB_DUPLICATE:
        return "duplicate sample for timestamp";
    case TSDB_TOO_OLD:
        return "out of bounds";
    case TSDB_TOO_FAR:
        return "out of bounds: timestamp is too far in the future";
    case TSDB_OUT_OF_SPACE:
        return "the memory limit of this source is reached";
    case TSDB_COLLECTED:
        return "the series was just removed";
    case TSDB_N_REFUSALS:
        break;
    }
    return "not taken";
}

/* Refuse the whole request for this sample. */
static enum status
clash(struct remotewrite *w, uint64_t ref, int64_t t_ms, struct remotewrite_report *r)
{
    const char        *why = words(tsdb_why(w->t));
    struct arena       a = {0};
    struct labels_pool pool;
    struct labels      set = {0};
    struct text        name;
    char               at[CLOCK_RFC3339_BYTES];

    labels_pool_init(&pool, &a, tsdb_symbols(w->t), SERIES_TEXT_BYTES);
    text_init(&name, SERIES_TEXT_BYTES);
    if (tsdb_labels(w->t, ref, &set))
        labels_write_series(&pool, set, &name);
    clock_rfc3339(t_ms, at);
    r->err = (struct err){0};
    (void)err_set(&r->err, STATUS_CONFLICT, "%s: %.180s at %s", why, name.p, at);
    text_release(&name);
    arena_release(&a);
    return STATUS_CONFLICT;
}

/* Whether all samples of one series would be taken, each by itself: samples of
 * one request that clash with each other are dropped one by one, as there.
 * STATUS_NOT_FOUND: the series was collected. */
static enum status
check_series(struct remotewrite *w, const struct writerequest_series *s, uint64_t ref,
             struct remotewrite_report *r)
{
    for (uint32_t i = 0; i < s->n_samples; i++) {
        const struct writerequest_sample *one = &w->req.samples[s->first_sample + i];
        enum status                       st = tsdb_check(w->t, ref, one->t_ms, one->value);

        if (st == STATUS_NOT_FOUND)
            return st;
        if (st)
            return clash(w, ref, one->t_ms, r);
    }
    return STATUS_OK;
}

/* Find every series and ask about every sample; nothing is appended yet. */
static enum status
prepare(struct remotewrite *w, struct remotewrite_report *r)
{
    for (size_t i = 0; i < w->req.n_series; i++) {
        const struct writerequest_series *s = &w->req.series[i];
        struct hash_pair                  key = {0};
        enum status                       st = STATUS_NOT_FOUND;

        w->refs[i] = TSDB_NONE;
        r->histograms += s->n_histograms;
        if (s->n_samples == 0)
            continue;
        if (s->labels.n) {
            key = hash_bytes_pair(s->labels);
            w->refs[i] = writecache_get(&w->known, key);
        }
        if (w->refs[i])
            st = check_series(w, s, w->refs[i], r);
        if (st == STATUS_NOT_FOUND) {
            st = look_up(w, s, key, &w->refs[i], r);
            if (!st && w->refs[i])
                st = check_series(w, s, w->refs[i], r);
        }
        if (st)
            return st;
    }
    return STATUS_OK;
}

static void
append_series(struct remotewrite *w, const struct writerequest_series *s, uint64_t ref,
              struct remotewrite_report *r)
{
    r->series++;
    for (uint32_t i = 0; i < s->n_samples; i++) {
        const struct writerequest_sample *one = &w->req.samples[s->first_sample + i];
        enum status                       st = tsdb_append(w->t, ref, one->t_ms, one->value);

        if (!st) {
            r->samples++;
        } else if (st == STATUS_LIMIT) {
            r->over_limit++;
            (void)err_set(&r->err, st, "%s", words(tsdb_why(w->t)));
        } else {
            r->dropped++;
        }
    }
}

static void
apply(struct remotewrite *w, struct remotewrite_report *r)
{
    for (size_t i = 0; i < w->req.n_series; i++)
        if (w->refs[i])
            append_series(w, &w->req.series[i], w->refs[i], r);
    for (size_t i = 0; i < w->req.n_metadata; i++) {
        const struct writerequest_metadata *m = &w->req.metadata[i];

        if (m->family.n && slice_utf8(m->family) && slice_utf8(m->help) && slice_utf8(m->unit))
            metadata_set(w->m, m->family, m->type, m->help, m->unit);
    }
    tsdb_commit(w->t);
}

static enum status
read_and_apply(struct remotewrite *w, struct slice message, struct remotewrite_report *r)
{
    enum status st = writerequest_read(&w->req, message, &r->err);

    if (st)
        return st;
    if (w->req.n_series > w->cap_refs) {
        w->cap_refs = w->req.cap_series;
        w->refs = heap_grow(w->refs, w->cap_refs, sizeof *w->refs);
    }
    w->max_known = 2 * (size_t)tsdb_stats(w->t).series + MIN_KNOWN;
    st = prepare(w, r);
    if (st)
        r->refused = (uint32_t)w->req.n_samples;
    else
        apply(w, r);
    return st;
}

void
remotewrite_apply_message(struct remotewrite *w, struct slice message, struct remotewrite_report *r)
{
    *r = (struct remotewrite_report){.http_code = 204};
    if (read_and_apply(w, message, r) || r->over_limit)
        r->http_code = 400;
    writerequest_trim(&w->req);
    if (w->cap_refs > w->req.cap_series) {
        free(w->refs);
        w->refs = NULL;
        w->cap_refs = 0;
    }
}

/* The length a block claims is believed only where its own length allows it. */
static enum status
unpacked_length(struct slice body, size_t *n, struct err *err)
{
    if (snappy_uncompressed_length(body.p, body.n, n) != SNAPPY_OK)
        return err_set(err, STATUS_SYNTAX, "snappy: corrupt input");
    if (*n > REMOTEWRITE_MAX_BYTES)
        return err_set(err, STATUS_LIMIT,
                       "snappy: the block claims %zu bytes; at most %d are unpacked: send less at "
                       "a time",
                       *n, REMOTEWRITE_MAX_BYTES);
    if (*n / BEST_RATIO > body.n)
        return err_set(err, STATUS_SYNTAX, "snappy: corrupt input");
    return STATUS_OK;
}

void
remotewrite_apply(struct remotewrite *w, struct slice body, struct remotewrite_report *r)
{
    size_t n;

    *r = (struct remotewrite_report){.http_code = 400};
    if (unpacked_length(body, &n, &r->err))
        return;
    if (n > w->cap_unpacked || !w->unpacked) {
        free(w->unpacked);
        w->cap_unpacked = n ? n : 1;
        w->unpacked = heap_new(w->cap_unpacked, 1);
    }
    if (snappy_uncompress(body.p, body.n, w->unpacked, &n) != SNAPPY_OK)
        (void)err_set(&r->err, STATUS_SYNTAX, "snappy: corrupt input");
    else
        remotewrite_apply_message(w, (struct slice){w->unpacked, n}, r);
    if (w->cap_unpacked > KEPT_BYTES) {
        free(w->unpacked);
        w->unpacked = NULL;
        w->cap_unpacked = 0;
    }
}

size_t
remotewrite_bytes(const struct remotewrite *w)
{
    return w->known.cap * sizeof *w->known.slots + writerequest_bytes(&w->req) +
           w->cap_refs * sizeof *w->refs + w->cap_unpacked;
}
