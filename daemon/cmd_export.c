#include "daemon/cmd_export.h"

#include "base/clock.h"
#include "base/progress.h"
#include "daemon/cmdhistory.h"
#include "daemon/transfertext.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_FORMAT = CMDHISTORY_ROWS, ROW_KIND, ROW_SINCE, ROW_NAMESPACE, ROW_SERVICE };

#define KINDS "service|policy|label|run|interval|verdict|gate_call|act|point|step|event|placebo"

static const struct option_row rows[] = {
    CMDHISTORY_ROWS_TABLE,
    [ROW_FORMAT] = {"format", 0, "jsonl|csv", OPTION_TEXT, "how rows are written (jsonl)"},
    [ROW_KIND] = {"kind", 'k', KINDS, OPTION_TEXT, "only these rows; CSV has one kind (all)"},
    [ROW_SINCE] = {"since", 0, "TIME", OPTION_TEXT,
                   "of runs that began then, RFC 3339 or a duration back (all)"},
    [ROW_NAMESPACE] = {"namespace", 'n', "NAME", OPTION_TEXT, "of services there (all)"},
    [ROW_SERVICE] = {"service", 's', "NAME", OPTION_TEXT, "of services of that name (all)"},
};

const struct option_command cmd_export_options = {
    .name = "export",
    .help = "Write rows of the history to standard output, oldest first, beside a running daemon.\n"
            "Each line of JSON has its kind; texts, numbers and base64 as docs/OPERATIONS.md says.",
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .exits = {{0, "all was written"}, {3, "it was not"}},
    .json = "JSON Lines, unless --format csv",
};

struct writing {
    struct progress progress;
    struct text     line;
    uint64_t        rows;
    bool            csv;
};

static bool
write_row(void *ctx, enum transfer_kind k, const struct transfer_field *fields, size_t n)
{
    struct writing *w = ctx;

    text_clear(&w->line);
    if (w->csv)
        transfertext_csv(&w->line, fields, n);
    else
        transfertext_json(&w->line, k, fields, n);
    progress_at(&w->progress, ++w->rows);
    return !w->line.status && fwrite(w->line.p, 1, w->line.n, stdout) == w->line.n;
}

static enum status
read_since(const char *text, int64_t *since_ms, struct err *err)
{
    int64_t back;

    *since_ms = 0;
    if (!text || clock_read_rfc3339(slice_of(text), since_ms) == STATUS_OK)
        return STATUS_OK;
    if (slice_duration_ms(slice_of(text), &back) == STATUS_OK) {
        *since_ms = clock_wall_ms(&clock_system) - back;
        return STATUS_OK;
    }
    return err_set(err, STATUS_SYNTAX, "--since %.60s: neither a time nor a duration", text);
}

static enum status
write_header(const char *dir, enum transfer_kind k, struct err *err)
{
    char        keys[TRANSFER_MAX_FIELDS][32];
    size_t      n;
    enum status s = transfer_keys(dir, k, keys, &n, err);

    for (size_t i = 0; !s && i < n; i++)
        (void)printf("%s%s%s", i ? "," : "", keys[i], i + 1 == n ? "\r\n" : "");
    return s;
}

static enum status
write_all(const char *dir, const struct option_values *v, struct writing *w, struct err *err)
{
    const char            *kind = v->values[ROW_KIND].text;
    struct transfer_filter f = {.ns = slice_of(v->values[ROW_NAMESPACE].text),
                                .service = slice_of(v->values[ROW_SERVICE].text)};
    enum transfer_kind     only = TRANSFER_KINDS;
    enum status            s = read_since(v->values[ROW_SINCE].text, &f.since_ms, err);

    if (!s && kind && !transfer_parse(slice_of(kind), &only))
        s = err_set(err, STATUS_SYNTAX, "--kind %.60s: one of " KINDS, kind);
    if (!s && w->csv && !kind)
        s = err_set(err, STATUS_SYNTAX, "--format csv needs --kind: a file has one kind of rows");
    if (!s && w->csv)
        s = write_header(dir, only, err);
    for (int k = 0; !s && k < TRANSFER_KINDS; k++)
        if (only == TRANSFER_KINDS || k == (int)only)
            s = transfer_export(dir, (enum transfer_kind)k, &f, write_row, w, err);
    if (!s && fflush(stdout))
        s = STATUS_CANCELLED;
    if (s == STATUS_CANCELLED)
        s = err_set(err, STATUS_IO, "cannot write: %s", strerror(errno));
    return s;
}

int
cmd_export(int argc, char **argv)
{
    struct option_values v;
    struct writing       w = {0};
    struct err           err = {0};
    const char          *format;
    char                *dir = NULL;
    enum status          s;
    int                  code;

    if (!option_start(&cmd_export_options, argc, argv, &v, &code))
        return code;
    format = v.values[ROW_FORMAT].text;
    w.csv = format && strcmp(format, "csv") == 0;
    text_init(&w.line, 2 * TRANSFERTEXT_MAX_ROW);
    progress_begin(&w.progress, &(struct progress_work){.what = "exporting", .unit = "rows"});
    s = format && !w.csv && strcmp(format, "jsonl") != 0
            ? err_set(&err, STATUS_SYNTAX, "--format %.20s: jsonl or csv", format)
            : cmdhistory_dir(&v, &dir, &err);
    if (!s)
        s = write_all(dir, &v, &w, &err);
    progress_end(&w.progress);
    text_release(&w.line);
    free(dir);
    if (s)
        (void)fprintf(stderr, "verdictd export: %s\n", err.text);
    return s ? OPTION_EXIT_ERROR : 0;
}
