#include "promql/evaljoin.h"

#include "promql/evalmatch.h"
#include "promql/evalmath.h"
#include "promql/evalop.h"
#include "promql/evaltwins.h"

struct pair {
    uint32_t many, one; /* rows */
};

/* "One" is the right side but for group_right. */
struct join {
    struct stage    *many, *one;
    bool             swapped;
    enum evalop_form form;
    struct evalmatch match; /* left: many; right: one */
    struct pair     *pairs; /* by row, in order */
    size_t           n_pairs;
    bool             crowded; /* a signature has rows that could meet more than one */
    bool             checked;
    struct rowset    pair_rows; /* by pair */
    double          *many_row, *one_row;
};

/* Of the 320 bytes of an error, what is left for the three sets it names, and
 * what each may have of it if that is too little. */
enum { SETS_BYTES = 150, SET_BYTES = SETS_BYTES / 3 - 3, MAX_SET_BYTES = 1 << 20 };

static void
put_set(const struct stage *s, uint32_t set, struct text *to)
{
    text_init(to, MAX_SET_BYTES);
    labels_write(s->ctx->pool, labels_of(s->ctx->pool, set), to);
}

static void
cut_set(struct text *t)
{
    size_t n = SET_BYTES;

    if (t->n <= SET_BYTES)
        return;
    while (n && (t->p[n] & 0xc0) == 0x80) /* not inside a character */
        n--;
    t->n = n;
    text_puts(t, "…");
}

static enum status
refuse_duplicate(struct stage *s, uint32_t number, uint32_t a, uint32_t b)
{
    struct join        *j = s->own;
    struct labels_pool *pool = s->ctx->pool;
    uint32_t            first = stage_set_id(j->one, a), second = stage_set_id(j->one, b);
    struct text         group, left, right;

    if (labels_compare(pool, labels_of(pool, first), labels_of(pool, second)) > 0) {
        first = stage_set_id(j->one, b);
        second = stage_set_id(j->one, a);
    }
    put_set(s, j->match.signature[number], &group);
    put_set(s, first, &left);
    put_set(s, second, &right);
    if (group.n + left.n + right.n > SETS_BYTES) {
        cut_set(&group);
        cut_set(&left);
        cut_set(&right);
    }
    enum status rc =
        err_set(s->ctx->err, STATUS_BAD_QUERY,
                "found duplicate series for the match group %s on the %s hand-side of the "
                "operation: [%s, %s];many-to-many matching not allowed: matching labels must be "
                "unique on one side",
                group.p, j->swapped ? "left" : "right", left.p, right.p);
    text_release(&group);
    text_release(&left);
    text_release(&right);
    return rc;
}

/* Who has been met so far at one step. */
struct meeting {
    uint32_t *one;     /* 1 + row, by signature */
    bool     *matched; /* by signature */
    uint64_t *met;     /* by result set: 1 + signature */
    uint32_t *set_of_pair;
};

static enum status
meet_ones(struct stage *s, struct meeting *m, size_t step, bool many_there)
{
    struct join *j = s->own;

    for (uint32_t i = 0; i < j->one->rows.n; i++) {
        uint32_t number = j->match.right[i];
        if (value_is_absent(j->one->held[i * s->grid.n + step]))
            continue;
        if (m->one[number] && many_there)
            return refuse_duplicate(s, number, m->one[number] - 1, i);
        m->one[number] = i + 1;
    }
    return STATUS_OK;
}

static enum status
meet_pairs(struct stage *s, struct meeting *m, size_t step)
{
    struct join *j = s->own;
    bool         one_to_one = s->node->u.binary.card == CARD_ONE_TO_ONE;

    for (size_t p = 0; p < j->n_pairs; p++) {
        struct pair pair = j->pairs[p];
        uint32_t    number = j->match.right[pair.one];
        if (m->one[number] != pair.one + 1 ||
            value_is_absent(j->many->held[pair.many * s->grid.n + step]))
            continue;
        if (one_to_one && m->matched[number])
            return err_set(s->ctx->err, STATUS_BAD_QUERY,
                           "multiple matches for labels: many-to-one matching must be explicit "
                           "(group_left/group_right)");
        if (!one_to_one && m->met[m->set_of_pair[p]] == (uint64_t)number + 1)
            return err_set(s->ctx->err, STATUS_BAD_QUERY,
                           "multiple matches for labels: grouping labels must ensure unique "
                           "matches");
        m->matched[number] = true;
        m->met[m->set_of_pair[p]] = (uint64_t)number + 1;
    }
    return STATUS_OK;
}

static bool
any_at(const struct stage *held, size_t step)
{
    for (size_t i = 0; i < held->rows.n; i++)
        if (!value_is_absent(held->held[i * held->grid.n + step]))
            return true;
    return false;
}

/* Steps in order, as upstream meets them: the first fault is the one told. */
static enum status
check_meetings(struct stage *s)
{
    struct join   *j = s->own;
    struct arena  *arena = s->ctx->arena;
    struct meeting m = {
        .one = arena_array(arena, j->match.n + 1, sizeof *m.one),
        .matched = arena_array(arena, j->match.n + 1, sizeof *m.matched),
        .set_of_pair = arena_array(arena, j->n_pairs + 1, sizeof *m.set_of_pair),
    };
    enum status rc = stage_hold(j->many);

    if (!rc)
        rc = stage_hold(j->one);
    for (size_t p = 0; p < j->n_pairs; p++)
        m.set_of_pair[p] = rowset_id(s->ctx->pool, &j->pair_rows, p);
    size_t n_sets = s->ctx->pool->n_sets + 1;
    m.met = arena_array(arena, n_sets, sizeof *m.met);
    for (size_t step = 0; step < s->grid.n && !rc; step++) {
        memset(m.one, 0, j->match.n * sizeof *m.one);
        memset(m.matched, 0, j->match.n * sizeof *m.matched);
        memset(m.met, 0, n_sets * sizeof *m.met);
        rc = stage_poll(s->ctx);
        if (!rc)
            rc = meet_ones(s, &m, step, any_at(j->many, step));
        if (!rc)
            rc = meet_pairs(s, &m, step);
    }
    return rc;
}

static enum status
check_once(struct stage *s)
{
    struct join *j = s->own;
    bool         done = j->checked || !j->crowded;

    j->checked = true;
    return done ? STATUS_OK : check_meetings(s);
}

static enum status
join_row(struct stage *s, size_t i, double *out)
{
    struct join  *j = s->own;
    const double *many, *one;
    enum status   rc = check_once(s);

    if (!rc && s->node->u.binary.card != CARD_ONE_TO_ONE)
        rc = stage_hold(j->one); /* each is asked for many times */
    if (!rc)
        rc = stage_pull(j->many, j->pairs[i].many, j->many_row, &many);
    if (!rc)
        rc = stage_pull(j->one, j->pairs[i].one, j->one_row, &one);
    if (rc)
        return rc;
    evalop_rows(s->node->u.binary.op, j->form, j->swapped ? one : many, j->swapped ? many : one,
                out, s->grid.n);
    return STATUS_OK;
}

/* Labels of the result of two sets (resultMetric of promql/engine.go). */
struct marriage {
    struct labels_builder b;
    uint32_t             *names, *include;
    size_t                n_names, n_include;
    uint32_t              last_many, last_bare; /* sets; the last answer */
};

static bool
name_goes(const struct stage *s)
{
    return evalmath_changes_meaning(s->node->u.binary.op) ||
           (s->node->u.binary.return_bool && !s->ctx->request->delayed_names);
}

static uint32_t
bare_set(struct stage *s, struct marriage *m, uint32_t many)
{
    struct labels_pool *pool = s->ctx->pool;
    const struct node  *node = s->node;
    uint32_t            set = many;

    if (m->last_many == many + 1)
        return m->last_bare;
    if (name_goes(s))
        set = labels_drop_name(pool, labels_of(pool, set));
    if (node->u.binary.card == CARD_ONE_TO_ONE && node->u.binary.is_on)
        set = labels_keep(pool, labels_of(pool, set), m->names, m->n_names);
    else if (node->u.binary.card == CARD_ONE_TO_ONE) /* names ends in __name__, which may stay */
        set = labels_drop(pool, labels_of(pool, set), m->names, m->n_names - 1);
    m->last_many = many + 1;
    m->last_bare = set;
    return set;
}

static uint32_t
married_set(struct stage *s, struct marriage *m, struct pair pair)
{
    struct join        *j = s->own;
    struct labels_pool *pool = s->ctx->pool;
    uint32_t            set = bare_set(s, m, stage_set_id(j->many, pair.many));

    if (!m->n_include)
        return set;
    labels_builder_start(&m->b, pool, labels_of(pool, set));
    for (size_t i = 0; i < m->n_include; i++)
        labels_builder_set(&m->b, m->include[i],
                           rowset_get(pool, &j->one->rows, pair.one, m->include[i]));
    return labels_builder_id(&m->b);
}

/* Sets put together one by one. */
static enum status
marry(struct stage *s)
{
    struct join              *j = s->own;
    const struct node_labels *include = &s->node->u.binary.include;
    struct arena             *arena = s->ctx->arena;
    struct marriage           m = {.n_include = include->n};
    enum status               rc = STATUS_OK;

    s->rows.ids = arena_array(arena, j->n_pairs + 1, sizeof *s->rows.ids);
    m.names = evalmatch_names(s->ctx, s->node, &m.n_names);
    m.include = arena_array(arena, include->n, sizeof *m.include);
    for (size_t i = 0; i < include->n; i++)
        m.include[i] = labels_symbol(s->ctx->pool, include->at[i]);
    for (size_t p = 0; p < j->n_pairs && !rc; p++) {
        s->rows.ids[p] = married_set(s, &m, j->pairs[p]);
        rc = stage_poll(s->ctx);
    }
    return rc;
}

/* Where a row is called as its many side is, but for the name, no set need be
 * looked at. */
static void
inherit(struct stage *s)
{
    struct join  *j = s->own;
    struct arena *arena = s->ctx->arena;
    const bool   *drops = s->rows.drops;
    uint32_t     *which = arena_array(arena, j->n_pairs + 1, sizeof *which);

    for (size_t p = 0; p < j->n_pairs; p++)
        which[p] = j->pairs[p].many;
    s->rows = rowset_pick(arena, &j->many->rows, which, j->n_pairs);
    s->rows.drops = drops;
    s->rows.distinct &= !j->crowded;
    if (name_goes(s))
        s->rows = rowset_nameless(s->ctx->pool, arena, &s->rows);
}

static enum status
name_rows(struct stage *s)
{
    struct join       *j = s->own;
    const struct node *node = s->node;
    bool              *drops = arena_array(s->ctx->arena, j->n_pairs + 1, sizeof *drops);
    bool               one_to_one = node->u.binary.card == CARD_ONE_TO_ONE;
    bool plain = !node->u.binary.is_on && !node->u.binary.matching.n; /* ignoring () */

    memset(drops, node->u.binary.return_bool && s->ctx->request->delayed_names, j->n_pairs);
    enum status rc = stage_set_rows(s, j->n_pairs, NULL, drops);
    if (rc)
        return rc;
    if (!node->u.binary.include.n && (!one_to_one || plain))
        inherit(s);
    else
        rc = marry(s);
    if (rc)
        return rc;
    /* Many rows of one signature may have become one without their names. */
    j->crowded |= !evaltwins_distinct(s);
    return stage_pool_status(s->ctx);
}

static void
list_pairs(struct join *j, struct arena *arena)
{
    const struct evalmatch *m = &j->match;

    j->pairs = arena_array(arena, j->n_pairs + 1, sizeof *j->pairs);
    j->n_pairs = 0;
    for (uint32_t i = 0; i < j->many->rows.n; i++) {
        if (m->left[i] == EVALMATCH_NONE)
            continue;
        uint32_t number = (uint32_t)m->left[i];
        for (uint32_t k = m->right_first[number]; k < m->right_first[number + 1]; k++)
            j->pairs[j->n_pairs++] = (struct pair){i, m->right_rows[k]};
    }
}

/* How many pairs there are, and whether a signature could be crowded: two on
 * the one side, or two on the other where it is one to one. */
static void
count_pairs(struct join *j, bool one_to_one, struct arena *arena)
{
    const struct evalmatch *m = &j->match;
    bool                   *taken = arena_array(arena, m->n + 1, sizeof *taken);

    j->crowded = j->one->rows.n > m->n;
    for (size_t i = 0; i < j->many->rows.n; i++) {
        if (m->left[i] == EVALMATCH_NONE)
            continue;
        size_t number = (size_t)m->left[i];
        j->n_pairs += m->right_first[number + 1] - m->right_first[number];
        j->crowded |= one_to_one && taken[number];
        taken[number] = true;
    }
}

enum status
evaljoin_new(struct stage *lhs, struct stage *rhs, const struct node *node, struct stage **out)
{
    struct stage *s = stage_new(lhs->ctx, node, lhs->grid);
    struct join  *j = arena_new(s->ctx->arena, struct join);
    bool          one_to_one = node->u.binary.card == CARD_ONE_TO_ONE;

    j->swapped = node->u.binary.card == CARD_ONE_TO_MANY;
    j->many = j->swapped ? rhs : lhs;
    j->one = j->swapped ? lhs : rhs;
    j->form = node->u.binary.return_bool ? EVALOP_BOOL : EVALOP_LEFT;
    j->many_row = stage_buffer(s);
    j->one_row = stage_buffer(s);
    s->own = j;
    s->row = join_row;
    *out = s;
    enum status rc = evalmatch_find(node, j->many, j->one, &j->match);
    if (rc)
        return rc;
    count_pairs(j, one_to_one, s->ctx->arena);
    if (j->n_pairs > s->ctx->request->limits.max_series) /* which says so */
        return stage_set_rows(s, j->n_pairs, NULL, NULL);
    list_pairs(j, s->ctx->arena);
    rc = name_rows(s);
    j->pair_rows = s->rows;
    s->check = check_once;
    if (j->crowded)
        stage_oblige(s);
    return rc ? rc : evaltwins_join(s, EVALTWINS_MERGE, out);
}
