#include "daemon/gatewaits.h"

#include "tests/support/check.h"

#include <stdio.h>

static int64_t now_ms = 1000;

static int64_t
mono(void *self)
{
    (void)self;
    return now_ms;
}

static const struct clock        watch = {.mono_ms = mono, .wall_ms = mono};
static const struct config_waits limits = {.report_ms = 600000, .gate_rollback_ms = 1200000};

static struct port_switch
gate(const char *name, const char *checksum, bool progressing)
{
    struct port_switch s = {.progressing = progressing};

    snprintf(s.ns, sizeof s.ns, "prod");
    snprintf(s.name, sizeof s.name, "%s", name);
    snprintf(s.checksum, sizeof s.checksum, "%s", checksum);
    return s;
}

/* Asked every minute, as Flagger does, and looked at. */
static void
ask_for(struct gatewaits *g, const struct port_switch *one, int minutes)
{
    for (int i = 0; i < minutes; i++) {
        gatewaits_asked(g, one, false);
        now_ms += 60000;
        gatewaits_sweep(g, &limits);
    }
}

static void
a_wait_is_said_and_then_ends(void **state)
{
    struct gatewaits  *g = gatewaits_new(&watch);
    struct port_switch a = gate("a", "7d9", true), other = gate("a", "8ea", true);

    (void)state;
    ask_for(g, &a, 9);
    assert_int_equal(gatewaits_count(g), 0);
    ask_for(g, &a, 1);
    assert_int_equal(gatewaits_count(g), 1);
    ask_for(g, &a, 9);
    assert_false(gatewaits_is_over(g, &a));
    ask_for(g, &a, 1);
    assert_true(gatewaits_is_over(g, &a));
    assert_false(gatewaits_is_over(g, &other));
    /* The next revision waits for itself. */
    ask_for(g, &other, 1);
    assert_false(gatewaits_is_over(g, &a));
    assert_false(gatewaits_is_over(g, &other));
    assert_int_equal(gatewaits_count(g), 0);
    gatewaits_free(g);
}

/* Before there is traffic Flagger asks no rollback hook, and the checksum is the last
 * release's: none of that time counts, and none without a checksum. */
static void
only_a_canary_with_traffic_is_rolled_back(void **state)
{
    struct gatewaits  *g = gatewaits_new(&watch);
    struct port_switch before = gate("a", "7d9", false), then = gate("a", "7d9", true);
    struct port_switch bare = gate("b", "", true);

    (void)state;
    ask_for(g, &before, 30);
    assert_int_equal(gatewaits_count(g), 1);
    assert_false(gatewaits_is_over(g, &before));
    ask_for(g, &then, 19);
    assert_false(gatewaits_is_over(g, &then));
    ask_for(g, &then, 1);
    assert_true(gatewaits_is_over(g, &then));
    ask_for(g, &before, 1);
    assert_false(gatewaits_is_over(g, &then));
    ask_for(g, &bare, 30);
    assert_false(gatewaits_is_over(g, &bare));
    gatewaits_free(g);
}

static void
opened_or_left_alone_it_is_forgotten(void **state)
{
    struct gatewaits  *g = gatewaits_new(&watch);
    struct port_switch a = gate("a", "7d9", true);

    (void)state;
    ask_for(g, &a, 30);
    gatewaits_asked(g, &a, true);
    assert_false(gatewaits_is_over(g, &a));
    ask_for(g, &a, 30);
    assert_true(gatewaits_is_over(g, &a));
    now_ms += GATEWAITS_QUIET_MS;
    gatewaits_sweep(g, &limits);
    assert_false(gatewaits_is_over(g, &a));
    assert_int_equal(gatewaits_count(g), 0);
    gatewaits_free(g);
}

static void
limits_of_nought_say_nothing(void **state)
{
    struct gatewaits  *g = gatewaits_new(&watch);
    struct port_switch a = gate("a", "7d9", true);

    (void)state;
    gatewaits_asked(g, &a, false);
    now_ms += GATEWAITS_QUIET_MS - 1;
    gatewaits_sweep(g, &(struct config_waits){0});
    assert_int_equal(gatewaits_count(g), 0);
    assert_false(gatewaits_is_over(g, &a));
    gatewaits_free(g);
}

static void
names_without_end_take_no_more_room(void **state)
{
    struct gatewaits *g = gatewaits_new(&watch);

    (void)state;
    for (int i = 0; i < GATEWAITS_MOST + 10; i++) {
        struct port_switch one = gate("", "7d9", true);

        snprintf(one.name, sizeof one.name, "a%d", i);
        gatewaits_asked(g, &one, false);
    }
    now_ms += 660000;
    gatewaits_sweep(g, &limits);
    assert_int_equal(gatewaits_count(g), GATEWAITS_MOST);
    gatewaits_free(g);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_is_said_and_then_ends),
        cmocka_unit_test(only_a_canary_with_traffic_is_rolled_back),
        cmocka_unit_test(opened_or_left_alone_it_is_forgotten),
        cmocka_unit_test(limits_of_nought_say_nothing),
        cmocka_unit_test(names_without_end_take_no_more_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
