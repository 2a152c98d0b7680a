/* The second rule of judgement.h: thresholds from placebo canaries. */
#include "analyzer/judgement.h"
#include "tests/unit/analyzer/podworld.h"

#include <stdlib.h>

enum { TICKS = 60 };

static struct interval it;

static struct policy
usual(void)
{
    return (struct policy){
        .false_rollback_rate = .01,
        .false_pass_rate = .05,
        .longest_gap_ms = 60000,
        .robust_block_ms = 15000,
        .error_rate = {true, 1.1, .0005, 1.5, .001},
    };
}

/* What the users see: the same requests, their faults as they are or none. */
static void
show_users(bool harmed)
{
    it.present[VIEW_USER] = true;
    for (int arm = 0; arm < ARM_COUNT; arm++) {
        struct counts *c = &it.arm[VIEW_USER][arm];

        *c = it.arm[VIEW_ATTEMPT][arm];
        if (!harmed) {
            c->by_class[CLASS_OK] += c->by_class[CLASS_APP];
            c->by_class[CLASS_APP] = 0;
        }
    }
}

enum users { USERS_UNSEEN, USERS_HARMED, USERS_SPARED };

/* A canary on two pods with 1.5 % faults beside .5 %, over five minutes:
 * evidence over 1/a0 = 10, under what the sum alone must reach. */
static enum judgement_rule
play(const struct calibration_frozen *f, enum users users)
{
    const struct policy p = usual();
    struct judgement   *j = calloc(1, sizeof *j);
    struct podworld     w = {
            .pods = 6, .canary = 2, .per_s = 100, .weight = .2, .faulty = .005, .worse = 3};
    enum judgement_rule crossed;

    podworld_init(&w, &it, 21);
    judgement_init(j, &p, p.false_rollback_rate, f);
    for (int k = 0; k < TICKS && j->crossed == JUDGEMENT_NONE; k++) {
        podworld_tick(&w, &it);
        if (users != USERS_UNSEEN)
            show_users(users == USERS_HARMED);
        judgement_apply(j, &it, users == USERS_UNSEEN ? VIEW_ATTEMPT : VIEW_USER, true);
    }
    crossed = j->crossed;
    assert_int_equal(j->blamed, crossed == JUDGEMENT_NONE ? CHECK_COUNT : CHECK_ERROR_RATE);
    free(j);
    return crossed;
}

static void
crosses_by_what_placebos_have_shown(void **state)
{
    (void)state;
    static const struct calibration_frozen quiet = {.use = CALIBRATION_USED,
                                                    .alpha = .008,
                                                    .floor = CALIBRATION_FLOOR,
                                                    .window_ms = TICKS * PODWORLD_TICK_MS,
                                                    .pods = 2,
                                                    .tau = {1, 1, 1, 1}};
    struct calibration_frozen              f = quiet;

    assert_int_equal(play(&f, USERS_UNSEEN), JUDGEMENT_CALIBRATED);
    assert_int_equal(play(&f, USERS_HARMED), JUDGEMENT_CALIBRATED);
    /* Retries keep it from the users. */
    assert_int_equal(play(&f, USERS_SPARED), JUDGEMENT_NONE);
    /* Whatever the placebos say, 1/a0 is asked. */
    f.floor = 1e-9;
    assert_int_equal(play(&f, USERS_UNSEEN), JUDGEMENT_NONE);
    /* Placebos have shown more than this. */
    f = quiet;
    for (int s = 0; s < CALIBRATION_STATISTICS; s++)
        f.tau[s] = 50;
    assert_int_equal(play(&f, USERS_UNSEEN), JUDGEMENT_NONE);
    /* Not such a canary: too long, too busy, on too few pods, or no record. */
    f = quiet;
    f.window_ms = PODWORLD_TICK_MS;
    assert_int_equal(play(&f, USERS_UNSEEN), JUDGEMENT_NONE);
    f = quiet;
    f.most_requests = 200;
    assert_int_equal(play(&f, USERS_UNSEEN), JUDGEMENT_NONE);
    f = quiet;
    f.pods = 3;
    assert_int_equal(play(&f, USERS_UNSEEN), JUDGEMENT_NONE);
    f = quiet;
    f.use = CALIBRATION_YOUNG;
    assert_int_equal(play(&f, USERS_UNSEEN), JUDGEMENT_NONE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crosses_by_what_placebos_have_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
