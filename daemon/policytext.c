#include "daemon/policytext.h"

#include "base/hash.h"
#include "daemon/config.h"
#include "daemon/configlimit.h"
#include "daemon/configtable.h"
#include "daemon/configvalue.h"

#include <inttypes.h>
#include <stdio.h>

enum { TEXT_BYTES = 64 << 10 };

/* Whatever cannot be set stays zero: values of checks that are off may be out of
 * bounds.  Whether all is as it was, the text says in the end. */
static void
set_line(const struct configtable_row *row, struct slice value, struct policy *p, struct arena *a)
{
    struct err ignored = {0};

    if (!configvalue_is_list(row)) {
        (void)!configvalue_set(row, value, p, a, &ignored);
        return;
    }
    configvalue_clear(row, p);
    while (value.n)
        (void)!configvalue_set(row, slice_cut(&value, ','), p, a, &ignored);
}

static void
read_line(struct slice line, struct policy *p, struct arena *a)
{
    struct slice                  value = line, key = slice_cut(&value, '=');
    char                          name[64];
    const struct configtable_row *row;

    snprintf(name, sizeof name, "%.*s", SLICE_ARG(key));
    if (slice_is(key, "name")) {
        snprintf(p->name, sizeof p->name, "%.*s", SLICE_ARG(value));
        return;
    }
    if (slice_is(key, "phase")) {
        (void)!phase_parse(value, &p->phase);
        return;
    }
    if (configlimit_line(key, value, p, a))
        return;
    row = configtable_row(CONFIGTABLE_POLICY, name);
    if (row)
        set_line(row, value, p, a);
}

enum status
policytext_read(struct slice text, struct arena *a, struct policy *out, struct err *err)
{
    struct slice rest = text;
    struct text  again;
    bool         same;

    *out = (struct policy){0};
    while (rest.n)
        read_line(slice_cut(&rest, '\n'), out, a);
    if (out->windows.open && openhours_read(slice_of(out->windows.open),
                                            slice_of(out->windows.zone), &out->windows.hours, err))
        return err_wrap(err, "its policy's windows");
    text_init(&again, TEXT_BYTES);
    config_policy_text(out, &again);
    same = slice_equal(text, text_slice(&again));
    text_release(&again);
    if (!same)
        return err_set(err, STATUS_CONFLICT,
                       "its policy has other keys than this version's: use the verdictd that "
                       "judged it");
    snprintf(out->hash, sizeof out->hash, "%016" PRIx64, hash_stable(text));
    return STATUS_OK;
}

/* A line with this line's key. */
static bool
find_key(struct slice text, struct slice line, struct slice *out)
{
    struct slice key = slice_cut(&line, '=');

    while (text.n) {
        struct slice rest;

        *out = rest = slice_cut(&text, '\n');
        if (slice_equal(slice_cut(&rest, '='), key))
            return true;
    }
    return false;
}

static bool
has_line(struct slice text, struct slice line)
{
    struct slice found;

    return find_key(text, line, &found) && slice_equal(found, line);
}

bool
policytext_follows(struct slice was, struct slice is, struct slice defaults)
{
    struct slice rest = is, line;

    while (rest.n) {
        line = slice_cut(&rest, '\n');
        if (!slice_starts(line, "name=") && !has_line(was, line) && !has_line(defaults, line))
            return false;
    }
    while (was.n)
        if (!find_key(is, slice_cut(&was, '\n'), &line))
            return false;
    return true;
}

bool
policytext_same_keys(struct slice was, struct slice is)
{
    while (was.n && is.n) {
        struct slice a = slice_cut(&was, '\n'), b = slice_cut(&is, '\n');

        if (!slice_equal(slice_cut(&a, '='), slice_cut(&b, '=')))
            return false;
    }
    return was.n == is.n;
}
