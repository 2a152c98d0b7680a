#include "telemetry/tsdbset.h"

static enum status
check(const struct tsdb_limits *limits, const struct tsdb_label *l, struct err *err)
{
    if (l->name.n > limits->max_label_bytes || l->value.n > limits->max_label_bytes)
        return err_set(err, STATUS_LIMIT,
                       "label \"%.*s\" has a name or value of more than %u bytes",
                       l->name.n > 100 ? 100 : (int)l->name.n, l->name.p, limits->max_label_bytes);
    if (!labels_name_valid(l->name))
        return err_set(err, STATUS_SYNTAX, "label name \"%.*s\" is empty or not UTF-8",
                       SLICE_ARG(l->name));
    if (!slice_utf8(l->value))
        return err_set(err, STATUS_SYNTAX, "the value of label \"%.*s\" is not UTF-8",
                       SLICE_ARG(l->name));
    return STATUS_OK;
}

/* Labels mostly come sorted, or nearly: insertion is the fastest then, and n is
 * bounded. */
static enum status
insert(const struct tsdb_label *l, struct tsdb_label *to, size_t *n, struct err *err)
{
    size_t at = *n;

    while (at > 0) {
        int order = slice_compare(to[at - 1].name, l->name);

        if (order == 0)
            return err_set(err, STATUS_CONFLICT, "label \"%.*s\" stands twice in one series",
                           SLICE_ARG(l->name));
        if (order < 0)
            break;
        to[at] = to[at - 1];
        at--;
    }
    to[at] = *l;
    (*n)++;
    return STATUS_OK;
}

enum status
tsdbset_sort(const struct tsdb_limits *limits, const struct tsdb_label *labels, size_t n,
             struct tsdb_label *to, size_t *n_to, struct err *err)
{
    size_t max = limits->max_labels;
    bool   named = false;
    size_t kept = 0;

    if (n > TSDBSET_MAX_LABELS)
        return err_set(err, STATUS_LIMIT, "a series has more than %d labels", TSDBSET_MAX_LABELS);
    *n_to = 0;
    for (size_t i = 0; i < n; i++) {
        enum status st = check(limits, &labels[i], err);

        if (!st)
            st = insert(&labels[i], to, n_to, err);
        if (st)
            return st;
    }
    for (size_t i = 0; i < *n_to; i++) {
        if (!to[i].value.n)
            continue;
        named |= slice_is(to[i].name, "__name__");
        to[kept++] = to[i];
    }
    *n_to = kept;
    if (!named)
        return err_set(err, STATUS_SYNTAX, "a series has no metric name");
    if (kept > max)
        return err_set(err, STATUS_LIMIT, "a series has %zu labels, more than the limit of %zu",
                       kept, max);
    return STATUS_OK;
}
