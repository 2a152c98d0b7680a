/* desk.h - a ledger under test, and what its last snapshot gave. */
#ifndef TESTS_UNIT_ANALYZER_DESK_H
#define TESTS_UNIT_ANALYZER_DESK_H

#include "analyzer/ledger.h"
#include "tests/support/check.h"
#include "tests/unit/analyzer/snap.h"

struct desk {
    struct ledger      *l;
    struct snap         n;
    struct interval     i;
    struct ledger_sight sight;
    enum ledger_outcome outcome;
    enum verdict_reason reason;
    struct err          err;
    enum status         status;
};

/* One at a time: it is big, so it does not live on the stack. */
static inline struct desk *
desk_new(const char *canary, const char *baseline)
{
    static struct desk d;
    struct ledger_arms arms = {0};

    snprintf(arms.canary, sizeof arms.canary, "%s", canary);
    snprintf(arms.baseline, sizeof arms.baseline, "%s", baseline);
    d = (struct desk){.l = ledger_new(&arms)};
    return &d;
}

static inline void
desk_free(struct desk *d)
{
    arena_release(&d->n.arena);
    ledger_free(d->l);
}

/* Apply the snapshot in d->n. */
static inline enum status
desk_try(struct desk *d)
{
    d->err = (struct err){0};
    d->status = ledger_apply(d->l, &d->n.s, &d->outcome, &d->i, &d->sight, &d->reason, &d->err);
    return d->status;
}

/* The snapshot is taken and has this outcome. */
static inline void
desk_expect(struct desk *d, enum ledger_outcome want)
{
    if (desk_try(d) != STATUS_OK)
        fail_msg("refused: %s", d->err.text);
    assert_int_equal(d->outcome, want);
    if (want == LEDGER_CLOSED)
        assert_true(interval_length_ms(&d->i) > 0);
}

/* Requests of all codes, any class, of one version in one view. */
static inline uint64_t
desk_cells(const struct desk *d, enum counts_view view, const char *name, const char *code)
{
    uint64_t n = 0;

    for (uint32_t k = 0; k < d->i.n_cells; k++) {
        const struct interval_cell *c = &d->i.cells[k];

        if (c->view == view && strcmp(d->i.versions[c->version].name, name) == 0 &&
            (!code || strcmp(c->code, code) == 0))
            n += c->n;
    }
    return n;
}

#endif
