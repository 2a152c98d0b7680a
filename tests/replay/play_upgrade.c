#include "tests/replay/play_upgrade.h"

#include "base/wholefile.h"
#include "tests/replay/play_files.h"

#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>

enum { SQL_BYTES = 1 << 20 };

/* more: statements after those of the file. */
static void
make_history(struct play *p, const char *file, struct slice more)
{
    char        database[256];
    struct text sql;
    struct err  err = {0};
    sqlite3    *db = NULL;

    text_init(&sql, SQL_BYTES);
    play_must(p, wholefile_read(file, &sql, &err), &err);
    text_put(&sql, more);
    snprintf(database, sizeof database, "%s/verdictd.db", p->stage.data_dir);
    if (mkdir(p->stage.data_dir, 0700) || sqlite3_open(database, &db) != SQLITE_OK ||
        sqlite3_exec(db, sql.p, NULL, NULL, NULL) != SQLITE_OK)
        play_fail(p, "%s: %s", file, db ? sqlite3_errmsg(db) : "no directory for it");
    (void)sqlite3_close(db);
    text_release(&sql);
}

void
play_upgrade_verb(struct play *p, const struct play_line *l)
{
    struct slice rest = l->rest, from = play_want(p, &rest, "from");
    struct slice name = play_want(p, &rest, "a file of SQL");
    const char  *slash = strrchr(l->file, '/');
    char         file[512];
    struct err   err = {0};

    if (!slice_is(from, "from"))
        play_fail(p, "upgrade from FILE.sql");
    p->upgraded = true;
    if (!p->kills)
        return;
    snprintf(file, sizeof file, "%.*s%.*s", slash ? (int)(slash - l->file + 1) : 0, l->file,
             SLICE_ARG(name));
    play_must(p, play_stage_kill(&p->stage, &err), &err);
    play_files_remove(p->stage.data_dir);
    make_history(p, file, l->text);
    play_must(p, play_stage_start(&p->stage, (struct slice){0}, &err), &err);
}
