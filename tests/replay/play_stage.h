/* play_stage.h - the daemon of a script: started, asked, stopped, killed. */
#ifndef TESTS_REPLAY_PLAY_STAGE_H
#define TESTS_REPLAY_PLAY_STAGE_H

#include "daemon/app.h"
#include "tests/replay/play_upstream.h"
#include "webhooks/gates.h"

#include <limits.h>

struct play_stage {
    struct play_time     *time; /* borrowed, as upstream is */
    struct play_upstream *upstream;
    char                  dir[128], data_dir[160], file[160], targets_file[160];
    size_t                targets_told; /* as many are in the file */
    bool                  scraped;      /* every Prometheus of a configuration becomes a scrape */
    bool                  running;
    struct config        *config;
    struct store         *store;
    struct mailbox       *mailbox;
    struct app            app;
    struct port           port;
    struct gates          gates, kayenta_gates;
    struct text           log;
};

/* An answer of a gate, owned by the caller until play_stage_forget. */
struct play_answer {
    int    code;
    char  *body; /* NUL-terminated */
    size_t n;
    bool   close;
};

/* Makes a directory of its own.  The struct must not move afterwards.  "{{targets}}"
 * in a configuration becomes the name of a file_sd file of the mesh. */
enum status play_stage_init(struct play_stage *s, struct play_time *time,
                            struct play_upstream *upstream, struct err *err) MUST_CHECK;
void        play_stage_release(struct play_stage *s);

/* Write the configuration (empty: the one before) with our data_dir, and start. */
enum status play_stage_start(struct play_stage *s, struct slice config, struct err *err) MUST_CHECK;

/* As on SIGTERM.  STATUS_CONFLICT: something of the daemon outlived it. */
enum status play_stage_stop(struct play_stage *s, struct err *err) MUST_CHECK;

/* As kill -9: what is on disk at this instant is all that is left. */
enum status play_stage_kill(struct play_stage *s, struct err *err) MUST_CHECK;

/* As SIGHUP. */
enum status play_stage_reload(struct play_stage *s, struct slice config,
                              struct err *err) MUST_CHECK;

/* Let time pass until then; timers and letters run in order.  STATUS_LIMIT: at
 * one instant the daemon never comes to rest. */
enum status play_stage_run(struct play_stage *s, int64_t elapsed_ms, struct err *err) MUST_CHECK;

/* One request through the gates; waits for the answer in virtual time. */
enum status play_stage_ask(struct play_stage *s, const char *method, struct slice target,
                           struct slice body, struct play_answer *out, struct err *err) MUST_CHECK;
void        play_stage_forget(struct play_answer *a);

/* While it is full, no file may grow or be written: every commit fails.  Whether
 * it was before. */
bool play_stage_disk_full(bool full);

#endif
