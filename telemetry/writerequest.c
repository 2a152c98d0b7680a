#include "telemetry/writerequest.h"

#include "base/heap.h"
#include "telemetry/protoread.h"

#include <stdlib.h>

enum { KEPT_SERIES = 16384, KEPT_SAMPLES = 65536 };

/* One more place in an array that is grown by doubling; over max: false. */
static bool
make_room(void **at, size_t *cap, size_t n, size_t item_bytes, size_t max)
{
    if (n == max)
        return false;
    if (n == *cap) {
        *cap = *cap ? *cap * 2 : 256;
        *at = heap_grow(*at, *cap, item_bytes);
    }
    return true;
}

static enum status
not_one(struct err *err, const char *what, const char *why)
{
    return err_set(err, STATUS_SYNTAX, "this is no remote write 1.0 message: %s %s", what, why);
}

static enum status
too_many(struct err *err, const char *what, size_t max)
{
    return err_set(err, STATUS_LIMIT, "over %zu %s in one request: send less at a time", max, what);
}

static enum status
read_sample(struct writerequest *w, struct slice body, struct err *err)
{
    struct protoread           r = protoread_of(body);
    struct protoread_field     f;
    struct writerequest_sample s = {0};

    while (protoread_next(&r, &f)) {
        if (f.number == 1 && f.wire == PROTOREAD_FIXED64)
            memcpy(&s.value, &f.value, sizeof s.value);
        else if (f.number == 2 && f.wire == PROTOREAD_VARINT)
            s.t_ms = (int64_t)f.value;
        else if (f.number <= 2)
            return not_one(err, "a sample", "has a field of another type");
    }
    if (r.bad)
        return not_one(err, "a sample", "is cut off or broken");
    if (!make_room((void **)&w->samples, &w->cap_samples, w->n_samples, sizeof *w->samples,
                   WRITEREQUEST_MAX_SAMPLES))
        return too_many(err, "samples", WRITEREQUEST_MAX_SAMPLES);
    w->samples[w->n_samples++] = s;
    return STATUS_OK;
}

/* Labels that follow each other are one run of bytes. */
static void
extend_labels(struct writerequest_series *s, const unsigned char *from, const unsigned char *to)
{
    const char *begin = (const char *)from;

    if (s->n_labels++ == 0)
        s->labels = (struct slice){begin, (size_t)(to - from)};
    else if (s->labels.p && s->labels.p + s->labels.n == begin)
        s->labels.n += (size_t)(to - from);
    else
        s->labels = (struct slice){0};
}

static enum status
read_series(struct writerequest *w, struct slice body, struct err *err)
{
    struct protoread           r = protoread_of(body);
    struct protoread_field     f;
    struct writerequest_series s = {.body = body, .first_sample = (uint32_t)w->n_samples};
    const unsigned char       *from = r.p;

    for (; protoread_next(&r, &f); from = r.p) {
        enum status st = STATUS_OK;

        if (f.number >= 1 && f.number <= 4 && f.wire != PROTOREAD_BYTES)
            return not_one(err, "a series", "has a field of another type");
        if (f.number == 1) {
            extend_labels(&s, from, r.p);
        } else if (f.number == 2) {
            st = read_sample(w, f.bytes, err);
        } else if (f.number == 4) {
            s.n_histograms++;
        }
        if (st)
            return st;
    }
    if (r.bad)
        return not_one(err, "a series", "is cut off or broken");
    if (!make_room((void **)&w->series, &w->cap_series, w->n_series, sizeof *w->series,
                   WRITEREQUEST_MAX_SERIES))
        return too_many(err, "series", WRITEREQUEST_MAX_SERIES);
    s.n_samples = (uint32_t)w->n_samples - s.first_sample;
    w->series[w->n_series++] = s;
    return STATUS_OK;
}

/* types.proto, MetricMetadata.MetricType. */
static enum exposition_type
type_of(uint64_t number)
{
    static const enum exposition_type types[] = {
        EXPOSITION_UNKNOWN,         EXPOSITION_COUNTER, EXPOSITION_GAUGE, EXPOSITION_HISTOGRAM,
        EXPOSITION_GAUGE_HISTOGRAM, EXPOSITION_SUMMARY, EXPOSITION_INFO,  EXPOSITION_STATE_SET,
    };

    return number < ARRAY_LEN(types) ? types[number] : EXPOSITION_UNKNOWN;
}

static enum status
read_metadata(struct writerequest *w, struct slice body, struct err *err)
{
    struct protoread             r = protoread_of(body);
    struct protoread_field       f;
    struct writerequest_metadata m = {.type = EXPOSITION_UNKNOWN};

    while (protoread_next(&r, &f)) {
        if (f.number == 1 && f.wire == PROTOREAD_VARINT)
            m.type = type_of(f.value);
        else if (f.number == 2 && f.wire == PROTOREAD_BYTES)
            m.family = f.bytes;
        else if (f.number == 4 && f.wire == PROTOREAD_BYTES)
            m.help = f.bytes;
        else if (f.number == 5 && f.wire == PROTOREAD_BYTES)
            m.unit = f.bytes;
        else if (f.number <= 5 && f.number != 3)
            return not_one(err, "metadata", "has a field of another type");
    }
    if (r.bad)
        return not_one(err, "metadata", "is cut off or broken");
    if (!make_room((void **)&w->metadata, &w->cap_metadata, w->n_metadata, sizeof *w->metadata,
                   WRITEREQUEST_MAX_METADATA))
        return too_many(err, "families of metadata", WRITEREQUEST_MAX_METADATA);
    w->metadata[w->n_metadata++] = m;
    return STATUS_OK;
}

enum status
writerequest_read(struct writerequest *w, struct slice message, struct err *err)
{
    struct protoread       r = protoread_of(message);
    struct protoread_field f;

    w->n_series = w->n_samples = w->n_metadata = 0;
    while (protoread_next(&r, &f)) {
        enum status st = STATUS_OK;

        if ((f.number == 1 || f.number == 3) && f.wire != PROTOREAD_BYTES)
            return not_one(err, "it", "has a field of another type");
        if (f.number == 1)
            st = read_series(w, f.bytes, err);
        else if (f.number == 3)
            st = read_metadata(w, f.bytes, err);
        if (st)
            return st;
    }
    return r.bad ? not_one(err, "it", "is cut off or broken") : STATUS_OK;
}

static enum status
read_label(struct slice body, struct tsdb_label *out, struct err *err)
{
    struct protoread       r = protoread_of(body);
    struct protoread_field f;

    out->name = out->value = (struct slice){"", 0};
    while (protoread_next(&r, &f)) {
        if (f.number == 1 && f.wire == PROTOREAD_BYTES)
            out->name = f.bytes;
        else if (f.number == 2 && f.wire == PROTOREAD_BYTES)
            out->value = f.bytes;
        else if (f.number <= 2)
            return not_one(err, "a label", "has a field of another type");
    }
    return r.bad ? not_one(err, "a label", "is cut off or broken") : STATUS_OK;
}

enum status
writerequest_labels(const struct writerequest_series *s, struct tsdb_label *out, struct err *err)
{
    struct protoread       r = protoread_of(s->body);
    struct protoread_field f;
    size_t                 n = 0;

    while (n < s->n_labels && protoread_next(&r, &f))
        if (f.number == 1) {
            enum status st = read_label(f.bytes, &out[n++], err);

            if (st)
                return st;
        }
    return STATUS_OK;
}

void
writerequest_release(struct writerequest *w)
{
    free(w->series);
    free(w->samples);
    free(w->metadata);
    *w = (struct writerequest){0};
}

void
writerequest_trim(struct writerequest *w)
{
    w->n_series = w->n_samples = w->n_metadata = 0;
    if (w->cap_series > KEPT_SERIES || w->cap_samples > KEPT_SAMPLES ||
        w->cap_metadata > KEPT_SERIES)
        writerequest_release(w);
}

size_t
writerequest_bytes(const struct writerequest *w)
{
    return w->cap_series * sizeof *w->series + w->cap_samples * sizeof *w->samples +
           w->cap_metadata * sizeof *w->metadata;
}
