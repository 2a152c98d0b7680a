/* Any bytes are a run's log or refused; what was played goes on and packs. */
#include "analyzer/runplayer.h"

#include "analyzer/runstate.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct policy policy = {
    .false_rollback_rate = .01,
    .false_pass_rate = .05,
    .error_rate = {true, 1.1, .0005, 1.5, .001},
    .guard = true,
    .warm_up_ms = 60000,
    .settle_ms = 30000,
    .longest_gap_ms = 60000,
    .robust_block_ms = 15000,
    .min_requests = 100,
};

static const struct run_identity who = {.id = "01HF7YAT00000000000000000A",
                                        .service = "reviews",
                                        .ns = "prod",
                                        .canary = "v2",
                                        .key = "version",
                                        .revision = "v2",
                                        .attempt = 1};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct run      run;
    static struct interval i = {.present = {true, true}, .start_ms = 0, .end_ms = 5000};
    struct runplayer       player = {.run = &run, .who = &who};
    struct err             err = {0};
    struct text            t;

    run = (struct run){.policy = &policy};
    i.arm[VIEW_USER][ARM_CANARY].by_class[CLASS_OK] = 100;
    i.arm[VIEW_USER][ARM_BASELINE].by_class[CLASS_OK] = 900;
    if (runplayer_play(&player, (struct slice){(const char *)data, n}, &i, &err)) {
        assert(err.text[0] != '\0');
        return 0;
    }
    if (!run.started_ms)
        return 0;
    text_init(&t, 1 << 20);
    runstate_pack(&run, &t);
    assert(t.status == STATUS_OK);
    text_release(&t);
    return 0;
}
