#include "daemon/cmd_import.h"

#include "base/heap.h"
#include "base/progress.h"
#include "daemon/cmdhistory.h"
#include "daemon/transfertext.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ROW_KIND = CMDHISTORY_ROWS };

static const struct option_row rows[] = {
    CMDHISTORY_ROWS_TABLE,
    [ROW_KIND] = {"kind", 'k', "KIND", OPTION_TEXT,
                  "FILE is CSV with rows of this kind (JSON Lines)"},
};

const struct option_command cmd_import_options = {
    .name = "import",
    .help =
        "Take rows that verdictd export wrote into a history, with its daemon stopped. What is\n"
        "there already is left as it is, so a file may be taken twice. - is standard input.",
    .operands = "FILE",
    .min_operands = 1,
    .max_operands = 1,
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .exits = {{0, "all was taken"}, {3, "it was not; what came before the line told is there"}},
};

struct taken {
    uint64_t news, known;
};

static enum status
take_rows(struct transfertext_reader *r, struct transfer_import *to, struct progress *p,
          struct taken *t, struct err *err)
{
    struct transfertext_row *row = heap_new(1, sizeof *row);
    enum status              s = STATUS_OK;

    while (!s && !(s = transfertext_next(r, row, err))) {
        struct err why = {0};
        bool       news;

        s = transfer_import_row(to, row->kind, row->fields, row->n, &news, &why);
        if (s)
            s = err_set(err, s, "line %" PRIu64 ": %s", transfertext_line(r), why.text);
        else
            ++*(news ? &t->news : &t->known);
        progress_at(p, transfertext_bytes(r));
    }
    free(row);
    return s == STATUS_NO_DATA ? STATUS_OK : s;
}

static enum status
take_file(FILE *in, const struct option_values *v, const char *dir, struct taken *t,
          struct err *err)
{
    const char                 *kind_text = v->values[ROW_KIND].text;
    enum transfer_kind          kind = TRANSFER_SERVICE;
    struct transfertext_reader *r;
    struct transfer_import     *to = NULL;
    struct progress             p;
    struct stat                 st;
    struct progress_work        work = {.what = "importing", .unit = PROGRESS_BYTES};
    enum status                 s, closed;

    if (kind_text && !transfer_parse(slice_of(kind_text), &kind))
        return err_set(err, STATUS_SYNTAX, "--kind %.60s: verdictd export --help lists them",
                       kind_text);
    s = transfer_import_open(dir, &to, err);
    if (s)
        return s;
    if (fstat(fileno(in), &st) == 0 && S_ISREG(st.st_mode))
        work.total = (uint64_t)st.st_size;
    r = transfertext_open(in, kind_text != NULL, kind);
    progress_begin(&p, &work);
    s = take_rows(r, to, &p, t, err);
    progress_end(&p);
    transfertext_close(r);
    closed = transfer_import_close(to, s ? NULL : err);
    return s ? s : closed;
}

int
cmd_import(int argc, char **argv)
{
    struct option_values v;
    struct taken         t = {0};
    struct err           err = {0};
    const char          *file;
    char                *dir = NULL;
    FILE                *in = NULL;
    enum status          s;
    int                  code;

    if (!option_start(&cmd_import_options, argc, argv, &v, &code))
        return code;
    file = v.operands[0];
    s = cmdhistory_dir(&v, &dir, &err);
    if (!s) {
        in = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
        s = in ? take_file(in, &v, dir, &t, &err)
               : err_set(&err, STATUS_IO, "%.200s: %s", file, strerror(errno));
    }
    if (in && in != stdin)
        (void)fclose(in);
    free(dir);
    if (s)
        (void)fprintf(stderr, "verdictd import: %s\n", err.text);
    if (!s || t.news || t.known)
        (void)printf("%" PRIu64 " rows taken, %" PRIu64 " were there\n", t.news, t.known);
    return s ? OPTION_EXIT_ERROR : 0;
}
