/* Random appends, commits, collections and readers: what a reader sees is what a
 * memsource says that was filled with all that had been committed before. */
#include "tests/support/check.h"

#include "promql/memsource.h"
#include "telemetry/tsdb.h"

#include <stdlib.h>
#include <string.h>

enum {
    METRICS = 6,
    TARGETS = 3,
    MAX_SERIES = 4000,
    READERS = 4,
    STEPS = 2500,
    TICK_MS = 15000,
    RETENTION_MS = 25 * 60 * 1000, /* or five times that */
    TEXT = 160,
};

struct known {
    char     metric[16], target[16], le[16], code[16];
    uint64_t ref;
    int64_t  last_ms;
    double   last;
    bool     any;
};

struct logged {
    uint32_t series;
    uint64_t seq;
    int64_t  t_ms;
    double   value;
};

struct world {
    uint64_t       random;
    int64_t        now_ms, retention_ms, forgotten_ms;
    struct clock   clock;
    struct tsdb   *t;
    uint64_t       seq; /* of the next commit */
    struct known   series[MAX_SERIES];
    uint32_t       n, first; /* those from first on get samples */
    struct logged *log;
    size_t         n_log, cap_log;
    struct {
        struct source_reader *r;
        uint64_t              seq;
        int64_t               from_ms; /* what is older may have gone before */
    } reader[READERS];
    int checked;
};

static int64_t
wall(void *self)
{
    return ((struct world *)self)->now_ms;
}

static int64_t
mono(void *self)
{
    (void)self;
    return 0;
}

/* xorshift64*, Vigna 2016 */
static uint32_t
pick(struct world *w, uint32_t below)
{
    w->random ^= w->random >> 12;
    w->random ^= w->random << 25;
    w->random ^= w->random >> 27;
    return (uint32_t)((w->random * 0x2545f4914f6cdd1d) >> 33) % below;
}

static size_t
labels_for(const struct known *k, struct memsource_label *to)
{
    const struct memsource_label all[] = {{SLICE_LITERAL("__name__"), slice_of(k->metric)},
                                          {SLICE_LITERAL("le"), slice_of(k->le)},
                                          {SLICE_LITERAL("code"), slice_of(k->code)},
                                          {SLICE_LITERAL("target"), slice_of(k->target)}};

    memcpy(to, all, sizeof all);
    return ARRAY_LEN(all);
}

static void
look_up(struct world *w, struct known *k)
{
    struct memsource_label labels[4];
    struct tsdb_label      same[4];
    struct err             err = {0};
    size_t                 n = labels_for(k, labels);

    for (size_t i = 0; i < n; i++)
        same[i] = (struct tsdb_label){labels[i].name, labels[i].value};
    if (tsdb_series(w->t, same, n, &k->ref, &err))
        fail_msg("%s", err.text);
}

static void
add_series(struct world *w, const char *metric, uint32_t target, const char *le, uint32_t code)
{
    struct known *k = &w->series[w->n++];

    assert_true(w->n <= MAX_SERIES);
    (void)snprintf(k->metric, sizeof k->metric, "%s", metric);
    (void)snprintf(k->target, sizeof k->target, "t%u", target);
    (void)snprintf(k->le, sizeof k->le, "%s", le);
    if (code)
        (void)snprintf(k->code, sizeof k->code, "%u", code);
    look_up(w, k);
}

static void
log_sample(struct world *w, uint32_t series, int64_t t_ms, double value)
{
    if (w->n_log == w->cap_log) {
        w->cap_log = w->cap_log ? w->cap_log * 2 : 1024;
        w->log = realloc(w->log, w->cap_log * sizeof *w->log);
        assert_non_null(w->log);
    }
    w->log[w->n_log++] = (struct logged){series, w->seq, t_ms, value};
}

static double
some_value(struct world *w, const struct known *k)
{
    static const uint64_t stale = UINT64_C(0x7ff0000000000002);
    double                v;

    switch (pick(w, 20)) {
    case 0:
        memcpy(&v, &stale, sizeof v);
        return v;
    case 1:
        return pick(w, 1000) / 7.0;
    default:
        return (k->any && k->last == k->last ? floor(k->last) : 0) + pick(w, 50);
    }
}

static void
append(struct world *w, uint32_t i, int64_t t_ms, double value)
{
    struct known *k = &w->series[i];
    enum status   want = STATUS_OK, got = tsdb_append(w->t, k->ref, t_ms, value);
    bool          again = false;

    if (got == STATUS_NOT_FOUND) {
        look_up(w, k);
        k->any = false;
        got = tsdb_append(w->t, k->ref, t_ms, value);
    }
    if (k->any && t_ms == k->last_ms) {
        again = !memcmp(&k->last, &value, sizeof value);
        want = again ? STATUS_OK : STATUS_CONFLICT;
    } else if (k->any && t_ms < k->last_ms) {
        want = STATUS_RANGE;
    }
    if (got != want)
        fail_msg("append said %s, not %s", status_text(got), status_text(want));
    assert_int_equal(tsdb_check(w->t, k->ref, t_ms, value), got);
    if (got || again)
        return;
    k->any = true;
    k->last_ms = t_ms;
    k->last = value;
    log_sample(w, i, t_ms, value);
}

static void
add_family(struct world *w, uint32_t target, uint32_t code)
{
    static const char *const bounds[] = {"0.5", "1", "5", "+Inf"};
    bool                     one_by_one = !pick(w, 4);

    for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
        add_series(w, "h_bucket", target, bounds[i], code);
        for (uint32_t rows = one_by_one ? pick(w, 80) : 0; rows; rows--)
            append(w, w->n - 1, w->now_ms - (int64_t)rows * 100,
                   some_value(w, &w->series[w->n - 1]));
    }
    add_series(w, "h_count", target, "", code);
    add_series(w, "gauge", target, pick(w, 3) ? "" : "1", code); /* le of no histogram */
}

static void
commit(struct world *w)
{
    tsdb_commit(w->t);
    w->seq++;
}

static bool
is_of(const struct world *w, uint32_t i, uint32_t target)
{
    return w->series[i].target[1] == (char)('0' + target);
}

/* All of a target at once; now and then in two requests. */
static void
scrape(struct world *w, uint32_t target)
{
    uint32_t split = pick(w, 3) ? UINT32_MAX : pick(w, 20), seen = 0;
    bool     sloppy = !pick(w, 4);

    for (uint32_t i = w->first; i < w->n; i++) {
        if (!is_of(w, i, target) || (sloppy && !pick(w, 8)))
            continue;
        if (seen++ == split)
            commit(w);
        append(w, i, w->now_ms, some_value(w, &w->series[i]));
    }
    if (pick(w, 5))
        commit(w);
}

/* One series after the other, each with many samples. */
static void
import(struct world *w)
{
    uint32_t from = w->first + pick(w, w->n - w->first), rows = 1 + pick(w, 90);
    uint32_t to = from + 1 + pick(w, 5);

    for (uint32_t i = from; i < to && i < w->n; i++) {
        int64_t t_ms = w->now_ms - (int64_t)rows * 1000;

        for (uint32_t r = 0; r < rows; r++, t_ms += 1000)
            if (!w->series[i].any || t_ms > w->series[i].last_ms)
                append(w, i, t_ms, some_value(w, &w->series[i]));
        if (!pick(w, 3))
            commit(w);
    }
}

/* The same again, another value, and too early. */
static void
clash(struct world *w)
{
    uint32_t            i = w->first + pick(w, w->n - w->first);
    const struct known *k = &w->series[i];

    if (!k->any)
        return;
    append(w, i, k->last_ms, k->last);
    append(w, i, k->last_ms, 12345.25);
    append(w, i, k->last_ms - 1 - pick(w, 100000), 1);
}

static void
collect(struct world *w)
{
    int64_t newest = INT64_MIN;

    for (size_t i = 0; i < w->n_log; i++)
        if (w->log[i].t_ms > newest)
            newest = w->log[i].t_ms;
    while (tsdb_collect(w->t, w->now_ms))
        continue;
    if (newest - w->retention_ms > w->forgotten_ms)
        w->forgotten_ms = newest - w->retention_ms;
    if (pick(w, 2))
        commit(w);
}

static void
forget_log(struct world *w)
{
    int64_t before_ms = w->forgotten_ms;
    size_t  kept = 0;

    for (size_t i = 0; i < READERS; i++)
        if (w->reader[i].r && w->reader[i].from_ms < before_ms)
            before_ms = w->reader[i].from_ms;
    for (size_t i = 0; i < w->n_log; i++)
        if (w->log[i].t_ms >= before_ms)
            w->log[kept++] = w->log[i];
    w->n_log = kept;
}

/* Old names end, new ones begin. */
static void
churn(struct world *w, bool often)
{
    uint64_t ref = w->series[w->n - 1].ref;

    if (tsdb_check(w->t, ref, w->now_ms + 1, 0) != STATUS_NOT_FOUND) {
        look_up(w, &w->series[w->n - 1]);
        assert_true(ref == w->series[w->n - 1].ref);
    }
    if (w->n + 6 > MAX_SERIES || (!often && pick(w, 20)))
        return;
    add_family(w, pick(w, TARGETS), 1000 + w->n);
    if (w->n - w->first > 90)
        w->first += 6;
}

struct condition {
    const char     *name;
    enum matcher_op op;
    const char     *value;
};

static const struct condition conditions[] = {
    {"__name__", MATCHER_EQUAL, "h_bucket"},
    {"__name__", MATCHER_REGEX, "h_.*"},
    {"__name__", MATCHER_REGEX, "h_bucket|gauge"},
    {"__name__", MATCHER_NOT_EQUAL, "gauge"},
    {"le", MATCHER_EQUAL, "1"},
    {"le", MATCHER_EQUAL, ""},
    {"le", MATCHER_NOT_EQUAL, ""},
    {"le", MATCHER_REGEX, "1|5"},
    {"le", MATCHER_NOT_REGEX, "[0-9].*"},
    {"target", MATCHER_EQUAL, "t1"},
    {"target", MATCHER_NOT_REGEX, "t1|t2"},
    {"target", MATCHER_REGEX, "t[01]|"},
    {"code", MATCHER_EQUAL, ""},
    {"code", MATCHER_NOT_EQUAL, ""},
    {"code", MATCHER_REGEX, "1.*[02468]"},
    {"code", MATCHER_NOT_REGEX, "1.+"},
    {"code", MATCHER_EQUAL, "1018"},
    {"nothing", MATCHER_EQUAL, ""},
    {"nothing", MATCHER_REGEX, ".+"},
    {"nothing", MATCHER_NOT_EQUAL, "x"},
};

struct answer {
    char                 labels[TEXT];
    struct source_column column;
};

struct answers {
    struct answer *at;
    size_t         n;
};

static int
by_labels(const void *a, const void *b)
{
    return strcmp(((const struct answer *)a)->labels, ((const struct answer *)b)->labels);
}

static void
write_labels(const struct symbols *s, struct labels set, char *to)
{
    size_t at = 0;

    to[0] = 0;
    for (uint32_t i = 0; i < set.n; i++)
        at += (size_t)snprintf(to + at, TEXT - at, "%.*s=%.*s,",
                               SLICE_ARG(symbols_text(s, set.at[i].name)),
                               SLICE_ARG(symbols_text(s, set.at[i].value)));
}

/* Series without samples in the range need not be there: they are left out. */
static struct answers
ask(struct source_reader *r, const struct source_query *q, struct arena *a)
{
    struct source_selection found;
    struct source_scratch   scratch = {0};
    struct answers          out = {0};

    assert_int_equal(r->select(r, q, a, &found, NULL), STATUS_OK);
    out.at = arena_array(a, found.n, sizeof *out.at);
    for (size_t i = 0; i < found.n; i++) {
        struct source_column c;
        struct answer       *to = &out.at[out.n];

        assert_int_equal(r->read(r, &found.series[i], q->min_ms, q->max_ms, &scratch, &c, NULL),
                         STATUS_OK);
        if (!c.n)
            continue;
        int64_t *t_ms = arena_array(a, c.n, sizeof *t_ms);
        double  *value = arena_array(a, c.n, sizeof *value);
        memcpy(t_ms, c.t_ms, c.n * sizeof *t_ms);
        memcpy(value, c.value, c.n * sizeof *value);
        to->column = (struct source_column){t_ms, value, c.n};
        write_labels(r->symbols, found.series[i].labels, to->labels);
        out.n++;
    }
    qsort(out.at, out.n, sizeof *out.at, by_labels);
    source_scratch_release(&scratch);
    return out;
}

static void
compare(const struct answers *got, const struct answers *want)
{
    for (size_t i = 0; i < got->n && i < want->n; i++) {
        const struct source_column *g = &got->at[i].column, *c = &want->at[i].column;

        if (strcmp(got->at[i].labels, want->at[i].labels) != 0)
            fail_msg("series %zu is %s, not %s", i, got->at[i].labels, want->at[i].labels);
        if (g->n != c->n || memcmp(g->t_ms, c->t_ms, g->n * sizeof *g->t_ms) != 0 ||
            memcmp(g->value, c->value, g->n * sizeof *g->value) != 0)
            fail_msg("%s differs: %zu samples, want %zu", got->at[i].labels, g->n, c->n);
    }
    if (got->n != want->n)
        fail_msg("%zu series, want %zu", got->n, want->n);
}

static struct memsource *
oracle_of(const struct world *w, uint64_t seq)
{
    struct memsource *m = memsource_new();
    size_t            place[MAX_SERIES];

    for (uint32_t i = 0; i < w->n; i++)
        place[i] = SIZE_MAX;
    for (size_t i = 0; i < w->n_log; i++) {
        const struct logged   *l = &w->log[i];
        struct memsource_label labels[4];
        size_t                 n = labels_for(&w->series[l->series], labels);

        if (l->seq > seq)
            continue;
        if (place[l->series] == SIZE_MAX)
            assert_int_equal(memsource_series(m, labels, n, &place[l->series], NULL), STATUS_OK);
        assert_int_equal(memsource_add(m, place[l->series], l->t_ms, l->value, NULL), STATUS_OK);
    }
    return m;
}

static void
verify(struct world *w, size_t which)
{
    struct memsource     *m = oracle_of(w, w->reader[which].seq);
    struct source         source = memsource_source(m);
    struct source_reader *oracle;

    assert_int_equal(source.open(source.self, &oracle, NULL), STATUS_OK);
    for (int i = 0; i < 6; i++) {
        struct arena        arena = {0};
        struct matcher      matchers[3];
        struct source_query q = {.matchers = matchers, .max_series = MAX_SERIES};
        int64_t             from_ms = w->reader[which].from_ms;

        q.n_matchers = pick(w, 4);
        for (size_t k = 0; k < q.n_matchers; k++) {
            const struct condition *c = &conditions[pick(w, ARRAY_LEN(conditions))];
            assert_int_equal(
                matcher_init(&matchers[k], c->op, slice_of(c->name), slice_of(c->value), NULL),
                STATUS_OK);
        }
        q.min_ms = pick(w, 2) ? from_ms : w->now_ms - pick(w, (uint32_t)w->retention_ms);
        if (q.min_ms < from_ms)
            q.min_ms = from_ms;
        q.max_ms = pick(w, 2) ? INT64_MAX : q.min_ms + pick(w, RETENTION_MS);
        struct answers got = ask(w->reader[which].r, &q, &arena);
        struct answers want = ask(oracle, &q, &arena);
        compare(&got, &want);
        w->checked += got.n > 0;
        for (size_t k = 0; k < q.n_matchers; k++)
            matcher_release(&matchers[k]);
        arena_release(&arena);
    }
    oracle->close(oracle);
    memsource_free(m);
}

static void
close_reader(struct world *w, size_t which)
{
    w->reader[which].r->close(w->reader[which].r);
    w->reader[which].r = NULL;
}

static void
turn_reader(struct world *w)
{
    size_t        which = pick(w, READERS);
    struct source source = tsdb_source(w->t);

    if (!w->reader[which].r) {
        assert_int_equal(source.open(source.self, &w->reader[which].r, NULL), STATUS_OK);
        w->reader[which].seq = w->seq - 1;
        w->reader[which].from_ms = w->forgotten_ms;
    } else {
        verify(w, which);
        if (pick(w, 4))
            close_reader(w, which);
    }
}

static void
play(uint64_t seed)
{
    struct world            *w = calloc(1, sizeof *w);
    bool                     long_lived = seed % 2;
    const struct tsdb_limits limits = {.retention_ms = RETENTION_MS * (long_lived ? 5 : 1)};

    assert_non_null(w);
    *w = (struct world){.random = seed * 2 + 1, .now_ms = INT64_C(1700000000000), .seq = 1};
    w->retention_ms = limits.retention_ms;
    w->forgotten_ms = INT64_MIN / 2;
    w->clock = (struct clock){.wall_ms = wall, .mono_ms = mono, .self = w};
    w->t = tsdb_new(&limits, &w->clock);
    for (uint32_t i = 0; i < METRICS; i++)
        add_family(w, i % TARGETS, i);
    for (int step = 0; step < STEPS; step++) {
        w->now_ms += pick(w, 4) ? TICK_MS : pick(w, 200000);
        for (uint32_t target = 0; target < TARGETS; target++)
            if (pick(w, 10))
                scrape(w, target);
        switch (pick(w, 8)) {
        case 0:
            import(w);
            break;
        case 1:
            clash(w);
            break;
        case 2:
            collect(w);
            break;
        case 3:
        case 4:
            churn(w, !long_lived);
            break;
        default:
            turn_reader(w);
            break;
        }
        if (step % 64 == 0)
            forget_log(w);
    }
    assert_true(w->checked > 100);
    assert_true(long_lived || tsdb_stats(w->t).series_removed > 100);
    for (size_t i = 0; i < READERS; i++)
        if (w->reader[i].r) {
            verify(w, i);
            close_reader(w, i);
        }
    tsdb_free(w->t);
    free(w->log);
    free(w);
}

static void
readers_see_what_was_committed(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++)
        play(seed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_see_what_was_committed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
