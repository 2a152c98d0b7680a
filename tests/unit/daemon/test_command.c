#include "tests/support/check.h"

#include "daemon/command.h"
#include "daemon/commanddoc.h"

#include <string.h>

static void
find(void **state)
{
    static const struct {
        const char *name, *found, *near;
    } cases[] = {
        {"serve", "serve", NULL},     {"help", "help", NULL},  {"serv", NULL, "serve"},
        {"explian", NULL, "explain"}, {"zzzzzzz", NULL, NULL}, {"", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct slice          near = {0};
        const struct command *c = command_find(slice_of(cases[i].name), &near);

        assert_int_equal(c != NULL, cases[i].found != NULL);
        if (c)
            assert_string_equal(c->name, cases[i].found);
        else if (cases[i].near)
            assert_true(slice_is(near, cases[i].near));
        else
            assert_int_equal(near.n, 0);
    }
}

/* A row that an enum has and the table has not is all zeros. */
static void
check_rows(const struct option_command *o)
{
    bool json = false;

    assert_true(o->n <= OPTION_MAX_ROWS && o->n <= 32);
    for (size_t i = 0; i < o->n; i++) {
        const struct option_row *row = &o->rows[i];

        if (!row->name || !row->name[0] || !row->help || !row->help[0])
            fail_msg("%s: row %zu has no name or no help", o->name, i);
        if ((row->kind == OPTION_FLAG) != (row->arg == NULL))
            fail_msg("%s --%s: a flag has no arg, all others have one", o->name, row->name);
        if (row->letter == 'h' || !strcmp(row->name, "help") || strchr(row->help, '\n') ||
            row->help[strlen(row->help) - 1] == '.')
            fail_msg("%s --%s: -h is taken; the help is one line without a full stop", o->name,
                     row->name);
        if (option_required(o, row) && row->kind == OPTION_FLAG)
            fail_msg("%s --%s: a flag cannot be required", o->name, row->name);
        for (size_t k = 0; k < i; k++)
            if (!strcmp(o->rows[k].name, row->name) ||
                (row->letter && o->rows[k].letter == row->letter))
                fail_msg("%s --%s: its name or letter stands twice", o->name, row->name);
        json |= !strcmp(row->name, "json");
    }
    if (o->n < 32)
        assert_int_equal(o->required >> o->n, 0);
    if (json && !o->json)
        fail_msg("%s: nothing says what --json prints", o->name);
}

static void
check_exits(const struct option_command *o)
{
    int before = -1;

    for (size_t i = 0; i < OPTION_MAX_EXITS && o->exits[i].means; i++) {
        if (o->exits[i].code <= before || !o->exits[i].means[0])
            fail_msg("%s: exit codes rise, and each has a meaning", o->name);
        before = o->exits[i].code;
    }
    if (o->exits[0].code != 0 || !o->exits[0].means || before != OPTION_EXIT_ERROR)
        fail_msg("%s: exit codes begin with 0 and end with %d", o->name, OPTION_EXIT_ERROR);
}

static void
every_command_is_whole(void **state)
{
    size_t                n;
    const struct command *c = command_table(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct option_command *o = c[i].options;
        struct slice                 rest = slice_of(o->operands);
        size_t                       words = 0;

        assert_string_equal(o->name, c[i].name);
        assert_true(c[i].help[0] && o->help && o->help[0]);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(c[k].name, c[i].name);
        while (option_word(&rest).n)
            words++;
        if ((o->max_operands > 0) != (words > 0) || words > o->max_operands ||
            o->min_operands > o->max_operands)
            fail_msg("%s: operands and their number", o->name);
        check_rows(o);
        check_exits(o);
    }
}

static size_t
count(const char *in, const char *what)
{
    size_t n = 0;

    for (const char *p = strstr(in, what); p; p = strstr(p + 1, what))
        n++;
    return n;
}

/* man(7): a line that begins with a dot is a request; each of ours is known. */
static void
the_page_is_well_formed(void **state)
{
    static const char *const requests[] = {".\\\"", ".TH ", ".SH ", ".SS ", ".TP",
                                           ".PP",   ".BR ", ".B ",  ".I ",  ".br"};
    struct text              t;
    struct slice             rest;
    size_t                   n;

    (void)state;
    (void)command_table(&n);
    text_init(&t, 1 << 20);
    commanddoc_man(&t);
    assert_int_equal(t.status, STATUS_OK);
    rest = text_slice(&t);
    while (rest.n) {
        struct slice line = slice_cut(&rest, '\n');
        bool         known = !line.n || (line.p[0] != '.' && line.p[0] != '\'');

        for (size_t i = 0; i < ARRAY_LEN(requests); i++)
            known |= slice_starts(line, requests[i]);
        if (!known)
            fail_msg("no request of man(7): %.*s", SLICE_ARG(line));
    }
    assert_int_equal(count(t.p, "\n.SS verdictd "), n);
    assert_int_equal(count(t.p, "\nExit code: 0 "), n);
    text_clear(&t);
    commanddoc_markdown(&t);
    assert_int_equal(t.status, STATUS_OK);
    assert_int_equal(count(t.p, "\n## verdictd "), n);
    text_release(&t);
}

static void
words(void **state)
{
    (void)state;
    assert_int_equal(command_word(SLICE_LITERAL("FILE")), COMMAND_WORD_PATH);
    assert_int_equal(command_word(SLICE_LITERAL("DIR")), COMMAND_WORD_PATH);
    assert_int_equal(command_word(SLICE_LITERAL("COMMAND")), COMMAND_WORD_COMMAND);
    assert_int_equal(command_word(SLICE_LITERAL("RUN")), COMMAND_WORD_FREE);
    assert_int_equal(command_word(SLICE_LITERAL("approve")), COMMAND_WORD_LITERAL);
    assert_int_equal(command_word(SLICE_LITERAL("-")), COMMAND_WORD_LITERAL);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(find),
        cmocka_unit_test(every_command_is_whole),
        cmocka_unit_test(the_page_is_well_formed),
        cmocka_unit_test(words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
