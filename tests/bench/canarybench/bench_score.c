#include "tests/bench/canarybench/bench_score.h"

#include <math.h>
#include <stdlib.h>

static double *
room(uint32_t n)
{
    double *p = calloc(n, sizeof *p);

    if (!p)
        abort();
    return p;
}

void
bench_score_init(struct bench_score *s, uint32_t most)
{
    *s = (struct bench_score){.most = most,
                              .delay_s = room(most),
                              .harm = room(most),
                              .pass_s = room(most),
                              .need = room(most),
                              .score = room(most)};
}

void
bench_score_release(struct bench_score *s)
{
    free(s->delay_s);
    free(s->harm);
    free(s->pass_s);
    free(s->need);
    free(s->score);
    *s = (struct bench_score){0};
}

void
bench_score_add(struct bench_score *s, const struct bench_outcome *o, const struct bench_effect *e,
                double horizon_s)
{
    double to_end = horizon_s - e->onset_s, delay = to_end;

    if (!o->judged || s->n == s->most)
        return;
    if (o->rollback_ms >= 0) {
        s->rollbacks++;
        delay = (double)o->rollback_ms / 1e3 - e->onset_s;
        s->by_5 += delay <= 300;
        s->by_15 += delay <= 900;
    }
    s->delay_s[s->n] = delay;
    s->harm[s->n] = o->harm;
    s->score[s->n] = o->score;
    s->n++;
    if (o->pass_ms >= 0) {
        s->passes++;
        s->pass_s[s->n_pass++] = (double)o->pass_ms / 1e3;
    }
    if (!isnan(o->need_ratio))
        s->need[s->n_need++] = o->need_ratio;
    s->held += o->pass_ms < 0 && o->rollback_ms < 0;
    s->false_passes += o->false_pass;
    s->covered += o->covered;
    s->missed_share += o->missed_share;
    s->missed_ratio += o->missed_ratio;
    s->missed_p95 += o->missed_p95;
    s->blind += o->blind;
    s->wrong += o->wrong;
    s->named += o->named;
}

static int
rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Sorts. */
static double
quantile(double *x, uint32_t n, double q)
{
    if (n == 0)
        return NAN;
    qsort(x, n, sizeof *x, rising);
    return x[(uint32_t)fmin(floor(q * n), n - 1)];
}

/* The k-th largest, k = share * n: as many as that are at or over it. */
double
bench_score_quantile(const struct bench_score *s, double over)
{
    uint32_t k = (uint32_t)floor(over * s->n);

    if (k == 0)
        return NAN;
    qsort(s->score, s->n, sizeof *s->score, rising);
    return s->score[s->n - k];
}

static double
mean(const double *x, uint32_t n)
{
    double sum = 0;

    for (uint32_t i = 0; i < n; i++)
        sum += x[i];
    return n ? sum / n : NAN;
}

static double
share(uint64_t k, uint64_t n)
{
    return n ? (double)k / (double)n : NAN;
}

const char *
bench_score_column(enum bench_column c)
{
    static const char *const texts[BENCH_COLUMNS] = {
#define COLUMN(name, text, what) text,
#include "tests/bench/canarybench/bench_column.def"
    };

    return texts[c];
}

static void
row_of_times(struct bench_score *s, double row[BENCH_COLUMNS])
{
    struct bench_bound delay = bench_bound_mean(s->delay_s, s->n),
                       harm = bench_bound_mean(s->harm, s->n);

    row[BENCH_COLUMN_BY_5] = share(s->by_5, s->n);
    row[BENCH_COLUMN_BY_15] = share(s->by_15, s->n);
    row[BENCH_COLUMN_DELAY_MEAN] = mean(s->delay_s, s->n);
    row[BENCH_COLUMN_DELAY_LOW] = delay.low;
    row[BENCH_COLUMN_DELAY_HIGH] = delay.high;
    row[BENCH_COLUMN_HARM_MEAN] = mean(s->harm, s->n);
    row[BENCH_COLUMN_HARM_LOW] = harm.low;
    row[BENCH_COLUMN_HARM_HIGH] = harm.high;
    /* These sort. */
    row[BENCH_COLUMN_DELAY_MEDIAN] = quantile(s->delay_s, s->n, .5);
    row[BENCH_COLUMN_DELAY_95] = quantile(s->delay_s, s->n, .95);
    row[BENCH_COLUMN_PASS_MEDIAN] = quantile(s->pass_s, s->n_pass, .5);
    row[BENCH_COLUMN_PASS_95] = quantile(s->pass_s, s->n_pass, .95);
    row[BENCH_COLUMN_NEED_MEDIAN] = quantile(s->need, s->n_need, .5);
    row[BENCH_COLUMN_NEED_LOW] = quantile(s->need, s->n_need, .1);
    row[BENCH_COLUMN_NEED_HIGH] = quantile(s->need, s->n_need, .9);
}

void
bench_score_row(struct bench_score *s, double row[BENCH_COLUMNS])
{
    struct bench_bound rolled = bench_bound_share(s->rollbacks, s->n),
                       passed = bench_bound_share(s->passes, s->n);

    row[BENCH_COLUMN_ROLLOUTS] = s->n;
    row[BENCH_COLUMN_ROLLBACKS] = (double)s->rollbacks;
    row[BENCH_COLUMN_ROLLBACK_SHARE] = share(s->rollbacks, s->n);
    row[BENCH_COLUMN_ROLLBACK_LOW] = rolled.low;
    row[BENCH_COLUMN_ROLLBACK_HIGH] = rolled.high;
    row[BENCH_COLUMN_PASS_SHARE] = share(s->passes, s->n);
    row[BENCH_COLUMN_PASS_LOW] = passed.low;
    row[BENCH_COLUMN_PASS_HIGH] = passed.high;
    row[BENCH_COLUMN_FALSE_PASS_SHARE] = share(s->false_passes, s->n);
    row[BENCH_COLUMN_FALSE_PASS_HIGH] = bench_bound_share(s->false_passes, s->n).high;
    row[BENCH_COLUMN_HELD_SHARE] = share(s->held, s->n);
    row[BENCH_COLUMN_WRONG] = (double)s->wrong;
    row[BENCH_COLUMN_MISSED_SHARE] = share(s->missed_share, s->covered);
    row[BENCH_COLUMN_MISSED_RATIO] = share(s->missed_ratio, s->covered);
    row[BENCH_COLUMN_MISSED_P95] = share(s->missed_p95, s->covered);
    row[BENCH_COLUMN_NAMED_SHARE] = share(s->named, s->blind);
    row_of_times(s, row);
}
