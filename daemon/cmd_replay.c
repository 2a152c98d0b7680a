#include "daemon/cmd_replay.h"

#include "base/ulid.h"
#include "daemon/cmdhistory.h"
#include "daemon/playback.h"

#include <inttypes.h>
#include <stdio.h>

enum { EXIT_DIFFERS = 1, EXIT_ERROR = 3 };

static const struct option_row rows[] = {CMDHISTORY_ROWS_TABLE};

const struct option_command cmd_replay_options = {
    .name = "replay",
    .help = "Judge a stored run again from its intervals and compare, byte by byte.",
    .operands = "RUN",
    .min_operands = 1,
    .max_operands = 1,
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .exits = {{0, "the same bytes"}, {1, "they differ"}, {3, "it cannot be played"}},
};

static int
print_outcome(const char *id, const struct playback *p)
{
    (void)printf("Run %s: %" PRIu64 " intervals and %" PRIu64 " events played\n", id, p->intervals,
                 p->events);
    if (p->same_state)
        (void)printf("  state     %zu bytes, the same\n", p->state_bytes);
    else
        (void)printf("  state     %zu bytes, differs from byte %zu on\n", p->state_bytes,
                     p->differs_at);
    (void)printf("  verdicts  %" PRIu32 " stored, %" PRIu32 " decided again\n", p->verdicts,
                 p->found);
    if (p->missing[0])
        (void)printf("  not so    %s\n", p->missing);
    (void)printf("  answer    %s (%s): %s\n", verdict_text(p->answer.verdict),
                 verdict_reason_text(p->answer.reason), p->answer.message);
    return playback_same(p) ? 0 : EXIT_DIFFERS;
}

int
cmd_replay(int argc, char **argv)
{
    struct option_values v;
    struct playback      p;
    struct reader       *r = NULL;
    struct err           err = {0};
    enum status          s = STATUS_OK;
    int                  code;

    if (!option_start(&cmd_replay_options, argc, argv, &v, &code))
        return code;
    if (!ulid_valid(slice_of(v.operands[0])))
        s = err_set(&err, STATUS_SYNTAX, "%.40s is no id of a run: verdictd runs lists them",
                    v.operands[0]);
    if (s == STATUS_OK)
        s = cmdhistory_open(&v, &r, &err);
    if (s == STATUS_OK)
        s = playback_run(r, v.operands[0], &p, &err);
    reader_close(r);
    if (s) {
        (void)fprintf(stderr, "verdictd replay: %s\n", err.text);
        return EXIT_ERROR;
    }
    return print_outcome(v.operands[0], &p);
}
