/* Readers beside a writer at full speed: each sees whole scrapes, and all of them.
 * Under TSan this is the proof that they share nothing they must not. */
#include "tests/support/check.h"

#include "telemetry/tsdb.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum {
    READERS = 3,
    PODS = 8,
    SCRAPES = 4000,
    LIFE = 40, /* scrapes that a version of a pod lives */
    TICK_MS = 1000,
    RETENTION_MS = 300 * TICK_MS,
    MIN_LOOKS = 200,
};

#define BEGIN_MS INT64_C(1700000000000)

struct shared {
    struct tsdb    *t;
    _Atomic int64_t now_ms;
    atomic_bool     done;
    atomic_int      looks, wrong;
};

static int64_t
wall(void *self)
{
    return atomic_load(&((struct shared *)self)->now_ms);
}

static int64_t
mono(void *self)
{
    (void)self;
    return 0;
}

static const char *const bounds[] = {"0.5", "1", "+Inf"};

static uint64_t
series(struct shared *s, const char *name, const char *pod, const char *le)
{
    const struct tsdb_label labels[] = {{SLICE_LITERAL("__name__"), slice_of(name)},
                                        {SLICE_LITERAL("pod"), slice_of(pod)},
                                        {SLICE_LITERAL("le"), slice_of(le)}};
    uint64_t                ref = TSDB_NONE;

    assert_int_equal(tsdb_series(s->t, labels, 3, &ref, NULL), STATUS_OK);
    return ref;
}

static void
append(struct shared *s, uint64_t ref, double scrape)
{
    assert_int_equal(tsdb_append(s->t, ref, BEGIN_MS + (int64_t)(scrape * TICK_MS), scrape),
                     STATUS_OK);
}

/* The value of every sample is the number of its scrape.  Of "late" one half comes
 * with a request of its own. */
static void
scrape(struct shared *s, int number)
{
    char pod[32];

    for (int p = 0; p < PODS; p++) {
        (void)snprintf(pod, sizeof pod, "pod-%d-%d", p, (number + p * 5) / LIFE);
        append(s, series(s, "requests", pod, ""), number);
        for (size_t b = 0; b < ARRAY_LEN(bounds); b++)
            append(s, series(s, "h_bucket", pod, bounds[b]), number);
    }
    append(s, series(s, "late_bucket", "all", "1"), number);
    /* One bucket's times are others' from some scrape on: it moves out. */
    (void)snprintf(pod, sizeof pod, "pod-%d", number / 200);
    append(s, series(s, "moved_bucket", pod, "1"), number);
    append(s, series(s, "moved_bucket", pod, "+Inf"), number - (number % 200 < 100 ? 0 : 0.5));
    tsdb_commit(s->t);
    append(s, series(s, "late_bucket", "all", "+Inf"), number);
    tsdb_commit(s->t);
}

static void *
write_all(void *arg)
{
    struct shared *s = arg;

    for (int i = 1; i <= SCRAPES || atomic_load(&s->looks) < MIN_LOOKS; i++) {
        atomic_store(&s->now_ms, BEGIN_MS + (int64_t)i * TICK_MS);
        scrape(s, i);
        if (i % 10 == 0)
            (void)tsdb_collect(s->t, atomic_load(&s->now_ms));
    }
    atomic_store(&s->done, true);
    return NULL;
}

struct look {
    struct source_reader *r;
    struct arena          arena;
    struct source_scratch scratch;
};

static struct source_selection
find(struct look *l, const char *name, enum matcher_op op, int64_t min_ms)
{
    struct matcher          m;
    struct source_query     q = {.matchers = &m,
                                 .n_matchers = 1,
                                 .min_ms = min_ms,
                                 .max_ms = INT64_MAX,
                                 .max_series = 10000};
    struct source_selection out = {0};

    if (!matcher_init(&m, op, SLICE_LITERAL("__name__"), slice_of(name), NULL))
        (void)!l->r->select(l->r, &q, &l->arena, &out, NULL);
    matcher_release(&m);
    return out;
}

/* Newest value; -1: no sample.  Values must count up by about one. */
static double
newest(struct look *l, const struct source_series *one, int64_t min_ms, bool *wrong)
{
    struct source_column c = {0};

    *wrong |= l->r->read(l->r, one, min_ms, INT64_MAX, &l->scratch, &c, NULL) != STATUS_OK;
    for (size_t i = 0; i < c.n; i++)
        *wrong |= c.t_ms[i] != BEGIN_MS + (int64_t)(c.value[i] * TICK_MS) ||
                  (i && (c.value[i] - c.value[i - 1] < 0.5 || c.value[i] - c.value[i - 1] > 1));
    return c.n ? c.value[c.n - 1] : -1;
}

static double
newest_of_all(struct look *l, const char *name, enum matcher_op op, int64_t min_ms, double *least,
              bool *wrong)
{
    struct source_selection found = find(l, name, op, min_ms);
    double                  most = -1;

    *least = 1e9;
    for (size_t i = 0; i < found.n; i++) {
        double v = newest(l, &found.series[i], min_ms, wrong);

        if (v > most)
            most = v;
        if (v < *least)
            *least = v;
    }
    return most;
}

static bool
has_twins(struct source_selection found)
{
    for (size_t i = 1; i < found.n; i++)
        for (size_t k = 0; k < i; k++) {
            struct labels a = found.series[i].labels, b = found.series[k].labels;

            if (a.n == b.n && memcmp(a.at, b.at, a.n * sizeof *a.at) == 0)
                return true;
        }
    return false;
}

static bool
look(struct shared *s, struct look *l, int64_t window_ms)
{
    struct source   source = tsdb_source(s->t);
    struct tsdb_top top[4];
    double          least, early, requests, buckets, late;
    bool            wrong = false;
    int64_t         min_ms = atomic_load(&s->now_ms) - window_ms;

    if (source.open(source.self, &l->r, NULL))
        return false;
    (void)newest_of_all(l, "late_bucket", MATCHER_EQUAL, min_ms, &early, &wrong);
    requests = newest_of_all(l, "requests", MATCHER_EQUAL, min_ms, &least, &wrong);
    buckets = newest_of_all(l, "h_b.*", MATCHER_REGEX, min_ms, &least, &wrong);
    late = newest_of_all(l, "late_bucket", MATCHER_EQUAL, min_ms, &least, &wrong);
    wrong |= requests != buckets || requests != late;
    wrong |= least != early || (late > 0 && late - least > 1);
    wrong |= requests != newest_of_all(l, "moved_bucket", MATCHER_EQUAL, min_ms, &least, &wrong);
    wrong |= has_twins(find(l, "moved_bucket", MATCHER_EQUAL, min_ms));
    /* The same again, whatever was written meanwhile. */
    wrong |= requests != newest_of_all(l, "requests", MATCHER_EQUAL, min_ms, &least, &wrong);
    l->r->close(l->r);
    (void)tsdb_top(s->t, TSDB_TOP_SERIES_BY_PAIR, top, ARRAY_LEN(top));
    (void)tsdb_stats(s->t);
    return !wrong;
}

static void *
read_all(void *arg)
{
    struct shared *s = arg;
    struct look    l = {0};

    for (int i = 0; !atomic_load(&s->done); i++) {
        if (!look(s, &l, (i % 3 ? 20 : 280) * TICK_MS))
            atomic_fetch_add(&s->wrong, 1);
        atomic_fetch_add(&s->looks, 1);
        arena_release(&l.arena);
    }
    source_scratch_release(&l.scratch);
    return NULL;
}

static void
readers_beside_a_writer(void **state)
{
    const struct tsdb_limits limits = {.retention_ms = RETENTION_MS};
    struct shared            s = {0};
    struct clock             clock = {.wall_ms = wall, .mono_ms = mono, .self = &s};
    pthread_t                writer, readers[READERS];

    (void)state;
    atomic_init(&s.now_ms, BEGIN_MS);
    s.t = tsdb_new(&limits, &clock);
    assert_int_equal(pthread_create(&writer, NULL, write_all, &s), 0);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_all, &s), 0);
    assert_int_equal(pthread_join(writer, NULL), 0);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_join(readers[i], NULL), 0);
    assert_int_equal(atomic_load(&s.wrong), 0);
    assert_true(atomic_load(&s.looks) >= MIN_LOOKS);
    assert_true(tsdb_stats(s.t).series_removed > 1000);
    assert_int_equal(tsdb_stats(s.t).readers, 0);
    tsdb_free(s.t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_beside_a_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
