#include "tests/replay/play.h"

#include "base/wholefile.h"
#include "tests/replay/play_files.h"
#include "tests/replay/play_record.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SCRIPT_BYTES = 1 << 20, TRANSCRIPT_BYTES = 64 << 20, LOG_TAIL_BYTES = 2000, DEPTH = 4 };

void
play_fail(struct play *p, const char *fmt, ...)
{
    struct slice log = text_slice(&p->stage.log);
    va_list      args;

    (void)play_stage_disk_full(false);
    if (log.n > LOG_TAIL_BYTES)
        log = (struct slice){log.p + log.n - LOG_TAIL_BYTES, LOG_TAIL_BYTES};
    (void)fprintf(stderr, "%.*s", SLICE_ARG(log));
    if (p->answer.body)
        (void)fprintf(stderr, "the last answer was %d %s\n", p->answer.code, p->answer.body);
    (void)fprintf(stderr, "%s:%d: at %.3f s%s: ", p->line ? p->line->file : "?",
                  p->line ? p->line->number : 0, (double)p->time.elapsed_ms / 1000,
                  p->kills ? "" : " (twin, never killed)");
    va_start(args, fmt);
    (void)vfprintf(stderr, fmt, args);
    va_end(args);
    (void)fprintf(stderr, "\n");
    play_files_remove(p->stage.data_dir);
    play_files_remove(p->stage.dir);
    _exit(1);
}

void
play_must(struct play *p, enum status s, const struct err *err)
{
    if (s)
        play_fail(p, "%s", *err->text ? err->text : status_text(s));
}

static struct slice
quoted_word(struct play *p, struct slice *rest)
{
    char  *out = arena_alloc(&p->arena, rest->n + 1);
    size_t n = 0, i = 1;

    for (; i < rest->n && rest->p[i] != '"'; i++) {
        if (rest->p[i] == '\\' && i + 1 < rest->n)
            i++;
        out[n++] = rest->p[i];
    }
    if (i == rest->n)
        play_fail(p, "a quote that does not end");
    *rest = (struct slice){rest->p + i + 1, rest->n - i - 1};
    return (struct slice){out, n};
}

struct slice
play_word(struct play *p, struct slice *rest)
{
    *rest = slice_trim(*rest);
    if (rest->n && rest->p[0] == '"')
        return quoted_word(p, rest);
    return rest->n ? slice_cut(rest, ' ') : (struct slice){0};
}

struct slice
play_want(struct play *p, struct slice *rest, const char *what)
{
    struct slice w = play_word(p, rest);

    if (!w.p)
        play_fail(p, "%s is missing", what);
    return w;
}

int64_t
play_want_ms(struct play *p, struct slice *rest, const char *what)
{
    struct slice w = play_want(p, rest, what);
    bool         negative = slice_starts(w, "-"), sign = negative || slice_starts(w, "+");
    int64_t      ms;

    if (slice_duration_ms((struct slice){w.p + sign, w.n - sign}, &ms))
        play_fail(p, "%s: %.*s is not a duration", what, SLICE_ARG(w));
    return negative ? -ms : ms;
}

uint64_t
play_want_count(struct play *p, struct slice *rest, const char *what)
{
    struct slice w = play_want(p, rest, what);
    uint64_t     n;

    if (slice_u64(w, &n))
        play_fail(p, "%s: %.*s is not a number", what, SLICE_ARG(w));
    return n;
}

void
play_until(struct play *p, int64_t elapsed_ms)
{
    struct err err = {0};

    if (elapsed_ms < p->time.elapsed_ms)
        play_fail(p, "that instant is over");
    play_must(p, play_stage_run(&p->stage, elapsed_ms, &err), &err);
}

/* The lines up to the word behind <<, which is cut off the line. */
static void
take_text(struct play *p, struct play_line *l, struct slice *script, int *number)
{
    size_t       at = 0;
    struct slice word, from;

    while (at + 1 < l->rest.n && !(l->rest.p[at] == '<' && l->rest.p[at + 1] == '<'))
        at++;
    if (at + 2 >= l->rest.n)
        return;
    word = slice_trim((struct slice){l->rest.p + at + 2, l->rest.n - at - 2});
    l->rest = slice_trim((struct slice){l->rest.p, at});
    l->has_text = true;
    from = *script;
    for (;;) {
        struct slice before = *script, line = slice_cut(script, '\n');

        ++*number;
        if (slice_equal(slice_trim(line), word)) {
            l->text = (struct slice){from.p, (size_t)(before.p - from.p)};
            return;
        }
        if (!script->p)
            play_fail(p, "the text that starts here never comes to its %.*s", SLICE_ARG(word));
    }
}

static void play_file(struct play *p, const char *file, int depth);

static void
include(struct play *p, const char *from, struct slice name, int depth)
{
    const char *slash = strrchr(from, '/');

    if (depth == DEPTH)
        play_fail(p, "too many files that include each other");
    play_file(p,
              arena_printf(&p->arena, "%.*s%.*s", slash ? (int)(slash - from + 1) : 0, from,
                           SLICE_ARG(name)),
              depth + 1);
}

static void
play_file(struct play *p, const char *file, int depth)
{
    struct text  whole;
    struct err   err = {0};
    struct slice script;
    int          number = 0;

    text_init(&whole, SCRIPT_BYTES);
    play_must(p, wholefile_read(file, &whole, &err), &err);
    script = arena_slice(&p->arena, text_slice(&whole));
    text_release(&whole);
    while (script.n) {
        struct play_line *l = arena_new(&p->arena, struct play_line);
        struct slice      word;
        play_verb_fn      verb;

        *l = (struct play_line){.file = file, .number = ++number};
        p->line = l;
        l->rest = slice_trim(slice_cut(&script, '\n'));
        if (l->rest.n == 0 || l->rest.p[0] == '#')
            continue;
        take_text(p, l, &script, &number);
        word = play_want(p, &l->rest, "a verb");
        if (slice_is(word, "include")) {
            include(p, file, play_want(p, &l->rest, "a file"), depth);
            continue;
        }
        verb = play_verb_find(word);
        if (!verb)
            play_fail(p, "there is no verb %.*s", SLICE_ARG(word));
        verb(p, l);
    }
}

struct text
play_run(const char *file, bool scraped, bool kills, bool *has_twin)
{
    struct play *p = calloc(1, sizeof *p);
    struct err   err = {0};
    struct text  transcript;

    if (!p)
        abort();
    p->kills = kills;
    text_init(&p->transcript, TRANSCRIPT_BYTES);
    play_time_init(&p->time);
    play_mesh_init(&p->mesh);
    p->prom.mesh = &p->mesh;
    p->prom.now_ms = play_time_true_ms(&p->time);
    play_upstream_init(&p->upstream, &p->time, &p->prom);
    play_must(p, play_stage_init(&p->stage, &p->time, &p->upstream, &err), &err);
    p->stage.scraped = scraped;
    play_file(p, file, 0);
    (void)play_stage_disk_full(false);
    if (p->stage.running)
        play_must(p, play_stage_stop(&p->stage, &err), &err);
    play_record_again(p);
    *has_twin = p->has_twin;
    transcript = p->transcript;
    json_decref(p->json);
    play_stage_forget(&p->answer);
    play_stage_release(&p->stage);
    play_mesh_release(&p->mesh);
    play_time_release(&p->time);
    arena_release(&p->arena);
    free(p);
    return transcript;
}
