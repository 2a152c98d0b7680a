/* samples.h - a history of twelve runs, each with a verdict. */
#ifndef TESTS_UNIT_STORE_SAMPLES_H
#define TESTS_UNIT_STORE_SAMPLES_H

#include "tests/unit/store/fixture.h"

/* Twelve runs: ns and service by n % 3, ended where n is even, verdict by
 * n % 4, revision by n % 2. */
enum { SAMPLES_RUNS = 12 };

static const struct {
    const char *ns, *service;
} samples_owner[] = {{"prod", "reviews"}, {"prod", "ratings"}, {"dev", "reviews"}};

static inline struct record_run
samples_run(int n)
{
    struct record_run r = fixture_run(n);

    r.ns = slice_of(samples_owner[n % 3].ns);
    r.service = slice_of(samples_owner[n % 3].service);
    r.state = n % 2 ? RECORD_LIVE : RECORD_ENDED;
    r.verdict = (enum verdict)(n % 4);
    r.revision = slice_of(n % 2 ? "odd" : "even");
    r.attempt = (uint32_t)n;
    r.numbers = SLICE_LITERAL("{\"n\":1}");
    r.state_blob = SLICE_LITERAL("state\0blob");
    r.policy_hash = SLICE_LITERAL("hash");
    r.policy_text = SLICE_LITERAL("text");
    return r;
}

static inline struct store *
samples_open(const struct fixture_dir *d)
{
    struct store *st = fixture_open(d);

    for (int n = 0; n < SAMPLES_RUNS; n++) {
        struct record_run     r = samples_run(n);
        struct record_verdict v = fixture_verdict(n, n);
        struct store_commit   c = {.run = &r, .verdict = &v};

        v.verdict = r.verdict;
        assert_int_equal(store_submit(st, &c, NULL, NULL), STATUS_OK);
    }
    store_drain(st);
    return st;
}

#endif
