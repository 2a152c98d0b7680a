/* pair.h - requests and the bad ones among them, canary beside baseline.
 *
 * What "bad" means is the check's affair; the tests of gm.h and ib.h only see
 * these four counts. */
#ifndef ANALYZER_PAIR_H
#define ANALYZER_PAIR_H

#include "analyzer/interval.h"
#include "base/pack.h"

struct pair {
    uint64_t n[ARM_COUNT]; /* requests */
    uint64_t x[ARM_COUNT]; /* bad ones */
};

/* The most requests of one arm that a double counts exactly, 2^53. */
#define PAIR_MAX_REQUESTS (UINT64_C(1) << 53)

/* x <= n <= PAIR_MAX_REQUESTS on both arms: anything else is no count of
 * requests, and a test that took it in would not be valid. */
bool pair_valid(const struct pair *p);

/* Both must be valid; what would pass PAIR_MAX_REQUESTS stays there. */
void pair_add(struct pair *to, const struct pair *from);

/* Faults of both arms, as the view shows them.  User view: app and
 * infrastructure faults among the requests.  Attempt view: requests without a
 * response count as faulty ones too, on both arms alike, so that only what
 * exceeds the baseline's share of callers who gave up speaks against the
 * canary (Envoy reports a client's timeout at the server as code 0 with DC). */
struct pair pair_of_faults(const struct interval *i, enum counts_view view);

/* Requests without a response of both arms, among all that were made. */
struct pair pair_of_silence(const struct interval *i, enum counts_view view);

/* Answers 4xx of both arms, among the requests. */
struct pair pair_of_client_errors(const struct interval *i, enum counts_view view);

/* Requests slower than limit_ms of both arms, among those that were timed; with
 * no bucket bound there, slower than the next bound over it, so that nobody is
 * wronged.  False, and nothing: no histogram, or no finite bound so high. */
bool pair_slower_than(const struct interval *i, enum counts_view view, double limit_ms,
                      struct pair *out);

/* Counts that are not valid are bad. */
void pair_pack(const struct pair *p, struct text *out);
void pair_unpack(struct pair *p, struct unpack *in);

#endif
