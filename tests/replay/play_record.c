#include "tests/replay/play_record.h"

#include "daemon/playback.h"
#include "daemon/runrow.h"
#include "store/reader.h"

#include <inttypes.h>

/* twin: play the script a second time in which `kill daemon` does nothing;
 * what both record must be the same, bit for bit. */
void
play_record_twin(struct play *p, const struct play_line *l)
{
    (void)l;
    p->has_twin = true;
}

static void
put_bytes(struct text *out, struct slice bytes)
{
    for (size_t i = 0; i < bytes.n; i++)
        text_printf(out, "%02x", (unsigned char)bytes.p[i]);
}

static bool
on_verdict(void *ctx, const struct record_verdict *v)
{
    text_printf(ctx, "verdict %s %s %" PRId64 " %.*s\n", verdict_text(v->verdict),
                verdict_reason_text(v->reason), v->at_ms, SLICE_ARG(v->message));
    return true;
}

/* When it was decided, and the sentence with it, is later where the daemon was
 * dead or catching up at that instant. */
static bool
on_untimed_verdict(void *ctx, const struct record_verdict *v)
{
    text_printf(ctx, "verdict %s %s\n", verdict_text(v->verdict), verdict_reason_text(v->reason));
    return true;
}

static bool
on_interval(void *ctx, const struct record_interval *i)
{
    text_printf(ctx, "interval %" PRId64 " %" PRId64 " ", i->start_ms, i->end_ms);
    put_bytes(ctx, i->row);
    text_putc(ctx, '\n');
    return true;
}

/* The state has its run's id once.  What series have counted, before it, goes on from
 * where the older version kept it, if it did. */
static void
put_state(const struct play *p, struct text *out, const struct record_run *r)
{
    int64_t      base_ms;
    struct slice rest = p->upgraded ? runrow_state(r->state_blob, &base_ms) : r->state_blob;
    const char  *id = memmem(rest.p, rest.n, r->id, strlen(r->id));

    if (p->upgraded && id) {
        put_bytes(out, (struct slice){rest.p, (size_t)(id - rest.p)});
        text_puts(out, " id ");
        id += strlen(r->id);
        rest = (struct slice){id, rest.n - (size_t)(id - rest.p)};
    }
    put_bytes(out, rest);
    text_putc(out, '\n');
}

static bool
on_run(void *ctx, const struct record_run *r)
{
    struct play *p = ctx;

    text_printf(&p->transcript, "run %s %.*s attempt %u state %d verdict %s %s\nstate ",
                p->upgraded ? "" : r->id, SLICE_ARG(r->revision), r->attempt, (int)r->state,
                verdict_text(r->verdict), verdict_reason_text(r->reason));
    put_state(p, &p->transcript, r);
    return true;
}

struct ids {
    char   at[32][ULID_BYTES];
    size_t n;
};

static bool
on_id(void *ctx, const struct record_run *r)
{
    struct ids *ids = ctx;

    memcpy(ids->at[ids->n++], r->id, ULID_BYTES);
    return ids->n < ARRAY_LEN(ids->at);
}

/* record [untimed]: every run's stored state, intervals and verdicts. */
void
play_record_verb(struct play *p, const struct play_line *l)
{
    struct reader_filter f = {.state = READER_ANY, .verdict = READER_ANY, .limit = 32};
    struct ids           ids = {0};
    struct reader       *r = NULL;
    struct err           err = {0};
    bool                 untimed = slice_is(l->rest, "untimed");

    play_must(p, reader_open(p->stage.data_dir, &r, &err), &err);
    play_must(p, reader_runs(r, &f, on_id, &ids, &err), &err);
    for (size_t i = 0; i < ids.n; i++) {
        memcpy(f.run, ids.at[i], ULID_BYTES);
        play_must(p, reader_run(r, ids.at[i], on_run, p, &err), &err);
        play_must(p, reader_intervals(r, ids.at[i], 0, 0, on_interval, &p->transcript, &err), &err);
        play_must(
            p,
            reader_verdicts(r, &f, untimed ? on_untimed_verdict : on_verdict, &p->transcript, &err),
            &err);
    }
    reader_close(r);
}

/* At the end of each script: every run that the history has, judged again from
 * what it was told, must come to the same bytes. */
void
play_record_again(struct play *p)
{
    struct reader_filter f = {.state = READER_ANY, .verdict = READER_ANY, .limit = 32};
    struct ids           ids = {0};
    struct reader       *r = NULL;
    struct err           err = {0};

    if (reader_open(p->stage.data_dir, &r, &err))
        return; /* a script that never started a daemon */
    play_must(p, reader_runs(r, &f, on_id, &ids, &err), &err);
    for (size_t i = 0; i < ids.n; i++) {
        struct playback again;
        enum status     s = playback_run(r, ids.at[i], &again, &err);

        if (s && (p->upgraded || (s == STATUS_NO_DATA && p->disk_failed)))
            continue; /* what an older version left, or what no disk took */
        play_must(p, s, &err);
        if (!playback_same(&again))
            play_fail(p,
                      "run %s judged again: state of %zu bytes %s (from byte %zu on), %u of %u "
                      "verdicts found, not %s",
                      ids.at[i], again.state_bytes, again.same_state ? "the same" : "differs",
                      again.differs_at, again.found, again.verdicts, again.missing);
    }
    reader_close(r);
}
