/* Each file of templatelint/ says in its first lines, "# expect: LINE RULE", all
 * that is found in it. */
#include "base/hash.h"
#include "base/wholefile.h"
#include "tests/support/check.h"
#include "webhooks/templatelint.h"

#include <dirent.h>
#include <stdlib.h>

enum { MAX_FILE_BYTES = 1 << 20, MAX_LINES = 64, LINE_BYTES = 80 };

static const char directory[] = SOURCE_DIR "/tests/unit/webhooks/templatelint";

struct lines {
    char   at[MAX_LINES][LINE_BYTES];
    size_t n;
};

static int
compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void
put(struct lines *l, const char *line)
{
    assert_true(l->n < MAX_LINES);
    snprintf(l->at[l->n++], LINE_BYTES, "%s", line);
    qsort(l->at, l->n, LINE_BYTES, compare);
}

static struct lines
expected(struct slice body)
{
    static const char mark[] = "# expect: ";
    struct lines      l = {0};

    while (slice_starts(body, mark)) {
        struct slice line = slice_cut(&body, '\n');
        char         text[LINE_BYTES];

        snprintf(text, sizeof text, "%.*s", (int)(line.n - strlen(mark)), line.p + strlen(mark));
        put(&l, text);
    }
    return l;
}

static struct lines
found(const struct templatelint *t, bool seen[TEMPLATELINT_COUNT])
{
    struct lines l = {0};

    for (size_t i = 0; i < t->findings.n; i++) {
        char text[LINE_BYTES];

        snprintf(text, sizeof text, "%d %s", t->findings.at[i].line,
                 templatelint_name(t->findings.at[i].rule));
        put(&l, text);
        seen[t->findings.at[i].rule] = true;
    }
    return l;
}

static void
check_file(const char *name, bool seen[TEMPLATELINT_COUNT])
{
    struct arena        a = {0};
    struct templatelint t;
    struct text         body;
    struct err          err = {0};
    struct lines        want, got;
    char               *path = arena_printf(&a, "%s/%s", directory, name);

    text_init(&body, MAX_FILE_BYTES);
    templatelint_init(&t, &a);
    if (wholefile_read(path, &body, &err) || templatelint_file(&t, name, text_slice(&body), &err))
        fail_msg("%s", err.text);
    templatelint_finish(&t);
    want = expected(text_slice(&body));
    got = found(&t, seen);
    for (size_t i = 0; i < (want.n > got.n ? want.n : got.n); i++)
        if (strcmp(want.at[i], got.at[i]) != 0)
            fail_msg("%s: expected \"%s\", found \"%s\"", name, want.at[i], got.at[i]);
    text_release(&body);
    arena_release(&a);
}

static void
every_file_says_what_is_found_in_it(void **state)
{
    bool           seen[TEMPLATELINT_COUNT] = {0};
    DIR           *d = opendir(directory);
    struct dirent *e;
    size_t         n = 0;

    (void)state;
    assert_non_null(d);
    while ((e = readdir(d))) {
        if (!slice_ends(slice_of(e->d_name), ".yaml"))
            continue;
        check_file(e->d_name, seen);
        n++;
    }
    closedir(d);
    assert_true(n > 40);
    for (int i = 0; i < TEMPLATELINT_COUNT; i++)
        if (!seen[i])
            fail_msg("no file has %s", templatelint_name((enum templatelint_rule)i));
}

static void
findings_are_bounded(void **state)
{
    static const char   hook[] = "    - {type: events, url: x}\n";
    struct arena        a = {0};
    struct templatelint t;
    struct text         body;
    struct err          err = {0};

    (void)state;
    text_init(&body, MAX_FILE_BYTES);
    text_puts(&body, "apiVersion: flagger.app/v1beta1\nkind: Canary\nspec:\n  analysis:\n"
                     "    webhooks:\n");
    for (int i = 0; i < TEMPLATELINT_MAX_FINDINGS + 7; i++)
        text_puts(&body, hook);
    templatelint_init(&t, &a);
    if (templatelint_file(&t, "f", text_slice(&body), &err))
        fail_msg("%s", err.text);
    assert_int_equal(t.findings.n, TEMPLATELINT_MAX_FINDINGS);
    assert_int_equal(t.left_out, 7);
    assert_int_equal(t.n_of[TEMPLATELINT_FAIL_SHUT], TEMPLATELINT_MAX_FINDINGS + 7);
    text_release(&body);
    arena_release(&a);
}

static void
what_cannot_be_read_is_refused(void **state)
{
    struct arena        a = {0};
    struct templatelint t;
    struct err          err = {0};

    (void)state;
    templatelint_init(&t, &a);
    assert_int_equal(templatelint_file(&t, "f", SLICE_LITERAL("a: [\n"), &err), STATUS_SYNTAX);
    assert_int_equal(t.n_objects, 0);
    /* Other shapes than the schema's are passed over, not read past. */
    assert_int_equal(
        templatelint_file(&t, "f",
                          SLICE_LITERAL("apiVersion: argoproj.io/v1alpha1\n"
                                        "kind: Rollout\n"
                                        "spec: {strategy: {canary: [1], blueGreen: 2}}\n"
                                        "---\n- 1\n---\nkind: [x]\n---\n"
                                        "apiVersion: argoproj.io/v1alpha1\n"
                                        "kind: AnalysisTemplate\n"
                                        "spec: {args: 1, dryRun: {}, metrics: [1, []]}\n"),
                          &err),
        STATUS_OK);
    templatelint_finish(&t);
    assert_int_equal(t.n_objects, 2);
    arena_release(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_says_what_is_found_in_it),
        cmocka_unit_test(findings_are_bounded),
        cmocka_unit_test(what_cannot_be_read_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
