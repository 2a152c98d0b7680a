#include "tests/bench/canarybench/bench_gate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* alpha of the policies played, and what a false pass may be. */
#define ALPHA .01
#define FALSE_PASS .01

/* A test that fails by chance is not believed for long. */
#define NEVER_BY_CHANCE 1e-6

/* Cells in which a share must be at most limit. */
struct promise {
    const char       *what;
    unsigned          roles; /* bits of enum bench_role */
    enum bench_judge  judge;
    enum bench_column share;
    double            limit;
    bool              counts; /* for the answer of bench_gate_check() */
};

#define ROLE(name) (1u << BENCH_ROLE_##name)

static const struct promise promises[] = {
    {"false rollbacks, exchangeable", ROLE(NULL), BENCH_JUDGE_OURS, BENCH_COLUMN_ROLLBACK_SHARE,
     ALPHA, true},
    {"false rollbacks, tolerable regressions", ROLE(TOLERABLE), BENCH_JUDGE_OURS,
     BENCH_COLUMN_ROLLBACK_SHARE, ALPHA, true},
    {"false rollbacks, pod noise, without history", ROLE(NOISE), BENCH_JUDGE_OURS,
     BENCH_COLUMN_ROLLBACK_SHARE, ALPHA, false},
    {"false rollbacks, strict", ROLE(NULL) | ROLE(NOISE), BENCH_JUDGE_STRICT,
     BENCH_COLUMN_ROLLBACK_SHARE, ALPHA, true},
    {"false rollbacks, calibrated", ROLE(NULL) | ROLE(NOISE), BENCH_JUDGE_CALIBRATED,
     BENCH_COLUMN_ROLLBACK_SHARE, ALPHA, true},
    {"false passes, without history", ROLE(HARM), BENCH_JUDGE_OURS, BENCH_COLUMN_FALSE_PASS_SHARE,
     FALSE_PASS, true},
    {"false passes, calibrated", ROLE(HARM), BENCH_JUDGE_CALIBRATED, BENCH_COLUMN_FALSE_PASS_SHARE,
     FALSE_PASS, true},
};

static bool
belongs(const struct bench_work_row *row, const struct promise *p)
{
    return row->judge == p->judge && (p->roles >> row->cell->role & 1);
}

/* Holm's bounds of all cells together, the worst named. */
static bool
keep(const struct promise *p, const struct bench_work_row *rows, size_t n)
{
    uint64_t *k = calloc(2 * n + 1, sizeof *k), *of = k + n;
    double   *upper = calloc(n + 1, sizeof *upper);
    size_t    m = 0, reached = 0, worst = 0;
    double    least = 1, highest = 0;

    if (!k || !upper)
        abort();
    for (size_t i = 0; i < n; i++) {
        if (!belongs(&rows[i], p))
            continue;
        of[m] = (uint64_t)rows[i].at[BENCH_COLUMN_ROLLOUTS];
        k[m] = (uint64_t)llround(rows[i].at[p->share] * (double)of[m]);
        /* P(X >= k) */
        if (k[m] > 0)
            least = fmin(least, 1 - bench_bound_cdf(k[m] - 1, of[m], p->limit));
        if (rows[i].at[p->share] >= highest) {
            highest = rows[i].at[p->share];
            worst = i;
        }
        m++;
    }
    bench_bound_holm(k, of, m, p->limit, .05, upper);
    for (size_t i = 0; i < m; i++)
        reached += upper[i] <= p->limit;
    if (m > 0)
        printf("%-44s %3zu of %3zu cells shown at most %g %%; highest %.2f %%: %s, %s\n", p->what,
               reached, m, p->limit * 100, highest * 100, rows[worst].group->name,
               rows[worst].cell->effect_name);
    free(k);
    free(upper);
    return m == 0 || !p->counts || least * (double)m > NEVER_BY_CHANCE;
}

static const struct bench_work_row *
beside(const struct bench_work_row *rows, size_t n, const struct bench_work_row *row,
       enum bench_judge j)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].group == row->group && rows[i].cell == row->cell && rows[i].judge == j)
            return &rows[i];
    return NULL;
}

/* The fastest variant that finds it. */
static double
best_kayenta(const struct bench_work_row *rows, size_t n, const struct bench_work_row *row)
{
    double best = INFINITY;

    for (int j = 0; j < BENCH_JUDGES; j++) {
        const struct bench_work_row *k = beside(rows, n, row, (enum bench_judge)j);

        if (bench_judge_is_kayenta((enum bench_judge)j) && k &&
            k->at[BENCH_COLUMN_ROLLBACK_SHARE] >= .95)
            best = fmin(best, k->at[BENCH_COLUMN_DELAY_MEAN]);
    }
    return best;
}

/* Ratio at least 5, weight at most 20 %, both find 95 %. */
static void
compare_delays(const struct bench_work_row *rows, size_t n)
{
    size_t asked = 0, reached = 0;
    double worst = 0;

    for (size_t i = 0; i < n; i++) {
        const struct bench_work_row *row = &rows[i];
        double                       kayenta;

        if (row->judge != BENCH_JUDGE_OURS || row->cell->role != BENCH_ROLE_HARM ||
            !(row->cell->ratio >= 5) || row->group->world.weight[BENCH_WORLD_STAGES - 1] > .2 ||
            row->at[BENCH_COLUMN_ROLLBACK_SHARE] < .95)
            continue;
        kayenta = best_kayenta(rows, n, row);
        if (isinf(kayenta))
            continue;
        asked++;
        reached += row->at[BENCH_COLUMN_DELAY_MEAN] <= kayenta / 2;
        worst = fmax(worst, row->at[BENCH_COLUMN_DELAY_MEAN] / kayenta);
    }
    printf("%-44s %3zu of %3zu cells; worst %.2f of it\n",
           "delay at most half of the best Kayenta's", reached, asked, worst);
}

/* Never pass, fail or abort on what is broken. */
static bool
keep_quiet(const struct bench_work_row *rows, size_t n)
{
    double told = 0, least = 1;
    size_t cells = 0;

    for (size_t i = 0; i < n; i++) {
        if (rows[i].cell->role != BENCH_ROLE_BROKEN || rows[i].judge != BENCH_JUDGE_OURS)
            continue;
        cells++;
        told += rows[i].at[BENCH_COLUMN_WRONG];
        least = fmin(least, rows[i].at[BENCH_COLUMN_NAMED_SHARE]);
    }
    if (cells > 0)
        printf("%-44s told %g times in %zu cells; right reason at least %.2f %% of looks\n",
               "pass, fail or abort on broken data", told, cells, least * 100);
    return told == 0;
}

bool
bench_gate_check(const struct bench_work_row *rows, size_t n)
{
    bool good = n > 0;

    for (size_t i = 0; i < ARRAY_LEN(promises); i++)
        good &= keep(&promises[i], rows, n);
    good &= keep_quiet(rows, n);
    compare_delays(rows, n);
    return good;
}
