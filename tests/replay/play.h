/* play.h - one script while it is played, and the verbs it is made of. */
#ifndef TESTS_REPLAY_PLAY_H
#define TESTS_REPLAY_PLAY_H

#include "tests/replay/play_stage.h"

#include <jansson.h>

/* A verb's line: what follows the verb, and the lines of its <<END text. */
struct play_line {
    const char  *file;
    int          number;
    struct slice rest, text;
    bool         has_text;
};

struct play {
    const struct play_line *line;  /* being played; for failures */
    bool                    kills; /* false: the twin, in which the daemon lives on */
    bool                    has_twin;
    bool                    disk_failed; /* at some time */
    bool                    upgraded;    /* the runs of the twin have other ids */
    struct text             transcript;  /* what twins must agree on */

    struct play_time     time;
    struct play_mesh     mesh;
    struct play_prom     prom;
    struct play_upstream upstream;
    struct play_stage    stage;
    struct arena         arena; /* texts of the script */

    struct {
        const char  *method;
        struct slice target, body;
        bool         argo;
    } question; /* the last one, to ask again */
    /* What an answer named last: "{run}" and "{execution}" in a path. */
    char               run[ULID_BYTES], execution[ULID_BYTES];
    char               link[4096]; /* the path of the last approval link: "{link}" */
    struct play_answer answer;
    json_t            *json;       /* of the answer; NULL: it is none */
    char               error[400]; /* of what was refused as the script expected */
};

/* Play a script; scraped: the daemon scrapes the mesh itself, whatever the script's
 * configurations say.  Returns what was recorded (owned by the caller) and whether
 * a twin is to be played; does not return from a failure. */
struct text play_run(const char *file, bool scraped, bool kills, bool *has_twin);

/* Print script:line and the sentence, and end the program with 1. */
void play_fail(struct play *p, const char *fmt, ...) PRINTF_LIKE(2, 3) NORETURN;

/* Fail with err's text unless s is STATUS_OK. */
void play_must(struct play *p, enum status s, const struct err *err);

/* The next blank-separated word of a line ({0} at its end); one in double
 * quotes may hold blanks, \" and \\.  Lives as long as the script. */
struct slice play_word(struct play *p, struct slice *rest);

/* The same, which must be there, and of its kind. */
struct slice play_want(struct play *p, struct slice *rest, const char *what);
int64_t      play_want_ms(struct play *p, struct slice *rest, const char *what);
uint64_t     play_want_count(struct play *p, struct slice *rest, const char *what);

/* Let time pass to this elapsed instant; the mesh is then settled. */
void play_until(struct play *p, int64_t elapsed_ms);

typedef void (*play_verb_fn)(struct play *p, const struct play_line *l);

/* NULL: no such verb. */
play_verb_fn play_verb_find(struct slice word);

#endif
