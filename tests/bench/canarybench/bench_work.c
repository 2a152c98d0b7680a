#include "tests/bench/canarybench/bench_work.h"

#include "base/hash.h"
#include "base/text.h"
#include "tests/bench/canarybench/bench_history.h"
#include "tests/bench/canarybench/bench_panel.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_TABLE_BYTES = 64 << 20, LINE_BYTES = 4096 };

/* Share of the null's rollouts that the tuned judges may roll back. */
#define TUNED_TO .01

static uint64_t
seed_of(const struct bench_work_plan *plan, const struct bench_group *g, const char *what)
{
    char text[2 * BENCH_CELL_NAME];

    snprintf(text, sizeof text, "%s/%s/%llu", g->name, what, (unsigned long long)plan->seed);
    return hash_stable(slice_of(text));
}

/* The table's head; the plan's fingerprint as well. */
static void
write_head(const struct bench_work_plan *plan, struct text *out)
{
    text_printf(out, "# seed %llu, %u rollouts a cell, %u pasts of %u placebo windows\n",
                (unsigned long long)plan->seed, plan->rollouts, plan->histories, plan->windows);
    bench_table_head(out);
}

/* What one process keeps. */
struct worker {
    const struct bench_work_plan *plan;
    struct bench_panel            panel;
    struct bench_history         *pasts;
    uint32_t                      n_pasts, usable;
    double                        ours_tuned, kayenta_tuned;
};

static void
make_pasts(struct worker *w, const struct bench_group *g)
{
    const struct policy *policy = bench_policy_of(g->policy);

    w->n_pasts = g->histories ? w->plan->histories : 0;
    w->usable = 0;
    for (uint32_t i = 0; i < w->n_pasts; i++) {
        bench_history_make(&w->pasts[i], &g->world, policy, g->horizon_s, w->plan->windows,
                           seed_of(w->plan, g, "past"), i);
        w->usable += w->pasts[i].calibrated.use == CALIBRATION_USED;
    }
}

static void
play_cell(struct worker *w, const struct bench_group *g, const struct bench_cell *cell,
          struct text *out)
{
    bool                    null = cell == g->cells;
    uint32_t                n = w->plan->rollouts * (null ? g->more : 1);
    uint64_t                seed = seed_of(w->plan, g, cell->effect_name);
    struct bench_score      scores[BENCH_JUDGES];
    struct bench_panel_plan plan = {
        .world = &g->world,
        .effect = &cell->effect,
        .policy = bench_policy_of(g->policy),
        .horizon_s = g->horizon_s,
        .keeps_score = null && g->tuned,
        .ours_tuned = w->ours_tuned,
        .kayenta_tuned = w->kayenta_tuned,
        .coverage = g->coverage && bench_coverage_applies(&g->world, &cell->effect),
        .oracle = cell->role == BENCH_ROLE_HARM || cell->role == BENCH_ROLE_SMALL};

    for (int j = 0; j < BENCH_JUDGES; j++)
        bench_score_init(&scores[j], n);
    for (uint32_t i = 0; i < n; i++) {
        if (w->n_pasts) {
            plan.strict = &w->pasts[i % w->n_pasts].strict;
            plan.calibrated = &w->pasts[i % w->n_pasts].calibrated;
        }
        bench_panel_play(&w->panel, &plan, seed, i);
        for (int j = 0; j < BENCH_JUDGES; j++)
            bench_score_add(&scores[j], &w->panel.out[j], &cell->effect, g->horizon_s);
    }
    bench_table_rows(g, cell, w->n_pasts ? (double)w->usable / w->n_pasts : NAN, scores, out);
    if (plan.keeps_score) {
        w->ours_tuned = bench_score_quantile(&scores[BENCH_JUDGE_OURS], TUNED_TO);
        w->kayenta_tuned = bench_score_quantile(&scores[BENCH_JUDGE_KAYENTA_MINUTE], TUNED_TO);
    }
    for (int j = 0; j < BENCH_JUDGES; j++)
        bench_score_release(&scores[j]);
}

static bool
append(const char *part, const struct text *t)
{
    int  fd = open(part, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    bool good;

    if (fd < 0)
        return false;
    (void)flock(fd, LOCK_EX);
    good = write(fd, t->p, t->n) == (ssize_t)t->n;
    return close(fd) == 0 && good;
}

static bool
play_group(struct worker *w, const struct bench_group *g, const char *part)
{
    struct text rows;
    time_t      began = time(NULL);
    bool        good;

    text_init(&rows, MOST_TABLE_BYTES);
    text_printf(&rows, "begin,\"%s\"\n", g->name);
    w->ours_tuned = w->kayenta_tuned = NAN;
    make_pasts(w, g);
    for (uint32_t c = 0; c < g->n; c++)
        play_cell(w, g, &g->cells[c], &rows);
    text_printf(&rows, "end,\"%s\"\n", g->name);
    good = append(part, &rows);
    text_release(&rows);
    fprintf(stderr, "%5lld s  %s\n", (long long)(time(NULL) - began), g->name);
    return good;
}

/* Takes groups from *next until there are none; never returns. */
static void
work(const struct bench_work_plan *plan, const struct bench_group *const *todo, size_t n,
     atomic_size_t *next, const char *part)
{
    struct worker *w = calloc(1, sizeof *w);
    size_t         i;

    prctl(PR_SET_PDEATHSIG, SIGKILL); /* what it would write then is of no use */
    if (!w || !(w->pasts = calloc(plan->histories + 1, sizeof *w->pasts)))
        _exit(1);
    w->plan = plan;
    while ((i = atomic_fetch_add(next, 1)) < n)
        if (!play_group(w, todo[i], part))
            _exit(1);
    _exit(0);
}

static bool
work_all(const struct bench_work_plan *plan, const struct bench_group *const *todo, size_t n,
         const char *part)
{
    atomic_size_t *next =
        mmap(NULL, sizeof *next, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uint32_t started = 0;
    bool     good = true;

    if (next == MAP_FAILED)
        return false;
    atomic_init(next, 0);
    fflush(NULL);
    for (; started < plan->workers; started++) {
        pid_t child = fork();

        if (child == 0)
            work(plan, todo, n, next, part);
        if (child < 0)
            break;
    }
    for (uint32_t i = 0; i < started; i++) {
        int status;

        good &= wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    munmap(next, sizeof *next);
    return good && started > 0;
}

/* The whole file, or nothing where there is none. */
static void
slurp(const char *file, struct text *out)
{
    char   chunk[LINE_BYTES];
    size_t n;
    FILE  *f = fopen(file, "re");

    if (!f)
        return;
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        text_put(out, (struct slice){chunk, n});
    fclose(f);
}

/* The rows of a group between its begin and end lines; of one that was written
 * in part only, what comes after. */
static struct slice
rows_of(struct slice all, const struct bench_group *g)
{
    char         first[BENCH_CELL_NAME + 16], last[BENCH_CELL_NAME + 16];
    struct slice rows = {0};
    const char  *end, *at = all.p;

    snprintf(first, sizeof first, "begin,\"%s\"\n", g->name);
    snprintf(last, sizeof last, "end,\"%s\"\n", g->name);
    end = memmem(all.p, all.n, last, strlen(last));
    while (end && (at = memmem(at, (size_t)(end - at), first, strlen(first)))) {
        at += strlen(first);
        rows = (struct slice){at, (size_t)(end - at)};
    }
    return rows;
}

static bool
wanted(const struct bench_work_plan *plan, const struct bench_group *g)
{
    return !plan->match || strstr(g->name, plan->match);
}

static bool
write_whole(const char *file, const struct text *t)
{
    FILE *f = fopen(file, "we");
    bool  good = f && fwrite(t->p, 1, t->n, f) == t->n;

    return f && fclose(f) == 0 && good;
}

/* Reads the part file into *all.  False: it is of another plan. */
static bool
resume(const struct bench_work_plan *plan, const char *part, struct text *all)
{
    struct text want;
    bool        same;

    text_init(&want, MOST_TABLE_BYTES);
    write_head(plan, &want);
    slurp(part, all);
    if (all->n == 0) {
        text_put(all, text_slice(&want));
        same = write_whole(part, all);
    } else {
        same = slice_starts(text_slice(all), want.p);
    }
    text_release(&want);
    if (!same)
        fprintf(stderr, "canarybench: %s is of another plan or cannot be written; remove it\n",
                part);
    return same;
}

static bool
finish(const struct bench_work_plan *plan, const struct bench_group *groups, size_t n,
       const char *part)
{
    struct text all, table;
    bool        good = true;

    text_init(&all, MOST_TABLE_BYTES);
    text_init(&table, MOST_TABLE_BYTES);
    slurp(part, &all);
    write_head(plan, &table);
    for (size_t i = 0; i < n; i++) {
        struct slice rows = rows_of(text_slice(&all), &groups[i]);

        good &= !wanted(plan, &groups[i]) || rows.n > 0;
        text_put(&table, rows);
    }
    good = good && write_whole(plan->file, &table);
    text_release(&all);
    text_release(&table);
    return good;
}

bool
bench_work_do(const struct bench_work_plan *plan)
{
    size_t                     n, n_todo = 0;
    const struct bench_group  *groups = bench_cell_groups(plan->grid, &n);
    const struct bench_group **todo = calloc(n, sizeof *todo);
    char                       part[LINE_BYTES];
    struct text                all;
    bool                       good;

    text_init(&all, MOST_TABLE_BYTES);
    snprintf(part, sizeof part, "%s.part", plan->file);
    good = todo && resume(plan, part, &all);
    for (size_t i = 0; good && i < n; i++)
        if (wanted(plan, &groups[i]) && rows_of(text_slice(&all), &groups[i]).n == 0)
            todo[n_todo++] = &groups[i];
    text_release(&all);
    good = good && work_all(plan, todo, n_todo, part) && finish(plan, groups, n, part);
    if (good)
        (void)unlink(part);
    free(todo);
    return good;
}

struct bench_table_row *
bench_work_read(const struct bench_work_plan *plan, size_t *n)
{
    size_t                    n_groups, most = 0;
    const struct bench_group *groups = bench_cell_groups(plan->grid, &n_groups);
    struct bench_table_row   *rows;
    struct text               all;
    struct slice              rest;

    text_init(&all, MOST_TABLE_BYTES);
    slurp(plan->file, &all);
    for (size_t i = 0; i < all.n; i++)
        most += all.p[i] == '\n';
    rows = calloc(most + 1, sizeof *rows);
    *n = 0;
    for (rest = text_slice(&all); rows && rest.n > 0;)
        *n += bench_table_read(slice_cut(&rest, '\n'), groups, n_groups, &rows[*n]);
    text_release(&all);
    return rows;
}
