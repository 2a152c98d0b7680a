#include "promql/matcher.h"

enum status
matcher_init(struct matcher *m, enum matcher_op op, struct slice name, struct slice value,
             struct err *err)
{
    *m = (struct matcher){.name = name, .value = value, .op = op};
    if (op == MATCHER_EQUAL || op == MATCHER_NOT_EQUAL)
        return STATUS_OK;
    return regex_new(value, &m->re, err);
}

void
matcher_release(struct matcher *m)
{
    regex_free(m->re);
    m->re = NULL;
}

const char *
matcher_op_text(enum matcher_op op)
{
    static const char *const text[] = {[MATCHER_EQUAL] = "=",
                                       [MATCHER_NOT_EQUAL] = "!=",
                                       [MATCHER_REGEX] = "=~",
                                       [MATCHER_NOT_REGEX] = "!~"};

    return text[op];
}

enum status
matcher_test(const struct matcher *m, struct slice value, bool *hit, struct err *err)
{
    enum status st = STATUS_OK;

    switch (m->op) {
    case MATCHER_EQUAL:
        *hit = slice_equal(m->value, value);
        break;
    case MATCHER_NOT_EQUAL:
        *hit = !slice_equal(m->value, value);
        break;
    case MATCHER_REGEX:
        st = regex_match(m->re, value, hit, err);
        break;
    case MATCHER_NOT_REGEX:
        st = regex_match(m->re, value, hit, err);
        *hit = !*hit;
        break;
    }
    return st;
}

bool
matcher_takes_empty(const struct matcher *m)
{
    bool hit = false;

    /* An empty subject cannot use up any budget that a pattern left it. */
    return matcher_test(m, (struct slice){"", 0}, &hit, NULL) == STATUS_OK && hit;
}
