#include "daemon/meters.h"

#include "base/heap.h"
#include "dashboards/metric.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int codes[] = {METERS_CODES};
_Static_assert(ARRAY_LEN(codes) == METERS_N_CODES, "a place for each code");

static void
begin(struct histogram *h, enum metric m)
{
    histogram_init(h, metric_row(m)->bounds, metric_row(m)->n_bounds);
}

struct meters *
meters_new(void)
{
    struct meters *m = heap_new(1, sizeof *m);

    begin(&m->tick_lag, METRIC_TICK_LAG);
    begin(&m->loop_lag, METRIC_LOOP_LAG);
    atomic_init(&m->reload_ok, true);
    return m;
}

void
meters_free(struct meters *m)
{
    while (m && m->sources) {
        struct sourcemeter *next = m->sources->next;

        free(m->sources);
        m->sources = next;
    }
    free(m);
}

/* The names are static: mostly the pointer alone says which it is. */
static size_t
place_of_gate(struct meters *m, const char *gate)
{
    size_t i = 0;

    for (; i < METERS_MAX_GATES - 1; i++) {
        const char *there = atomic_load_explicit(&m->gate[i], memory_order_acquire);

        if (!there && atomic_compare_exchange_strong(&m->gate[i], &there, gate))
            return i;
        if (there == gate || strcmp(there, gate) == 0)
            return i;
    }
    if (!atomic_load_explicit(&m->gate[i], memory_order_relaxed))
        atomic_store_explicit(&m->gate[i], "other", memory_order_release);
    return i;
}

static size_t
place_of_code(int code)
{
    for (size_t i = 1; i < ARRAY_LEN(codes); i++)
        if (codes[i] == code)
            return i;
    return 0;
}

void
meters_gate_called(struct meters *m, const char *gate, enum verdict v, int code)
{
    counter_add(&m->gate_calls[place_of_gate(m, gate)][v][place_of_code(code)], 1);
}

struct sourcemeter *
meters_source(struct meters *m, const char *name)
{
    struct sourcemeter *s = m->sources;

    while (s && strcmp(s->name, name) != 0)
        s = s->next;
    if (s)
        return s;
    s = heap_new(1, sizeof *s);
    snprintf(s->name, sizeof s->name, "%s", name);
    begin(&s->duration, METRIC_SOURCE_DURATION);
    s->next = m->sources;
    m->sources = s;
    return s;
}

void
meters_answered(struct sourcemeter *s, const struct promclient_answer *a, int64_t wall_ms)
{
    counter_add(&s->queries, 1);
    if (a->attempts > 1)
        counter_add(&s->retries, a->attempts - 1);
    histogram_observe_us(&s->duration, a->took_ms * 1000);
    if (a->status)
        counter_add(&s->errors[a->status], 1);
    else
        atomic_store_explicit(&s->answered_wall_ms, wall_ms, memory_order_relaxed);
}

void
meters_reloaded(struct meters *m, bool ok, int64_t wall_ms)
{
    counter_add(ok ? &m->reloads : &m->reloads_failed, 1);
    atomic_store(&m->reload_ok, ok);
    if (ok)
        atomic_store(&m->loaded_wall_ms, wall_ms);
}
