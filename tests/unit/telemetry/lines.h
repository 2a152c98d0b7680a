/* lines.h - what exposition.h reads from a body, one line of text each. */
#ifndef TESTS_UNIT_TELEMETRY_LINES_H
#define TESTS_UNIT_TELEMETRY_LINES_H

#include "promql/gofloat.h"
#include "telemetry/exposition.h"
#include "telemetry/serieslabels.h"
#include "tests/support/check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void
lines_labels(struct text *to, const struct exposition_line *l)
{
    struct tsdb_label labels[64];
    size_t            n, room = l->series.n + SERIESLABELS_EXTRA_BYTES;
    char             *store = malloc(room);
    struct err        err = {0};

    if (serieslabels_read(l->series, l->type, labels, ARRAY_LEN(labels), &n, store, room, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < n; i++)
        text_printf(to, "%s%.*s=%.*s", i ? "," : "", SLICE_ARG(labels[i].name),
                    SLICE_ARG(labels[i].value));
    free(store);
}

static void
lines_one(struct text *to, const struct exposition_line *l)
{
    static const char *const word[] = {"END", "", "TYPE ", "HELP ", "UNIT "};

    text_puts(to, word[l->what]);
    switch (l->what) {
    case EXPOSITION_END:
        break;
    case EXPOSITION_SAMPLE:
        lines_labels(to, l);
        text_putc(to, ' ');
        gofloat_put_g(to, l->value);
        if (l->has_time)
            text_printf(to, "@%" PRId64, l->t_ms);
        break;
    case EXPOSITION_TYPE:
        text_printf(to, "%.*s %s", SLICE_ARG(l->series), exposition_type_name(l->type));
        break;
    case EXPOSITION_HELP:
    case EXPOSITION_UNIT:
        text_printf(to, "%.*s '%.*s'", SLICE_ARG(l->series), SLICE_ARG(l->text));
        break;
    }
    text_putc(to, '\n');
}

/* All lines, and END or the error.  The body is read where nothing may be read
 * behind it. */
static char *
lines_of(enum exposition_format format, struct slice body)
{
    char                  *copy = malloc(body.n ? body.n : 1);
    struct exposition      e = {.format = format, .body = {copy, body.n}};
    struct exposition_line l = {.what = EXPOSITION_SAMPLE};
    struct err             err = {0};
    struct text            t;

    text_init(&t, 1 << 20);
    if (body.n)
        memcpy(copy, body.p, body.n);
    while (l.what != EXPOSITION_END) {
        if (exposition_next(&e, &l, &err)) {
            assert_int_equal(err.status, STATUS_SYNTAX);
            text_printf(&t, "%s\n", err.text);
            break;
        }
        lines_one(&t, &l);
    }
    free(copy);
    return text_take(&t, &(size_t){0});
}

struct lines_case {
    struct slice body;
    const char  *want;
};
#define LINES_CASE(body, want)                                                                     \
    {                                                                                              \
        SLICE_LITERAL(body), want                                                                  \
    }

static void
lines_check(enum exposition_format format, const struct lines_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *got = lines_of(format, cases[i].body);

        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%.*s\ngave\n%swanted\n%s", SLICE_ARG(cases[i].body), got, cases[i].want);
        free(got);
    }
}

#endif
