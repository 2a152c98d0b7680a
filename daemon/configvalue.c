#include "daemon/configvalue.h"

#include "base/nearest.h"
#include "base/vec.h"
#include "daemon/config.h"
#include "daemon/configtext.h"
#include "daemon/limitquery.h"
#include "webhooks/addressrange.h"
#include "webhooks/ownpage.h"

#include <inttypes.h>
#include <math.h>

enum { MAX_ITEM_BYTES = 4096 };

/* A number on its way from text to field; all numbers of the table are exact
 * in both. */
struct number {
    double   real;
    uint64_t whole;
};

static bool
is_list_of_texts(const struct configtable_row *row)
{
    return row->type == CONFIGTABLE_NAMES || row->type == CONFIGTABLE_TARGETS ||
           row->type == CONFIGTABLE_PATHS || row->type == CONFIGTABLE_METRICS ||
           row->type == CONFIGTABLE_RANGES || row->type == CONFIGTABLE_ORIGINS;
}

bool
configvalue_is_list(const struct configtable_row *row)
{
    return row->type == CONFIGTABLE_SET || is_list_of_texts(row);
}

bool
configvalue_is_bare(const struct configtable_row *row)
{
    return row->type == CONFIGTABLE_BOOL || row->type == CONFIGTABLE_COUNT ||
           row->type == CONFIGTABLE_NUMBER || row->type == CONFIGTABLE_PERCENT;
}

/* STATUS_SYNTAX with a sentence; the bounds are not looked at. */
static enum status
parse_number(enum configtable_type type, struct slice text, struct number *out, struct err *err)
{
    int64_t     ms = 0;
    enum status s;

    if (type == CONFIGTABLE_DURATION) {
        s = slice_duration_ms(text, &ms);
        out->whole = (uint64_t)ms;
        if (s)
            return err_set(err, STATUS_SYNTAX,
                           "\"%.*s\" is not a duration: write it like 250ms, 30s, 5m or 1h30m",
                           SLICE_ARG(configtext_shown(text)));
    } else if (type == CONFIGTABLE_BYTES) {
        s = configtext_bytes(text, &out->whole);
        if (s)
            return err_set(err, STATUS_SYNTAX,
                           "\"%.*s\" is not a size: write it in bytes or like 64KiB, 64MiB, 1GiB",
                           SLICE_ARG(configtext_shown(text)));
    } else if (type == CONFIGTABLE_COUNT) {
        s = slice_u64(text, &out->whole);
        if (s)
            return err_set(err, STATUS_SYNTAX, "\"%.*s\" is not a whole number from 0 up",
                           SLICE_ARG(configtext_shown(text)));
    } else {
        s = slice_double(text, &out->real);
        if (s || !isfinite(out->real))
            return err_set(err, STATUS_SYNTAX, "\"%.*s\" is not a number",
                           SLICE_ARG(configtext_shown(text)));
        return STATUS_OK;
    }
    out->real = (double)out->whole;
    return STATUS_OK;
}

static void
store_number(const struct configtable_row *row, void *field, struct number n)
{
    uint32_t u32 = (uint32_t)n.whole;
    int64_t  i64 = (int64_t)n.whole;

    switch (row->store) {
    case CONFIGTABLE_U32:
        memcpy(field, &u32, sizeof u32);
        break;
    case CONFIGTABLE_U64:
        memcpy(field, &n.whole, sizeof n.whole);
        break;
    case CONFIGTABLE_I64:
        memcpy(field, &i64, sizeof i64);
        break;
    case CONFIGTABLE_DOUBLE:
        if (row->type == CONFIGTABLE_PERCENT)
            n.real /= 100;
        memcpy(field, &n.real, sizeof n.real);
        break;
    case CONFIGTABLE_POINTER:
    case CONFIGTABLE_FLAG:
    case CONFIGTABLE_LIST:
        break; /* not a number: excluded by the table's test */
    }
}

static enum status
set_number(const struct configtable_row *row, struct slice text, void *field, struct err *err)
{
    struct number n = {0}, min = {0}, max = {0};
    enum status   s = parse_number(row->type, text, &n, err);

    if (!s)
        s = parse_number(row->type, slice_of(row->min), &min, err);
    if (!s)
        s = parse_number(row->type, slice_of(row->max), &max, err);
    if (s)
        return s;
    if (n.real < min.real || n.real > max.real)
        return err_set(err, STATUS_RANGE, "%.*s is not between %s and %s",
                       SLICE_ARG(configtext_shown(text)), row->min, row->max);
    store_number(row, field, n);
    return STATUS_OK;
}

/* "\"foo\" is not one of a, b, c" with the nearest word. */
static enum status
bad_word(const struct configtable_row *row, struct slice text, struct err *err)
{
    struct nearest                 near = nearest_to(text);
    size_t                         n;
    const struct configtable_word *words = configtable_words(&n);
    struct text                    list;
    enum status                    s;

    text_init(&list, 512);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(words[i].vocabulary, row->unit) != 0)
            continue;
        text_printf(&list, "%s%s", list.n ? ", " : "", words[i].text);
        nearest_offer(&near, slice_of(words[i].text));
    }
    if (near.best.n)
        s = err_set(err, STATUS_SYNTAX, "\"%.*s\" is not one of %s; did you mean %.*s?",
                    SLICE_ARG(configtext_shown(text)), list.p, SLICE_ARG(near.best));
    else
        s = err_set(err, STATUS_SYNTAX, "\"%.*s\" is not one of %s",
                    SLICE_ARG(configtext_shown(text)), list.p);
    text_release(&list);
    return s;
}

static enum status
set_word(const struct configtable_row *row, struct slice text, void *field, struct err *err)
{
    const struct configtable_word *word = configtable_word(row->unit, text);
    uint32_t                       value;

    if (!word)
        return bad_word(row, text, err);
    if (row->type == CONFIGTABLE_SET) {
        memcpy(&value, field, sizeof value);
        if (value & 1u << word->value)
            return err_set(err, STATUS_SYNTAX, "%s is named twice", word->text);
        value |= 1u << word->value;
        memcpy(field, &value, sizeof value);
    } else if (row->store == CONFIGTABLE_POINTER) {
        *(const char **)field = word->text;
    } else if (row->store == CONFIGTABLE_FLAG) {
        *(bool *)field = word->value != 0;
    } else {
        memcpy(field, &word->value, sizeof word->value);
    }
    return STATUS_OK;
}

static enum status
check_shape(const struct configtable_row *row, struct slice text, struct err *err)
{
    struct addressrange range;
    struct slice        host;
    uint16_t            port;
    bool                loopback;

    switch (row->type) {
    case CONFIGTABLE_NAME:
        return configtext_name(text, err);
    case CONFIGTABLE_DNS:
    case CONFIGTABLE_NAMES:
        return configtext_dns_label(text, err);
    case CONFIGTABLE_HOST:
        return configtext_host(text, err);
    case CONFIGTABLE_LABEL:
        return configtext_label_name(text, err);
    case CONFIGTABLE_METRICS:
        return configtext_metric(text, err);
    case CONFIGTABLE_RANGES:
        return addressrange_parse(text, &range, err);
    case CONFIGTABLE_ORIGINS:
        return ownpage_is_origin(text) ? STATUS_OK
                                       : err_set(err, STATUS_SYNTAX,
                                                 "is no origin: write it like "
                                                 "https://verdictd.example.com, without a path");
    case CONFIGTABLE_TARGETS:
        return configtext_target(text, err);
    case CONFIGTABLE_URL:
        return configtext_url(text, err);
    case CONFIGTABLE_ADDRESS:
        return configtext_address(text, &host, &port, &loopback, err);
    case CONFIGTABLE_TEXT:
    case CONFIGTABLE_PATH:
    case CONFIGTABLE_PATHS:
    case CONFIGTABLE_QUERY:
    case CONFIGTABLE_BOOL:
    case CONFIGTABLE_COUNT:
    case CONFIGTABLE_NUMBER:
    case CONFIGTABLE_PERCENT:
    case CONFIGTABLE_DURATION:
    case CONFIGTABLE_BYTES:
    case CONFIGTABLE_CHOICE:
    case CONFIGTABLE_SET:
    case CONFIGTABLE_HEADERS:
    case CONFIGTABLE_LABELS:
        break;
    }
    return configtext_plain(text, err);
}

static enum status
add_name(struct config_names *names, const char *name, uint64_t max, struct arena *a,
         struct err *err)
{
    const char **more;

    if (names->n >= max)
        return err_set(err, STATUS_RANGE, "more than %" PRIu64 " items", max);
    for (size_t i = 0; i < names->n; i++)
        if (!strcmp(names->at[i], name))
            return err_set(err, STATUS_SYNTAX, "%s is named twice", name);
    /* Room is doubled, so that a long list does not cost its square. */
    if (!(names->n & (names->n - 1))) {
        more = arena_array(a, names->n ? names->n * 2 : 1, sizeof *more);
        if (names->n)
            memcpy(more, names->at, names->n * sizeof *more);
        names->at = more;
    }
    names->at[names->n++] = name;
    return STATUS_OK;
}

static enum status
set_text(const struct configtable_row *row, struct slice text, void *field, struct arena *a,
         struct err *err)
{
    struct number min = {0}, max = {0};
    bool          in_list = is_list_of_texts(row); /* bounds are of the list */
    enum status   s = parse_number(CONFIGTABLE_COUNT, slice_of(row->min), &min, err);

    if (!s)
        s = parse_number(CONFIGTABLE_COUNT, slice_of(row->max), &max, err);
    if (s)
        return s;
    if (!text.n)
        return err_set(err, STATUS_RANGE, "is empty: give a value or remove %s",
                       in_list ? "the item" : "the key");
    if (in_list && text.n > MAX_ITEM_BYTES)
        return err_set(err, STATUS_RANGE, "has %zu bytes, over %d", text.n, MAX_ITEM_BYTES);
    if (!in_list && (text.n < min.whole || text.n > max.whole))
        return err_set(err, STATUS_RANGE, "has %zu bytes, not %s to %s", text.n, row->min,
                       row->max);
    if (row->type == CONFIGTABLE_QUERY)
        return limitquery_check(text, a, field, err);
    s = check_shape(row, text, err);
    if (s)
        return s;
    if (in_list)
        return add_name(field, arena_text(a, text), max.whole, a, err);
    while (row->type == CONFIGTABLE_URL && text.p[text.n - 1] == '/')
        text.n--;
    *(const char **)field = arena_text(a, text);
    return STATUS_OK;
}

static enum status
set_bool(struct slice text, bool *field, struct err *err)
{
    if (!slice_is(text, "true") && !slice_is(text, "false"))
        return err_set(err, STATUS_SYNTAX, "\"%.*s\" is not true or false",
                       SLICE_ARG(configtext_shown(text)));
    *field = slice_is(text, "true");
    return STATUS_OK;
}

enum status
configvalue_set(const struct configtable_row *row, struct slice text, void *object, struct arena *a,
                struct err *err)
{
    void *field = (char *)object + row->offset;

    switch (row->type) {
    case CONFIGTABLE_BOOL:
        return set_bool(text, field, err);
    case CONFIGTABLE_COUNT:
    case CONFIGTABLE_NUMBER:
    case CONFIGTABLE_PERCENT:
    case CONFIGTABLE_DURATION:
    case CONFIGTABLE_BYTES:
        return set_number(row, text, field, err);
    case CONFIGTABLE_CHOICE:
    case CONFIGTABLE_SET:
        return set_word(row, text, field, err);
    case CONFIGTABLE_TEXT:
    case CONFIGTABLE_NAME:
    case CONFIGTABLE_DNS:
    case CONFIGTABLE_HOST:
    case CONFIGTABLE_LABEL:
    case CONFIGTABLE_PATH:
    case CONFIGTABLE_URL:
    case CONFIGTABLE_ADDRESS:
    case CONFIGTABLE_QUERY:
    case CONFIGTABLE_NAMES:
    case CONFIGTABLE_TARGETS:
    case CONFIGTABLE_PATHS:
    case CONFIGTABLE_METRICS:
    case CONFIGTABLE_RANGES:
    case CONFIGTABLE_ORIGINS:
        return set_text(row, text, field, a, err);
    case CONFIGTABLE_HEADERS:
    case CONFIGTABLE_LABELS:
        break; /* a mapping: configread's */
    }
    return err_set(err, STATUS_SYNTAX, "must be a mapping");
}

void
configvalue_clear(const struct configtable_row *row, void *object)
{
    void *field = (char *)object + row->offset;

    if (row->type == CONFIGTABLE_SET)
        memset(field, 0, sizeof(uint32_t));
    else
        memset(field, 0, sizeof(struct config_names));
}

void
configvalue_default(const struct configtable_row *row, void *object, struct arena *a)
{
    struct slice rest = slice_of(row->value ? row->value : "");
    struct err   err = {0};

    if (configvalue_is_list(row))
        configvalue_clear(row, object);
    if (!rest.n || slice_is(rest, "auto"))
        return;
    /* A default cannot fail: a test walks them all. */
    if (!configvalue_is_list(row))
        (void)!configvalue_set(row, rest, object, a, &err);
    while (configvalue_is_list(row) && rest.p)
        (void)!configvalue_set(row, slice_trim(slice_cut(&rest, ',')), object, a, &err);
}

static void
print_set(const struct configtable_row *row, uint32_t bits, struct text *out)
{
    size_t                         n, printed = 0;
    const struct configtable_word *words = configtable_words(&n);

    for (size_t i = 0; i < n; i++)
        if (!strcmp(words[i].vocabulary, row->unit) && bits & 1u << words[i].value)
            text_printf(out, "%s%s", printed++ ? "," : "", words[i].text);
}

static void
print_list(const struct configtable_row *row, const void *field, struct text *out)
{
    const struct config_names   *names = field;
    const struct config_headers *headers = field;
    const struct config_labels  *labels = field;

    if (is_list_of_texts(row))
        for (size_t i = 0; i < names->n; i++)
            text_printf(out, "%s%s", i ? "," : "", names->at[i]);
    else if (row->type == CONFIGTABLE_LABELS)
        for (size_t i = 0; i < labels->n; i++)
            text_printf(out, "%s%s: %s", i ? "," : "", labels->at[i].label, labels->at[i].value);
    else
        for (size_t i = 0; i < headers->n; i++)
            text_printf(out, "%s%s: %s", i ? "," : "", headers->at[i].name, headers->at[i].value);
}

void
configvalue_print(const struct configtable_row *row, const void *object, struct text *out)
{
    const void *field = (const char *)object + row->offset;
    const char *unit = row->type == CONFIGTABLE_DURATION ? "ms" : "";
    const char *p;
    double      real;
    uint64_t    u64;
    int64_t     i64;
    uint32_t    u32;

    switch (row->store) {
    case CONFIGTABLE_POINTER:
        p = *(const char *const *)field;
        text_puts(out, p ? p : "");
        break;
    case CONFIGTABLE_FLAG:
        if (row->type == CONFIGTABLE_CHOICE)
            text_puts(out, configtable_word_text(row->unit, *(const bool *)field));
        else
            text_puts(out, *(const bool *)field ? "true" : "false");
        break;
    case CONFIGTABLE_U32:
        memcpy(&u32, field, sizeof u32);
        if (row->type == CONFIGTABLE_SET)
            print_set(row, u32, out);
        else if (row->type == CONFIGTABLE_CHOICE)
            text_puts(out, configtable_word_text(row->unit, u32));
        else
            text_printf(out, "%" PRIu32, u32);
        break;
    case CONFIGTABLE_U64:
        memcpy(&u64, field, sizeof u64);
        text_printf(out, "%" PRIu64, u64);
        break;
    case CONFIGTABLE_I64:
        memcpy(&i64, field, sizeof i64);
        text_printf(out, "%" PRId64 "%s", i64, unit);
        break;
    case CONFIGTABLE_DOUBLE:
        memcpy(&real, field, sizeof real);
        if (isnan(real)) /* not written */
            break;
        text_double(out, real);
        text_puts(out, unit);
        break;
    case CONFIGTABLE_LIST:
        print_list(row, field, out);
        break;
    }
}
