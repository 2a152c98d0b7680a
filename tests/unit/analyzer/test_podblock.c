#include "analyzer/podblock.h"
#include "tests/unit/analyzer/traffic.h"

/* A pod with n tries, all of them answered and timed, and x faults. */
static struct family_pod
pod(uint64_t key, enum counts_arm arm, uint64_t n, uint64_t x)
{
    return (struct family_pod){
        .key = key << 1, .arm = (uint8_t)arm, .n = {n, n, n}, .x = {[FAMILY_ERRORS] = x}};
}

static struct family_sample
sample(const struct family_pod *pods, uint32_t n)
{
    struct family_sample s = {.length_ms = 5000, .n_pods = n};

    for (uint32_t u = 0; u < n; u++) {
        s.pods[u] = pods[u];
        s.pair[FAMILY_ERRORS].n[pods[u].arm] += pods[u].n[FAMILY_OF_TRIES];
        s.pair[FAMILY_ERRORS].x[pods[u].arm] += pods[u].x[FAMILY_ERRORS];
    }
    return s;
}

static void
add(struct podblock *b, const struct family_sample *s)
{
    struct podblock       one;
    struct podblock_order order = {0};

    podblock_of(&one, s, &order);
    podblock_add(b, &one);
}

static struct robust_block
errors_of(const struct podblock *b)
{
    struct podblock_cut cut;
    struct robust_block out;

    podblock_cut(b, &cut);
    podblock_question(b, &cut, FAMILY_ERRORS, &out);
    return out;
}

/* Whatever the order in which samples list them, and who comes when. */
static void
pods_keep_their_sums_and_their_order(void **state)
{
    (void)state;
    const struct family_pod first[] = {pod(9, ARM_CANARY, 100, 3), pod(2, ARM_BASELINE, 90, 1),
                                       pod(5, ARM_CANARY, 110, 1)};
    const struct family_pod then[] = {pod(5, ARM_CANARY, 100, 2), pod(1, ARM_BASELINE, 200, 0),
                                      pod(9, ARM_CANARY, 100, 0), pod(2, ARM_BASELINE, 100, 4)};
    struct family_sample    s = sample(first, 3);
    struct podblock         b = {0};
    struct robust_block     o;

    add(&b, &s);
    s = sample(then, 4);
    add(&b, &s);
    assert_int_equal(b.length_ms, 10000);
    assert_int_equal(b.intervals, 2);
    assert_int_equal(b.canary_pods, 2);
    o = errors_of(&b);
    assert_int_equal(o.pods[ARM_CANARY], 2);
    assert_int_equal(o.pods[ARM_BASELINE], 2);
    check_close(o.n[ARM_CANARY], 410, 0);
    check_close(o.n[ARM_BASELINE], 390, 0);
    check_close(o.x[ARM_CANARY], 6, 0);
    check_close(o.x[ARM_BASELINE], 5, 0);
    check_close(o.x_of[0], 3, 0); /* key 5 before key 9 */
    check_close(o.x_of[1], 3, 0);
}

/* 70 % of the median of 100, 100, 100, 69 is 70: the last is left out, with
 * what it counted; at 70 it stays. */
static void
pods_far_under_their_arms_median_are_left_out(void **state)
{
    (void)state;
    for (uint64_t n = 69; n <= 70; n++) {
        const struct family_pod pods[] = {pod(1, ARM_BASELINE, 100, 1),
                                          pod(2, ARM_BASELINE, 100, 0), pod(3, ARM_BASELINE, n, 9),
                                          pod(4, ARM_BASELINE, 100, 2), pod(5, ARM_CANARY, 30, 3)};
        struct family_sample    s = sample(pods, 5);
        struct podblock         b = {0};
        struct robust_block     o;

        add(&b, &s);
        o = errors_of(&b);
        assert_int_equal(o.pods[ARM_BASELINE], n < 70 ? 3 : 4);
        check_close(o.x[ARM_BASELINE], n < 70 ? 3 : 12, 0);
        assert_int_equal(o.pods[ARM_CANARY], 1); /* each arm has its own median */
    }
}

/* The mean of the middle two of an even number: of 100 and 53 that is 76.5,
 * and 53 is 69.3 % of it. */
static void
of_two_pods_one_can_be_left_out(void **state)
{
    (void)state;
    for (uint64_t n = 53; n <= 54; n++) {
        const struct family_pod pods[] = {pod(1, ARM_BASELINE, 100, 1), pod(2, ARM_BASELINE, n, 0),
                                          pod(3, ARM_CANARY, 30, 3)};
        struct family_sample    s = sample(pods, 3);
        struct podblock         b = {0};

        add(&b, &s);
        assert_int_equal(errors_of(&b).pods[ARM_BASELINE], n == 53 ? 1 : 2);
    }
}

/* The median by sorting, of pods as they come. */
static void
the_cut_is_that_of_the_sorted_pods(void **state)
{
    (void)state;
    struct prng r = {.state = 7};

    for (int round = 0; round < 500; round++) {
        uint32_t             n = 1 + (uint32_t)(prng_next(&r) % 62), kept = 0;
        uint64_t             sorted[FAMILY_MAX_PODS] = {0};
        struct family_sample s = {.length_ms = 1};
        struct podblock      b = {0};
        double               median;

        s.pods[s.n_pods++] = pod(1000, ARM_CANARY, 5, 0);
        for (uint32_t u = 0; u < n; u++) {
            uint32_t at = u;

            s.pods[s.n_pods] = pod(u, ARM_BASELINE, prng_next(&r) % 50, 0);
            for (; at && sorted[at - 1] > s.pods[s.n_pods].n[0]; at--)
                sorted[at] = sorted[at - 1];
            sorted[at] = s.pods[s.n_pods++].n[0];
        }
        median = ((double)sorted[(n - 1) / 2] + (double)sorted[n / 2]) / 2;
        for (uint32_t u = 0; u < n; u++)
            kept += sorted[u] > 0 && (double)sorted[u] >= .7 * median;
        add(&b, &s);
        assert_int_equal(errors_of(&b).pods[ARM_BASELINE], kept);
    }
}

/* One arm's pods are all beyond the busiest: the arms as wholes, no pods. */
static void
arms_without_pods_are_told_as_wholes(void **state)
{
    (void)state;
    const struct family_pod pods[] = {pod(1, ARM_BASELINE, 100, 1), pod(2, ARM_BASELINE, 100, 0)};
    struct family_sample    s = sample(pods, 2);
    struct podblock         b = {0}, unread;
    struct robust_block     o;

    s.pair[FAMILY_ERRORS] = (struct pair){.n = {50, 300}, .x = {4, 2}};
    add(&b, &s);
    podblock_of(&unread, &s, NULL);
    assert_int_equal(unread.n_pods, 0);
    o = errors_of(&b);
    assert_int_equal(o.pods[ARM_BASELINE], 0);
    check_close(o.n[ARM_BASELINE], 300, 0);
    check_close(o.x[ARM_CANARY], 4, 0);
}

static void
a_pod_that_changes_its_arm_is_another(void **state)
{
    (void)state;
    const struct family_pod before = pod(1, ARM_BASELINE, 100, 1),
                            after = pod(1, ARM_CANARY, 80, 2);
    struct podblock      b = {0};
    struct family_sample s = sample(&before, 1);

    add(&b, &s);
    s = sample(&after, 1);
    add(&b, &s);
    assert_int_equal(b.n_pods, 2);
    check_close(errors_of(&b).x[ARM_CANARY], 2, 0);
    check_close(errors_of(&b).x[ARM_BASELINE], 1, 0);
}

/* 64 pods, then 64 others: the block stays with the first. */
static void
what_finds_no_room_is_left_out(void **state)
{
    (void)state;
    struct podblock b = {0};

    for (uint64_t round = 0; round < 2; round++) {
        struct family_sample s = {.length_ms = 5000, .n_pods = FAMILY_MAX_PODS};

        for (uint32_t u = 0; u < FAMILY_MAX_PODS; u++)
            s.pods[u] = pod(1 + u * 2 + round, u % 4 ? ARM_BASELINE : ARM_CANARY, 100, 1);
        add(&b, &s);
    }
    assert_int_equal(b.n_pods, FAMILY_MAX_PODS);
    check_close(errors_of(&b).n[ARM_CANARY], 1600, 0);
    check_close(errors_of(&b).x[ARM_BASELINE], 48, 0);
}

/* A sum over 32 bits would be cut: such a block says nothing. */
static void
a_spoilt_block_says_nothing(void **state)
{
    (void)state;
    const struct family_pod pods[] = {pod(1, ARM_BASELINE, UINT32_MAX, 5),
                                      pod(2, ARM_CANARY, 9, 9)};
    struct family_sample    s = sample(pods, 2);
    struct podblock         b = {0};

    add(&b, &s);
    check_close(errors_of(&b).x[ARM_CANARY], 9, 0);
    add(&b, &s);
    check_close(errors_of(&b).n[ARM_BASELINE], 0, 0);
    podblock_clear(&b);
    add(&b, &s);
    check_close(errors_of(&b).x[ARM_CANARY], 9, 0);
}

static void
a_restored_one_is_the_same(void **state)
{
    (void)state;
    const struct family_pod pods[] = {pod(9, ARM_CANARY, 100, 3), pod(2, ARM_BASELINE, 90, 1),
                                      pod(5, ARM_CANARY, 110, 1)};
    struct family_sample    s = sample(pods, 3);
    struct podblock         b = {0}, back = {0};

    check_restore(podblock_pack, podblock_unpack, &b, &back);
    add(&b, &s);
    check_restore(podblock_pack, podblock_unpack, &b, &back);
    assert_int_equal(back.canary_pods, 2);
}

/* Every single changed byte is refused or read as something that packs to the
 * same bytes again; what is cut off is refused. */
static void
hostile_bytes_are_refused_or_harmless(void **state)
{
    (void)state;
    const struct family_pod pods[] = {pod(9, ARM_CANARY, 100, 3), pod(2, ARM_BASELINE, 90, 1)};
    struct family_sample    s = sample(pods, 2);
    struct podblock         b = {0}, got = {0}, again = {0};
    struct text             t;

    text_init(&t, 10000);
    add(&b, &s);
    podblock_pack(&b, &t);
    for (size_t at = 0; at < t.n; at++) {
        struct unpack in = {.rest = {t.p, at}};
        char          kept = t.p[at];

        podblock_unpack(&got, &in);
        assert_true(in.bad);
        for (int v = 0; v < 256; v += 17) {
            t.p[at] = (char)v;
            in = (struct unpack){.rest = text_slice(&t)};
            podblock_unpack(&got, &in);
            if (!in.bad)
                check_restore(podblock_pack, podblock_unpack, &got, &again);
        }
        t.p[at] = kept;
    }
    text_release(&t);
}

/* Three pods with 1,000 requests each. */
static void
one_bad_pod_is_told_from_a_bad_version(void **state)
{
    (void)state;
    static const struct {
        uint64_t x[3];
        int      lone; /* -1: none */
    } cases[] = {
        {{20, 1, 2}, 0},    {{0, 0, 10}, 2},    {{0, 9, 0}, -1},    /* under ten */
        {{10, 11, 12}, -1}, {{40, 20, 20}, -1}, {{21, 10, 10}, -1}, /* twice the others' rate */
        {{30, 10, 10}, 0},  {{0, 0, 0}, -1},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct family_pod    pods[4];
        struct family_sample s;
        struct podblock      b = {0};
        struct podblock_lone lone;

        for (uint32_t u = 0; u < 3; u++)
            pods[u] = pod(10 + u, ARM_CANARY, 1000, cases[i].x[u]);
        pods[3] = pod(9, ARM_BASELINE, 1000, 500);
        s = sample(pods, 4);
        add(&b, &s);
        assert_int_equal(podblock_lone(&b, ARM_CANARY, FAMILY_ERRORS, &lone), cases[i].lone >= 0);
        if (cases[i].lone >= 0) {
            assert_int_equal(lone.key >> 1, 10 + cases[i].lone);
            assert_int_equal(lone.x, cases[i].x[cases[i].lone]);
            assert_int_equal(lone.others_n, 2000);
            assert_int_equal(lone.pods, 3);
        }
        assert_false(podblock_lone(&b, ARM_BASELINE, FAMILY_ERRORS, &lone)); /* the only one */
        assert_false(podblock_lone(&b, ARM_CANARY, FAMILY_LATENCY, &lone));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pods_keep_their_sums_and_their_order),
        cmocka_unit_test(pods_far_under_their_arms_median_are_left_out),
        cmocka_unit_test(of_two_pods_one_can_be_left_out),
        cmocka_unit_test(the_cut_is_that_of_the_sorted_pods),
        cmocka_unit_test(arms_without_pods_are_told_as_wholes),
        cmocka_unit_test(a_pod_that_changes_its_arm_is_another),
        cmocka_unit_test(what_finds_no_room_is_left_out),
        cmocka_unit_test(a_spoilt_block_says_nothing),
        cmocka_unit_test(one_bad_pod_is_told_from_a_bad_version),
        cmocka_unit_test(a_restored_one_is_the_same),
        cmocka_unit_test(hostile_bytes_are_refused_or_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
