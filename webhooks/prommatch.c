#include "webhooks/prommatch.h"

#include "promql/parser.h"

bool
prommatch_read(struct promcall *c, const char *name, struct slice text, struct prommatch *out)
{
    struct err   err = {0};
    struct node *selector;
    enum status  s = parser_selector(&c->arena, text, &selector, &err);

    *out = (struct prommatch){.takes_all = true};
    if (!s)
        out->at = arena_array(&c->arena, selector->u.selector.n + 1, sizeof *out->at);
    for (size_t i = 0; !s && i < selector->u.selector.n; i++) {
        const struct node_matcher *m = &selector->u.selector.matchers[i];

        s = matcher_init(&out->at[i], m->op, m->name, m->value, &err);
        if (!s)
            out->n++;
        out->takes_all = out->takes_all && m->takes_empty;
    }
    if (s) {
        prommatch_release(out);
        if (name)
            promcall_invalid(c, name, &err);
        else
            promcall_fail(c, PROMCALL_BAD_DATA, "%s", err.text);
    }
    return !s;
}

void
prommatch_release(struct prommatch *m)
{
    while (m->n)
        matcher_release(&m->at[--m->n]);
}
