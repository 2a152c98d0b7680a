#include "tests/bench/canarybench/bench_minute.h"

#include <math.h>

/* What a broken source still shows to queries by name. */
static bool
is_seen(const struct bench_play *p, enum bench_series s)
{
    switch (p->world->fault) {
    case BENCH_FAULT_UNREACHABLE:
    case BENCH_FAULT_STALE:
    case BENCH_FAULT_INDISTINGUISHABLE:
        return p->at_ms <= BENCH_WORLD_BREAKS_MS;
    case BENCH_FAULT_CANARY_GONE:
        return s != BENCH_SERIES_CANARY || p->at_ms <= BENCH_WORLD_BREAKS_MS;
    case BENCH_FAULT_NONE:
    case BENCH_FAULT_NO_INSTANCE:
    case BENCH_FAULT_BUCKETS:
    case BENCH_FAULT_NO_CANARY_TRAFFIC:
    case BENCH_FAULT_WEIGHT_IGNORED:
    case BENCH_FAULT_COUNT:
        break;
    }
    return true;
}

static void
add(struct bench_minute *m, enum bench_series s, const struct bench_pod *arm, int slow,
    const uint64_t bucket[BENCH_LATENCY_BUCKETS])
{
    m->requests[s] += arm->requests;
    m->faults[s] += arm->faults;
    m->slow[s] += arm->over[slow];
    for (int k = 0; k < BENCH_LATENCY_BUCKETS; k++)
        m->bucket[s][k] += bucket[k];
}

static void
close_minute(struct bench_minute *m, const struct bench_play *p)
{
    for (int s = 0; s < BENCH_SERIES; s++) {
        bool some;

        m->seen[s] = is_seen(p, (enum bench_series)s);
        some = m->seen[s] && m->requests[s] > 0;
        m->fault_ratio[s] = some ? (double)m->faults[s] / (double)m->requests[s] : NAN;
        m->p95_ms[s] = some ? bench_latency_quantile(m->bucket[s], .95) : NAN;
        m->p99_ms[s] = some ? bench_latency_quantile(m->bucket[s], .99) : NAN;
    }
}

bool
bench_minute_add(struct bench_minutes *m, struct bench_play *p, const struct bench_tick *t)
{
    struct bench_minute *now = &m->at[m->n];
    struct bench_pod     equal = {0};
    uint64_t             bucket[BENCH_LATENCY_BUCKETS];

    if (m->n == BENCH_MINUTE_MOST)
        return false;
    if (t->start_ms % BENCH_MINUTE_MS == 0)
        *now = (struct bench_minute){0};
    bench_world_equal(p, t, &equal, bucket);
    add(now, BENCH_SERIES_CANARY, &t->arm[BENCH_CANARY], p->slow, t->bucket[BENCH_CANARY]);
    add(now, BENCH_SERIES_STABLE, &t->arm[BENCH_BASELINE], p->slow, t->bucket[BENCH_BASELINE]);
    add(now, BENCH_SERIES_EQUAL, &equal, p->slow, bucket);
    if (t->end_ms % BENCH_MINUTE_MS != 0)
        return false;
    close_minute(now, p);
    m->n++;
    return true;
}
