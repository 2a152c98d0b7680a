/* Every row of config.def is walked: its default, its bounds, its place. */
#include "tests/support/check.h"

#include "base/text.h"
#include "daemon/config.h"
#include "daemon/configdoc.h"
#include "daemon/configread.h"
#include "daemon/configtable.h"
#include "daemon/configvalue.h"

#include <inttypes.h>

/* Room for any section's struct. */
union object {
    struct config_daemon       daemon;
    struct config_source       source;
    struct config_service      service;
    struct config_notification notification;
    struct policy              policy;
    struct policy_limit        limit;
};

static bool
is_number(const struct configtable_row *r)
{
    return r->type == CONFIGTABLE_COUNT || r->type == CONFIGTABLE_NUMBER ||
           r->type == CONFIGTABLE_PERCENT || r->type == CONFIGTABLE_DURATION ||
           r->type == CONFIGTABLE_BYTES;
}

static bool
fits(const struct configtable_row *r)
{
    switch (r->type) {
    case CONFIGTABLE_COUNT:
        return r->store == CONFIGTABLE_U32 || r->store == CONFIGTABLE_U64;
    case CONFIGTABLE_NUMBER:
    case CONFIGTABLE_PERCENT:
        return r->store == CONFIGTABLE_DOUBLE;
    case CONFIGTABLE_DURATION:
        return r->store == CONFIGTABLE_I64 || r->store == CONFIGTABLE_DOUBLE;
    case CONFIGTABLE_BYTES:
        return r->store == CONFIGTABLE_U64;
    case CONFIGTABLE_BOOL:
        return r->store == CONFIGTABLE_FLAG;
    case CONFIGTABLE_SET:
        return r->store == CONFIGTABLE_U32;
    case CONFIGTABLE_CHOICE:
        return r->store == CONFIGTABLE_U32 || r->store == CONFIGTABLE_FLAG ||
               r->store == CONFIGTABLE_POINTER;
    case CONFIGTABLE_NAMES:
    case CONFIGTABLE_TARGETS:
    case CONFIGTABLE_PATHS:
    case CONFIGTABLE_METRICS:
    case CONFIGTABLE_RANGES:
    case CONFIGTABLE_ORIGINS:
    case CONFIGTABLE_HEADERS:
    case CONFIGTABLE_LABELS:
        return r->store == CONFIGTABLE_LIST;
    case CONFIGTABLE_TEXT:
    case CONFIGTABLE_NAME:
    case CONFIGTABLE_DNS:
    case CONFIGTABLE_HOST:
    case CONFIGTABLE_LABEL:
    case CONFIGTABLE_PATH:
    case CONFIGTABLE_URL:
    case CONFIGTABLE_ADDRESS:
    case CONFIGTABLE_QUERY:
        break;
    }
    return r->store == CONFIGTABLE_POINTER;
}

static void
test_rows_are_sound(void **state)
{
    size_t                        n;
    const struct configtable_row *rows = configtable_rows(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct configtable_row *r = &rows[i];
        const char                   *dot = strrchr(r->key, '.');

        if (!fits(r))
            fail_msg("%s: its type cannot be stored in its field", r->key);
        if (configtable_row(r->section, r->key) != r)
            fail_msg("%s: twice in the table", r->key);
        if (configtable_group(r->section, r->key))
            fail_msg("%s: a key and a mapping or a refused key too", r->key);
        if (!*r->help || r->help[strlen(r->help) - 1] != '.' || !*r->unit)
            fail_msg("%s: help is a sentence, unit is not empty", r->key);
        if (dot) {
            char group[128];

            snprintf(group, sizeof group, "%.*s", (int)(dot - r->key), r->key);
            if (!configtable_group(r->section, group))
                fail_msg("%s: there is no mapping %s", r->key, group);
        }
        if ((r->type == CONFIGTABLE_CHOICE || r->type == CONFIGTABLE_SET) &&
            !configtable_word_text(r->unit, 0) && !configtable_word_text(r->unit, 1))
            fail_msg("%s: there is no vocabulary %s", r->key, r->unit);
    }
}

static void
test_words_fit_a_set(void **state)
{
    size_t                         n;
    const struct configtable_word *words = configtable_words(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        assert_true(words[i].value < 32);
        assert_ptr_equal(configtable_word(words[i].vocabulary, slice_of(words[i].text)), &words[i]);
        assert_string_equal(configtable_word_text(words[i].vocabulary, words[i].value),
                            words[i].text);
    }
}

/* A default is written as a user would write it, so the reader must take it. */
static void
test_defaults_are_within_bounds(void **state)
{
    struct arena                  a = {0};
    size_t                        n, tried = 0;
    const struct configtable_row *rows = configtable_rows(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        struct slice rest = slice_of(rows[i].value ? rows[i].value : "");
        union object o;

        memset(&o, 0, sizeof o);
        if (!rest.n || slice_is(rest, "auto"))
            continue;
        while (rest.p) {
            struct err   err = {0};
            struct slice item = configvalue_is_list(&rows[i]) ? slice_cut(&rest, ',') : rest;

            if (configvalue_set(&rows[i], item, &o, &a, &err))
                fail_msg("%s: default: %s", rows[i].key, err.text);
            if (!configvalue_is_list(&rows[i]))
                break;
        }
        tried++;
    }
    assert_true(tried > 40);
    arena_release(&a);
}

/* The same text, one smallest step outside. */
static void
just_outside(const struct configtable_row *r, bool over, char out[64])
{
    const char  *bound = over ? r->max : r->min;
    struct arena a = {0};
    union object o;
    struct err   err = {0};
    struct text  text;
    double       real;
    int64_t      whole;

    memset(&o, 0, sizeof o);
    assert_int_equal(configvalue_set(r, slice_of(bound), &o, &a, &err), STATUS_OK);
    text_init(&text, 64);
    if (r->type == CONFIGTABLE_NUMBER || r->type == CONFIGTABLE_PERCENT) {
        assert_int_equal(slice_double(slice_of(bound), &real), STATUS_OK);
        text_double(&text, nextafter(real, over ? INFINITY : -INFINITY));
    } else {
        configvalue_print(r, &o, &text);
        if (r->type == CONFIGTABLE_DURATION)
            text.n -= 2; /* "ms" */
        assert_int_equal(slice_i64((struct slice){text.p, text.n}, &whole), STATUS_OK);
        text_clear(&text);
        text_printf(&text, "%" PRId64 "%s", whole + (over ? 1 : -1),
                    r->type == CONFIGTABLE_DURATION ? "ms" : "");
    }
    snprintf(out, 64, "%s", text.p);
    text_release(&text);
    arena_release(&a);
}

static void
test_bounds_are_kept_and_named(void **state)
{
    struct arena                  a = {0};
    size_t                        n, tried = 0;
    const struct configtable_row *rows = configtable_rows(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct configtable_row *r = &rows[i];
        union object                  o;
        char                          outside[64], want[256];

        memset(&o, 0, sizeof o);
        if (!is_number(r))
            continue;
        for (int over = 0; over < 2; over++) {
            struct err err = {0};

            if (configvalue_set(r, slice_of(over ? r->max : r->min), &o, &a, &err))
                fail_msg("%s: its own bound is refused: %s", r->key, err.text);
            just_outside(r, over, outside);
            if (outside[0] == '-' && r->type != CONFIGTABLE_NUMBER)
                continue; /* cannot be written at all */
            assert_int_equal(configvalue_set(r, slice_of(outside), &o, &a, &err), STATUS_RANGE);
            snprintf(want, sizeof want, "%s is not between %s and %s", outside, r->min, r->max);
            assert_string_equal(err.text, want);
            tried++;
        }
    }
    assert_true(tried > 50);
    arena_release(&a);
}

/* What is printed is what was stored: print, read back where the type allows. */
static void
test_print_reads_back(void **state)
{
    struct arena                  a = {0};
    size_t                        n;
    const struct configtable_row *rows = configtable_rows(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct configtable_row *r = &rows[i];
        union object                  o, again;
        struct text                   one, two;
        struct err                    err = {0};

        if (!is_number(r) || r->alias)
            continue;
        memset(&o, 0, sizeof o);
        memset(&again, 0, sizeof again);
        text_init(&one, 256);
        text_init(&two, 256);
        assert_int_equal(configvalue_set(r, slice_of(r->max), &o, &a, &err), STATUS_OK);
        configvalue_print(r, &o, &one);
        assert_int_equal(configvalue_set(r, text_slice(&one), &again, &a, &err), STATUS_OK);
        configvalue_print(r, &again, &two);
        assert_string_equal(one.p, two.p);
        assert_memory_equal(&o, &again, sizeof o);
        text_release(&one);
        text_release(&two);
    }
    arena_release(&a);
}

/* A letter too many is answered with the key that was meant. */
static void
test_every_key_is_suggested(void **state)
{
    static const struct {
        const char *before, *after;
    } around[CONFIGTABLE_SECTIONS] = {
        [CONFIGTABLE_DAEMON] = {"{", "}"},
        [CONFIGTABLE_SOURCE] = {"{sources: {mesh: {", "}}}"},
        [CONFIGTABLE_SERVICE] = {"{services: [{", "}]}"},
        [CONFIGTABLE_NOTIFICATION] = {"{notifications: {hook: {", "}}}"},
        [CONFIGTABLE_POLICY] = {"{policies: {default: {", "}}}"},
        [CONFIGTABLE_LIMIT] = {"{policies: {default: {thresholds: {x: {", "}}}}}"},
    };
    size_t                        n;
    const struct configtable_row *rows = configtable_rows(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const char         *dot = strrchr(rows[i].key, '.'), *name = dot ? dot + 1 : rows[i].key;
        struct configreport report = {0};
        struct config      *c = NULL;
        char                body[256], want[128];
        bool                found = false;

        if (strchr(rows[i].key, '.') != dot)
            continue; /* two mappings deep: only basic_auth, tried in test_config */
        snprintf(body, sizeof body, "%s%.*s%s%sx: 1%s%s", around[rows[i].section].before,
                 dot ? (int)(dot - rows[i].key) : 0, rows[i].key, dot ? ": {" : "", name,
                 dot ? "}" : "", around[rows[i].section].after);
        snprintf(want, sizeof want, "%sx: unknown key; did you mean %s?", name, name);
        assert_int_not_equal(config_check("f", slice_of(body), &c, &report), STATUS_OK);
        for (size_t k = 0; k < report.n && k < CONFIGREPORT_MAX; k++)
            found |= strstr(report.errors[k].text, want) != NULL;
        if (!found)
            fail_msg("%s: got %s", body, report.errors[0].text);
    }
}

/* The reference of the keys is a generated file that must be fresh. */
static void
test_docs_are_fresh(void **state)
{
    struct text want, got;
    char        buf[4096];
    size_t      n;
    FILE       *f = fopen(SOURCE_DIR "/docs/CONFIG.md", "r");

    (void)state;
    assert_non_null(f);
    text_init(&want, 1 << 18);
    text_init(&got, 1 << 18);
    configdoc_write(&want);
    assert_int_equal(want.status, STATUS_OK);
    while ((n = fread(buf, 1, sizeof buf, f)) > 0)
        text_put(&got, (struct slice){buf, n});
    fclose(f);
    if (!slice_equal(text_slice(&want), text_slice(&got)))
        fail_msg("docs/CONFIG.md is stale: verdictd check-config --docs > docs/CONFIG.md");
    text_release(&want);
    text_release(&got);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_sound),
        cmocka_unit_test(test_words_fit_a_set),
        cmocka_unit_test(test_defaults_are_within_bounds),
        cmocka_unit_test(test_bounds_are_kept_and_named),
        cmocka_unit_test(test_print_reads_back),
        cmocka_unit_test(test_every_key_is_suggested),
        cmocka_unit_test(test_docs_are_fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
