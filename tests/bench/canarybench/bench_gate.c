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
    bool              noisy;  /* of regressions: where pods misbehave */
};

#define ROLE(name) (1u << BENCH_ROLE_##name)

static const struct promise promises[] = {
    {"false rollbacks, exchangeable", ROLE(NULL), BENCH_JUDGE_OURS, BENCH_COLUMN_ROLLBACK_SHARE,
     ALPHA, true, false},
    {"false rollbacks, tolerable regressions", ROLE(TOLERABLE), BENCH_JUDGE_OURS,
     BENCH_COLUMN_ROLLBACK_SHARE, ALPHA, true, false},
    {"false rollbacks, pod noise, without history", ROLE(NOISE), BENCH_JUDGE_OURS,
     BENCH_COLUMN_ROLLBACK_SHARE, ALPHA, false, false},
    {"false rollbacks, strict", ROLE(NULL) | ROLE(NOISE), BENCH_JUDGE_STRICT,
     BENCH_COLUMN_ROLLBACK_SHARE, ALPHA, true, false},
    {"false rollbacks, calibrated", ROLE(NULL) | ROLE(NOISE), BENCH_JUDGE_CALIBRATED,
     BENCH_COLUMN_ROLLBACK_SHARE, ALPHA, true, false},
    {"false passes", ROLE(HARM), BENCH_JUDGE_OURS, BENCH_COLUMN_FALSE_PASS_SHARE, FALSE_PASS, true,
     false},
    {"false passes, pod noise", ROLE(HARM), BENCH_JUDGE_OURS, BENCH_COLUMN_FALSE_PASS_SHARE,
     FALSE_PASS, false, true},
};

static bool
belongs(const struct bench_table_row *row, const struct promise *p)
{
    bool noisy = row->group->world.noise != BENCH_NOISE_NONE;

    return row->judge == p->judge && (p->roles >> row->cell->role & 1) &&
           (row->cell->role != BENCH_ROLE_HARM || noisy == p->noisy);
}

/* The cells of one promise and Holm's bounds over them together. */
struct kept {
    size_t    m, *row; /* which of the table's rows */
    uint64_t *k, *of;
    double   *upper;
};

static struct kept
gather(const struct promise *p, const struct bench_table_row *rows, size_t n)
{
    struct kept c = {.row = calloc(n + 1, sizeof *c.row),
                     .k = calloc(n + 1, sizeof *c.k),
                     .of = calloc(n + 1, sizeof *c.of),
                     .upper = calloc(n + 1, sizeof *c.upper)};

    if (!c.row || !c.k || !c.of || !c.upper)
        abort();
    for (size_t i = 0; i < n; i++) {
        if (!belongs(&rows[i], p))
            continue;
        c.row[c.m] = i;
        c.of[c.m] = (uint64_t)rows[i].at[BENCH_COLUMN_ROLLOUTS];
        c.k[c.m] = (uint64_t)llround(rows[i].at[p->share] * (double)c.of[c.m]);
        c.m++;
    }
    bench_bound_holm(c.k, c.of, c.m, p->limit, .05, c.upper);
    return c;
}

static void
release(struct kept *c)
{
    free(c->row);
    free(c->k);
    free(c->of);
    free(c->upper);
}

/* True: not missed beyond chance. */
static bool
keep(const struct promise *p, const struct bench_table_row *rows, size_t n, FILE *out)
{
    struct kept c = gather(p, rows, n);
    size_t      reached = 0, worst = 0;
    double      least = 1;
    bool        good;

    for (size_t i = 0; i < c.m; i++) {
        const struct bench_table_row *row = &rows[c.row[i]];

        if (c.k[i] > 0) /* P(X >= k) */
            least = fmin(least, 1 - bench_bound_cdf(c.k[i] - 1, c.of[i], p->limit));
        if (row->at[p->share] >= rows[c.row[worst]].at[p->share])
            worst = i;
        reached += c.upper[i] <= p->limit;
        fprintf(out, "\"%s\",%s,\"%s\",\"%s\",%llu,%llu,%.4g,%g\n", p->what,
                bench_judge_text(p->judge), row->group->name, row->cell->effect_name,
                (unsigned long long)c.k[i], (unsigned long long)c.of[i], c.upper[i], p->limit);
    }
    if (c.m > 0)
        printf("%-44s %3zu of %3zu cells shown at most %g %%; highest %.2f %%: %s, %s\n", p->what,
               reached, c.m, p->limit * 100, rows[c.row[worst]].at[p->share] * 100,
               rows[c.row[worst]].group->name, rows[c.row[worst]].cell->effect_name);
    good = c.m == 0 || !p->counts || least * (double)c.m > NEVER_BY_CHANCE;
    release(&c);
    return good;
}

static const struct bench_table_row *
beside(const struct bench_table_row *rows, size_t n, const struct bench_table_row *row,
       enum bench_judge j)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].group == row->group && rows[i].cell == row->cell && rows[i].judge == j)
            return &rows[i];
    return NULL;
}

/* The fastest variant that finds it. */
static double
best_kayenta(const struct bench_table_row *rows, size_t n, const struct bench_table_row *row)
{
    double best = INFINITY;

    for (int j = 0; j < BENCH_JUDGES; j++) {
        const struct bench_table_row *k = beside(rows, n, row, (enum bench_judge)j);

        if (bench_judge_is_kayenta((enum bench_judge)j) && k &&
            k->at[BENCH_COLUMN_ROLLBACK_SHARE] >= .95)
            best = fmin(best, k->at[BENCH_COLUMN_DELAY_MEAN]);
    }
    return best;
}

/* Ratio at least 5, weight at most 20 %, both find 95 %. */
static void
compare_delays(const struct bench_table_row *rows, size_t n)
{
    size_t asked = 0, reached = 0;
    double worst = 0;

    for (size_t i = 0; i < n; i++) {
        const struct bench_table_row *row = &rows[i];
        double                        kayenta;

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
keep_quiet(const struct bench_table_row *rows, size_t n)
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
bench_gate_check(const struct bench_table_row *rows, size_t n, const char *file)
{
    FILE *out = fopen(file, "we");
    bool  good = n > 0 && out;

    if (!out)
        return false;
    fprintf(out, "promise,judge,group,effect,times,rollouts,holm_upper,limit\n");
    for (size_t i = 0; i < ARRAY_LEN(promises); i++)
        good &= keep(&promises[i], rows, n, out);
    good &= fclose(out) == 0;
    good &= keep_quiet(rows, n);
    compare_delays(rows, n);
    return good;
}
