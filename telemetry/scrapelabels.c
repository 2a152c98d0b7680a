#include "telemetry/scrapelabels.h"

#include "base/heap.h"
#include "telemetry/serieslabels.h"

#include <stdlib.h>
#include <string.h>

#define EXPORTED "exported_"

void
scrapelabels_init(struct scrapelabels *s, struct tsdb *t, const struct scrapebody_rules *rules,
                  const struct tsdb_label *target, size_t n_target)
{
    size_t bytes = 0;
    char  *text;

    for (size_t i = 0; i < n_target; i++)
        bytes += target[i].name.n + target[i].value.n;
    *s = (struct scrapelabels){.tsdb = t, .rules = rules};
    s->target = heap_new(1, n_target * sizeof *s->target + bytes + 1);
    text = (char *)(s->target + n_target);
    for (size_t i = 0; i < n_target; i++) {
        const struct tsdb_label *l = &target[i];

        if (!l->value.n)
            continue;
        memcpy(text, l->name.p, l->name.n);
        memcpy(text + l->name.n, l->value.p, l->value.n);
        s->target[s->n_target++] =
            (struct tsdb_label){{text, l->name.n}, {text + l->name.n, l->value.n}};
        text += l->name.n + l->value.n;
    }
}

void
scrapelabels_release(struct scrapelabels *s)
{
    free(s->target);
    *s = (struct scrapelabels){0};
}

static bool
is_part(struct slice name, struct slice family)
{
    static const char *const parts[] = {"_bucket", "_sum", "_count"};

    if (name.n <= family.n || memcmp(name.p, family.p, family.n) != 0)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (slice_is((struct slice){name.p + family.n, name.n - family.n}, parts[i]))
            return true;
    return false;
}

bool
scrapelabels_keeps(const struct scrapelabels *s, struct slice name)
{
    for (size_t i = 0; i < s->rules->n_keep; i++) {
        struct slice family = s->rules->keep[i];

        if (slice_equal(name, family) || is_part(name, family))
            return true;
    }
    return s->rules->n_keep == 0;
}

/* A set under way. */
struct set {
    struct tsdb_label at[SCRAPELABELS_MAX];
    size_t            n;
};

static struct tsdb_label *
find(struct set *set, struct slice name)
{
    for (size_t i = 0; i < set->n; i++)
        if (slice_equal(set->at[i].name, name))
            return &set->at[i];
    return NULL;
}

static enum status
add(struct set *set, struct tsdb_label l, struct err *err)
{
    if (set->n == SCRAPELABELS_MAX)
        return err_set(err, STATUS_LIMIT, "%.*s has more than %d labels with its target's",
                       SLICE_ARG(set->at[0].value), SCRAPELABELS_MAX);
    set->at[set->n++] = l;
    return STATUS_OK;
}

static int
by_length_of_name(const void *a, const void *b)
{
    const struct tsdb_label *x = a, *y = b;

    if (x->name.n != y->name.n)
        return x->name.n < y->name.n ? -1 : 1;
    return slice_compare(x->name, y->name);
}

/* The exposed label gets exported_ before its name, as often as it takes for the
 * name to be free.  The new name is put at *text, which has room. */
static enum status
export_label(struct set *set, struct tsdb_label l, char **text, const char *text_end,
             struct err *err)
{
    struct slice       name = l.name;
    struct tsdb_label *other = &l;

    while (other && other->value.n) {
        size_t n = strlen(EXPORTED) + name.n;

        if ((size_t)(text_end - *text) < n)
            return err_set(err, STATUS_LIMIT, "label %.*s clashes with too many others",
                           SLICE_ARG(l.name));
        memmove(*text + strlen(EXPORTED), name.p, name.n); /* it may stand there itself */
        memcpy(*text, EXPORTED, strlen(EXPORTED));
        name = (struct slice){*text, n};
        other = find(set, name);
        *text += other && other->value.n ? 0 : n;
    }
    l.name = name;
    if (!other)
        return add(set, l, err);
    other->value = l.value;
    return STATUS_OK;
}

static enum status
merge(const struct scrapelabels *s, struct set *set, char *text, const char *text_end,
      struct err *err)
{
    struct tsdb_label clash[SCRAPELABELS_MAX];
    size_t            n_clash = 0;
    enum status       st = STATUS_OK;

    for (size_t i = 0; i < s->n_target && st == STATUS_OK; i++) {
        struct tsdb_label *own = find(set, s->target[i].name);

        if (!own) {
            st = add(set, s->target[i], err);
        } else if (!s->rules->honor_labels) {
            if (own->value.n)
                clash[n_clash++] = *own;
            own->value = s->target[i].value;
        }
    }
    if (n_clash)
        qsort(clash, n_clash, sizeof *clash, by_length_of_name);
    for (size_t i = 0; i < n_clash && st == STATUS_OK; i++)
        st = export_label(set, clash[i], &text, text_end, err);
    return st;
}

enum { EXCERPT_BYTES = 50 };

static enum status
too_long(struct err *err, const char *limit, const struct set *set, struct slice name, size_t n,
         uint32_t max)
{
    struct slice metric = set->at[0].value;

    metric.n = metric.n < EXCERPT_BYTES ? metric.n : EXCERPT_BYTES;
    name.n = name.n < EXCERPT_BYTES ? name.n : EXCERPT_BYTES;
    return err_set(err, STATUS_LIMIT, "%s: label %.*s of %.*s has %zu bytes, %u are allowed", limit,
                   SLICE_ARG(name), SLICE_ARG(metric), n, max);
}

static enum status
check_limits(const struct scrapebody_rules *r, const struct set *set, struct err *err)
{
    struct slice metric = set->at[0].value;
    size_t       n = 0;

    for (size_t i = 0; i < set->n; i++) {
        const struct tsdb_label *l = &set->at[i];

        n += l->value.n != 0;
        if (r->label_name_bytes && l->name.n > r->label_name_bytes)
            return too_long(err, "label_name_limit", set, l->name, l->name.n, r->label_name_bytes);
        if (r->label_value_bytes && l->value.n > r->label_value_bytes)
            return too_long(err, "label_value_limit", set, l->name, l->value.n,
                            r->label_value_bytes);
    }
    if (r->label_limit && n > r->label_limit)
        return err_set(err, STATUS_LIMIT, "label_limit: %.*s has %zu labels, %u are allowed",
                       (int)(metric.n < EXCERPT_BYTES ? metric.n : EXCERPT_BYTES), metric.p, n,
                       r->label_limit);
    return STATUS_OK;
}

enum status
scrapelabels_series(const struct scrapelabels *s, struct slice series, enum exposition_type type,
                    struct scrapelabels_store *store, uint64_t *ref, struct err *err)
{
    struct set  set;
    size_t      room = series.n + SERIESLABELS_EXTRA_BYTES, exported = 0;
    enum status st;

    for (size_t i = 0; i < s->n_target; i++)
        exported += 4 * strlen(EXPORTED) + s->target[i].name.n;
    if (store->cap < room + exported) {
        store->cap = 2 * (room + exported);
        store->at = heap_grow(store->at, store->cap, 1);
    }
    st = serieslabels_read(series, type, set.at, SCRAPELABELS_MAX, &set.n, store->at, room, err);
    if (st)
        return st;
    *ref = TSDB_NONE;
    if (!scrapelabels_keeps(s, set.at[0].value))
        return STATUS_OK;
    st = merge(s, &set, store->at + room, store->at + store->cap, err);
    if (st == STATUS_OK)
        st = check_limits(s->rules, &set, err);
    if (st == STATUS_OK)
        st = tsdb_series(s->tsdb, set.at, set.n, ref, err);
    return st;
}

enum status
scrapelabels_synthetic(const struct scrapelabels *s, const char *name, uint64_t *ref,
                       struct err *err)
{
    struct set  set = {.n = 1};
    enum status st = STATUS_OK;

    set.at[0] = (struct tsdb_label){SLICE_LITERAL("__name__"), slice_of(name)};
    for (size_t i = 0; i < s->n_target && st == STATUS_OK; i++)
        st = add(&set, s->target[i], err);
    return st ? st : tsdb_series(s->tsdb, set.at, set.n, ref, err);
}
