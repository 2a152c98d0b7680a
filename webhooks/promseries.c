#include "webhooks/promseries.h"

#include "promql/runes.h"
#include "webhooks/promjson.h"
#include "webhooks/prommatch.h"
#include "webhooks/promtime.h"

#include <stdlib.h>

/* All of the store; an answer of them is bounded by its bytes. */
enum { MOST_SERIES = 10 * 1000 * 1000 };

struct search {
    struct promcall      *c;
    struct source_reader *reader;
    struct source_query   query; /* all but the matchers */
    size_t                limit;
    const char           *parameter; /* what errors call match[]; NULL: nothing */
};

/* What to do with the series of one match[]. */
typedef void (*found_fn)(void *ctx, const struct source_selection *found);

/* One selection.  No matchers: everything. */
static void
select_by(struct search *s, const struct matcher *matchers, size_t n, found_fn found, void *ctx)
{
    struct source_selection selection = {0};
    struct err              err = {0};
    enum status             st;

    s->query.matchers = matchers;
    s->query.n_matchers = n;
    st = s->reader->select(s->reader, &s->query, &s->c->arena, &selection, &err);
    if (st)
        promcall_fail_as(s->c, st, &err);
    else
        found(ctx, &selection);
}

static void
select_match(struct search *s, struct slice text, found_fn found, void *ctx)
{
    struct prommatch m;

    if (!prommatch_read(s->c, s->parameter, text, &m))
        return;
    if (m.takes_all)
        promcall_fail(s->c, PROMCALL_BAD_DATA,
                      "%smatch[] must contain at least one non-empty matcher",
                      s->parameter ? "invalid parameter \"match[]\": " : "");
    else
        select_by(s, m.at, m.n, found, ctx);
    prommatch_release(&m);
}

/* start, end and limit; then a reader. */
static bool
begin(struct search *s, struct promcall *c)
{
    struct err  err = {0};
    enum status st;

    *s = (struct search){
        .c = c,
        .query = {.min_ms = -PROMTIME_FAR_MS,
                  .max_ms = PROMTIME_FAR_MS,
                  .max_series = MOST_SERIES,
                  .cancel = c->gone,
                  .clock = c->clock},
    };
    if (!promcall_time(c, "start", &s->query.min_ms) ||
        !promcall_time(c, "end", &s->query.max_ms) || !promcall_limit(c, &s->limit) ||
        !promcall_timeout(c))
        return false;
    s->query.deadline_ms = c->deadline_ms;
    st = c->series->source.open(c->series->source.self, &s->reader, &err);
    if (st) {
        promcall_fail_as(c, st, &err);
        s->reader = NULL;
    }
    return !st;
}

/* Each match[], or everything where there is none. */
static void
run(struct search *s, found_fn found, void *ctx)
{
    size_t       at = 0, n = 0;
    struct slice match;

    for (; !s->c->err.status && promform_next(&s->c->form, "match[]", &at, &match); n++)
        select_match(s, match, found, ctx);
    if (n == 0)
        select_by(s, NULL, 0, found, ctx);
}

static void
end(struct search *s)
{
    if (s->reader)
        s->reader->close(s->reader);
}

static void
warn_truncated(struct promcall *c)
{
    promcall_warn(c, SLICE_LITERAL("results truncated due to limit"));
}

/* Label sets, each once. */
struct collected {
    struct labels_pool pool;
    struct arena      *arena;
    VEC(uint32_t) ids; /* each once */
    bool  *seen;
    size_t cap_seen;
};

static void
mark(struct collected *k, uint32_t id)
{
    if (id >= k->cap_seen) {
        size_t cap = 2 * (size_t)id + 1024;
        bool  *seen = arena_array(k->arena, cap, sizeof *seen);

        if (k->cap_seen)
            memcpy(seen, k->seen, k->cap_seen * sizeof *seen);
        k->seen = seen;
        k->cap_seen = cap;
    }
    if (k->seen[id])
        return;
    k->seen[id] = true;
    VEC_PUSH(k->arena, &k->ids, id);
}

static void
collect_sets(void *ctx, const struct source_selection *found)
{
    struct collected *k = ctx;

    for (size_t i = 0; i < found->n; i++)
        mark(k, labels_id(&k->pool, found->series[i].labels));
}

void
promseries_series(struct promcall *c)
{
    struct search    s;
    struct collected k = {.arena = &c->arena};
    size_t max_bytes = c->limits.max_memory_bytes ? c->limits.max_memory_bytes : (size_t)512 << 20;

    if (promform_get(&c->form, "match[]").p == NULL) {
        promcall_fail(c, PROMCALL_BAD_DATA, "no match[] parameter provided");
        return;
    }
    if (!begin(&s, c))
        return;
    s.parameter = "match[]";
    labels_pool_init(&k.pool, &c->arena, s.reader->symbols, max_bytes);
    run(&s, collect_sets, &k);
    if (k.pool.status)
        promcall_fail(c, PROMCALL_EXECUTION,
                      "the series found take more memory than is allowed: ask for fewer");
    if (!c->err.status) {
        labels_sort(&k.pool, k.ids.at, k.ids.n);
        text_putc(c->out, '[');
        for (size_t i = 0; i < k.ids.n && i < s.limit; i++) {
            if (i)
                text_putc(c->out, ',');
            promjson_labels(c->out, &k.pool, labels_of(&k.pool, k.ids.at[i]));
        }
        text_putc(c->out, ']');
        if (k.ids.n > s.limit)
            warn_truncated(c);
    }
    end(&s);
}

/* Names or values: symbols, each once. */
struct symbol_set {
    struct arena *arena;
    bool         *seen; /* by symbol */
    uint32_t      n;    /* symbols of the reader when it was opened */
    uint32_t      name; /* of values: of this label */
    VEC(uint32_t) symbols;
};

static void
add_symbol(struct symbol_set *set, uint32_t symbol)
{
    if (symbol >= set->n || set->seen[symbol])
        return;
    set->seen[symbol] = true;
    VEC_PUSH(set->arena, &set->symbols, symbol);
}

static void
collect_names(void *ctx, const struct source_selection *found)
{
    for (size_t i = 0; i < found->n; i++)
        for (uint32_t k = 0; k < found->series[i].labels.n; k++)
            add_symbol(ctx, found->series[i].labels.at[k].name);
}

static void
collect_values(void *ctx, const struct source_selection *found)
{
    struct symbol_set *set = ctx;

    for (size_t i = 0; i < found->n; i++) {
        uint32_t value = labels_get(found->series[i].labels, set->name);

        if (value != SYMBOLS_EMPTY)
            add_symbol(set, value);
    }
}

static int
compare_texts(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static void
put_symbols(struct search *s, const struct symbol_set *set)
{
    struct promcall *c = s->c;
    struct slice    *texts = arena_array(&c->arena, set->symbols.n + 1, sizeof *texts);

    for (size_t i = 0; i < set->symbols.n; i++)
        texts[i] = symbols_text(s->reader->symbols, set->symbols.at[i]);
    qsort(texts, set->symbols.n, sizeof *texts, compare_texts);
    text_putc(c->out, '[');
    for (size_t i = 0; i < set->symbols.n && i < s->limit; i++) {
        if (i)
            text_putc(c->out, ',');
        jsonout_quote(c->out, texts[i]);
    }
    text_putc(c->out, ']');
    if (set->symbols.n > s->limit)
        warn_truncated(c);
}

static void
find_symbols(struct promcall *c, found_fn found, struct slice of)
{
    struct search     s;
    struct symbol_set set = {.arena = &c->arena};

    if (!begin(&s, c))
        return;
    set.n = symbols_count(s.reader->symbols);
    set.seen = arena_array(&c->arena, (size_t)set.n + 1, sizeof *set.seen);
    if (of.n && !symbols_find(s.reader->symbols, of, &set.name))
        set.name = UINT32_MAX; /* nobody's; but match[] may be at fault all the same */
    run(&s, found, &set);
    if (!c->err.status)
        put_symbols(&s, &set);
    end(&s);
}

void
promseries_labels(struct promcall *c)
{
    find_symbols(c, collect_names, (struct slice){0});
}

/* U__ and the rest stands for a name beyond [a-zA-Z0-9_]: __ is _, _2e_ is the
 * character of that code point (model.UnescapeName).  False: not such a name. */
static bool
unescape_name(struct promcall *c, struct slice in, struct slice *out)
{
    char  *at = arena_alloc(&c->arena, in.n + 4); /* a code point takes as many as its digits */
    size_t n = 0;

    for (size_t i = 3; i < in.n; i++) {
        uint32_t rune = 0;
        size_t   digits = 0;

        if (in.p[i] != '_') {
            at[n++] = in.p[i];
            continue;
        }
        if (++i < in.n && in.p[i] == '_') {
            at[n++] = '_';
            continue;
        }
        for (; i < in.n && in.p[i] != '_' && digits < 6; i++, digits++) {
            int d = slice_hex_digit(in.p[i]);

            if (d < 0)
                return false;
            rune = rune << 4 | (uint32_t)d;
        }
        if (i >= in.n || digits == 0 || rune > 0x10ffff)
            return false;
        n += runes_write(at + n, rune);
    }
    *out = (struct slice){at, n};
    return true;
}

void
promseries_values(struct promcall *c)
{
    struct slice name = c->arg;
    struct text  quoted;

    if (slice_starts(name, "U__") && !unescape_name(c, c->arg, &name))
        name = c->arg;
    if (labels_name_valid(name)) {
        find_symbols(c, collect_values, name);
        return;
    }
    text_init(&quoted, 4096);
    jsonout_quote(&quoted, name);
    promcall_fail(c, PROMCALL_BAD_DATA, "invalid label name: %.200s", quoted.p);
    text_release(&quoted);
}
