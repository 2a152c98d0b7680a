#include "daemon/configdoc.h"

#include "daemon/configtable.h"
#include "daemon/configvalue.h"

static const struct {
    const char *title, *intro;
} sections[CONFIGTABLE_SECTIONS] = {
    [CONFIGTABLE_DAEMON] = {"The daemon", "Keys at the top level of the file."},
    [CONFIGTABLE_SOURCE] = {"Sources", "`sources` is a mapping; each key names a source and holds "
                                       "these keys. At least one is needed, at most 64 are read. A "
                                       "source is of one kind: `prometheus`, `scrape` or "
                                       "`remote_write`."},
    [CONFIGTABLE_SERVICE] = {"Services", "`services` is a list; each item holds these keys. At "
                                         "most 10000 are read."},
    [CONFIGTABLE_NOTIFICATION] = {"Notifications",
                                  "`notifications` is a mapping; each key names a target that is "
                                  "told of changes of verdict and holds these keys. At most 32 are "
                                  "read. Without it nothing is sent. `docs/OPERATIONS.md` says how "
                                  "messages are kept, tried again and given up."},
    [CONFIGTABLE_POLICY] = {"Policies", "`policies` is a mapping; each key names a policy and "
                                        "holds these keys. The policy `default` always exists, "
                                        "with the defaults below where it is not written. "
                                        "Policies do not inherit from each other. At most 256 "
                                        "are read."},
    [CONFIGTABLE_LIMIT] = {"Thresholds",
                           "`thresholds` of a policy is a mapping; each key names a limit, which "
                           "is told by that name among the checks, and holds these keys. A name "
                           "is not one of a check and has at most 31 letters, digits, `-` and "
                           "`_`. At most 8 are read. A limit is broken now or it is not: no "
                           "false-alarm rate is promised, and it may recover; `fail_after` says "
                           "how long a fail may last at Flagger's rollback hook. "
                           "`success_rate`, `p95` and Flagger's two names in the policy itself "
                           "are limits that have one metric each."},
};

static const char intro[] =
    "# Configuration\n\n"
    "Written by `verdictd check-config --docs` from `daemon/config.def`: do not edit.\n\n"
    "The file is YAML (JSON is read as YAML), at most 1 MiB, without anchors, tags and merge keys. "
    "Every key is known: an unknown one, a value out of its bounds or a name that leads nowhere "
    "is an error with file, line, column and key, and nothing starts. `verdictd check-config FILE` "
    "prints them all (up to 20). `deploy/verdictd.yaml` is an example.\n\n"
    "On `SIGHUP` the file is read again, all or nothing: with an error, or where a key changed "
    "that needs a restart, everything stays as it is. A run keeps the policy it started with; "
    "a change of the policy counts from the next run.\n\n"
    "Durations are written like `250ms`, `30s`, `5m`, `1h30m`; sizes in bytes or like `64KiB`, "
    "`64MiB`, `1GiB`. Secrets are never written here but read from files.\n";

/* Markdown cells cannot hold a bare '|'. */
static void
put_cell(struct text *out, const char *s)
{
    for (; *s; s++) {
        if (*s == '|')
            text_putc(out, '\\');
        text_putc(out, *s);
    }
}

static void
put_words(const struct configtable_row *row, struct text *out)
{
    size_t                         n, printed = 0;
    const struct configtable_word *words = configtable_words(&n);

    if (row->type == CONFIGTABLE_SET)
        text_puts(out, "list of ");
    for (size_t i = 0; i < n; i++)
        if (!strcmp(words[i].vocabulary, row->unit))
            text_printf(out, "%s`%s`", printed++ ? ", " : "", words[i].text);
}

static bool
has_number_bounds(const struct configtable_row *row)
{
    return row->type == CONFIGTABLE_COUNT || row->type == CONFIGTABLE_NUMBER ||
           row->type == CONFIGTABLE_PERCENT || row->type == CONFIGTABLE_DURATION ||
           row->type == CONFIGTABLE_BYTES;
}

static void
put_row(const struct configtable_row *row, struct text *out)
{
    text_printf(out, "| `%s` | ", row->key);
    if (row->type == CONFIGTABLE_CHOICE || row->type == CONFIGTABLE_SET)
        put_words(row, out);
    else if (configvalue_is_list(row))
        text_printf(out, "list of %s", row->unit);
    else
        put_cell(out, row->unit);
    if (has_number_bounds(row))
        text_printf(out, ", %s to %s", row->min, row->max);
    if (!row->value)
        text_puts(out, " | must be written | ");
    else if (*row->value)
        text_printf(out, " | `%s` | ", row->value);
    else
        text_puts(out, " | | ");
    put_cell(out, row->help);
    text_puts(out, row->reloadable ? " |\n" : " Needs a restart. |\n");
}

static void
put_groups(enum configtable_section section, struct text *out)
{
    size_t                          n, printed = 0;
    const struct configtable_group *groups = configtable_groups(&n);

    for (size_t i = 0; i < n; i++)
        if (groups[i].section == section)
            text_printf(out, "%s- `%s`: %s\n", printed++ ? "" : "\nMappings:\n\n", groups[i].key,
                        groups[i].help);
}

void
configdoc_write(struct text *out)
{
    size_t                        n;
    const struct configtable_row *rows = configtable_rows(&n);

    text_puts(out, intro);
    for (enum configtable_section s = 0; s < CONFIGTABLE_SECTIONS; s++) {
        text_printf(out, "\n## %s\n\n%s\n\n", sections[s].title, sections[s].intro);
        text_puts(out, "| key | value | default | meaning |\n|---|---|---|---|\n");
        for (size_t i = 0; i < n; i++)
            if (rows[i].section == s)
                put_row(&rows[i], out);
        put_groups(s, out);
    }
}
