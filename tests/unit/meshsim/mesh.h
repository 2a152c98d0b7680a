/* mesh.h - what the tests of meshsim share: a world from text, its counts. */
#ifndef TESTS_UNIT_MESHSIM_MESH_H
#define TESTS_UNIT_MESHSIM_MESH_H

#include "tests/support/check.h"

#include "tests/meshsim/sim_exposition.h"
#include "tests/meshsim/sim_ledger.h"

struct mesh {
    struct arena         arena;
    struct sim_scenario *scenario;
    struct sim_world    *world;
};

/* One client with two proxies, reviews with v1 (2 pods) and v2 (1 pod); the
 * arguments are put behind the service, v1 and v2. */
#define MESH_SCENARIO(service, v1, v2)                                                             \
    "services:\n"                                                                                  \
    "  - {name: reviews, timeout: 3s, " service ",\n"                                              \
    "     versions: [{name: v1, pods: 2, service_account: bookinfo-reviews" v1 "},\n"              \
    "                {name: v2, service_account: bookinfo-reviews" v2 "}]}\n"                      \
    "clients:\n"                                                                                   \
    "  - {name: productpage-v1, service_account: bookinfo-productpage, proxies: 2,\n"              \
    "     labels: {app: productpage, version: v1}}\n"

static inline void
mesh_begin(struct mesh *m, const char *yaml, uint64_t seed)
{
    struct yaml_node *root;
    struct err        err = {0};

    *m = (struct mesh){0};
    if (yaml_read(&m->arena, "test.yaml", slice_of(yaml), &root, &err) ||
        sim_scenario_read(&m->arena, root, &m->scenario, &err))
        fail_msg("%s", err.text);
    m->world = arena_new(&m->arena, struct sim_world);
    sim_world_init(m->world, m->scenario, seed);
}

static inline void
mesh_end(struct mesh *m)
{
    sim_world_release(m->world);
    arena_release(&m->arena);
}

static inline void
mesh_advance(struct mesh *m, double to_s)
{
    sim_world_advance(m->world, (int64_t)(to_s * 1e6));
}

/* The row of the ledger; all zeros where there is none.  flags as exposed;
 * version -1: unattributed. */
static inline struct sim_ledger_row
mesh_row(const struct mesh *m, enum sim_side side, int version, int code, const char *flags)
{
    struct sim_ledger     l = {0};
    struct sim_ledger_row found = {0};
    char                  text[SIM_FLAGS_BYTES];

    sim_ledger_take(&l, m->world);
    for (size_t i = 0; i < l.rows.n; i++) {
        const struct sim_ledger_row *r = &l.rows.at[i];

        sim_outcome_flags_text(r->key.flags, text);
        if (r->side == side && r->key.code == code && strcmp(text, flags) == 0 &&
            r->key.version == (version < 0 ? SIM_PROXY_NO_VERSION : version))
            found = *r;
    }
    sim_ledger_release(&l);
    return found;
}

static inline double
mesh_count(const struct mesh *m, enum sim_side side, int version, int code, const char *flags)
{
    return (double)mesh_row(m, side, version, code, flags).total.requests;
}

/* All of one side, and of one version where it is not -2. */
static inline double
mesh_total(const struct mesh *m, enum sim_side side, int version)
{
    struct sim_ledger l = {0};
    uint64_t          sum = 0;

    sim_ledger_take(&l, m->world);
    for (size_t i = 0; i < l.rows.n; i++) {
        const struct sim_ledger_row *r = &l.rows.at[i];

        if (r->side == side && (version == -2 || r->key.version == version))
            sum += r->total.requests;
    }
    sim_ledger_release(&l);
    return (double)sum;
}

/* k successes out of n with probability p: within five standard deviations,
 * which a correct simulation misses once in 1.7 million seeds. */
static inline void
mesh_check_share(const char *what, double k, double n, double p)
{
    double sd = sqrt(n * p * (1 - p));

    if (!(fabs(k - n * p) <= 5 * sd + 1e-9))
        fail_msg("%s: %.0f of %.0f, want a share of %g (%.0f +- %.0f)", what, k, n, p, n * p,
                 5 * sd);
}

/* One line "name{labels} value" or a comment. */
struct mesh_line {
    struct slice series; /* "name{labels}", or the whole comment */
    uint64_t     value;
};

/* Cut the next line that is not empty off *text; false at the end. */
static inline bool
mesh_next_line(struct slice *text, struct mesh_line *out)
{
    while (text->n > 0) {
        struct slice line = slice_cut(text, '\n');
        size_t       i = line.n;

        if (line.n == 0)
            continue;
        *out = (struct mesh_line){.series = line};
        if (line.p[0] == '#')
            return true;
        while (i > 0 && line.p[i - 1] != ' ')
            i--;
        assert_true(i > 0);
        out->series.n = i - 1;
        if (slice_u64((struct slice){line.p + i, line.n - i}, &out->value))
            fail_msg("not a number: %.*s", SLICE_ARG(line));
        return true;
    }
    return false;
}

/* The exposition of one proxy; the caller releases it. */
static inline void
mesh_expose(const struct mesh *m, size_t proxy, struct text *out)
{
    text_init(out, SIM_EXPOSITION_MAX_BYTES);
    sim_exposition_write(m->world, m->world->proxies.at[proxy], out);
    assert_int_equal(out->status, STATUS_OK);
}

/* The value of a series; fails where it is absent. */
static inline uint64_t
mesh_value(struct slice exposition, const char *series)
{
    struct mesh_line line;

    while (mesh_next_line(&exposition, &line)) {
        if (slice_is(line.series, series))
            return line.value;
    }
    fail_msg("no series %s", series);
    return 0;
}

static inline bool
mesh_has(struct slice text, const char *part)
{
    return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

#endif
