#include "analyzer/betafn.h"
#include "base/base.h"
#include "tests/support/check.h"

/* known_answers.csv (mpmath, 50 digits).  The last has 1e8 requests: log-gammas
 * in doubles are off by 4e-7 there. */
static void
evidence_is_that_of_the_known_answers(void **state)
{
    (void)state;
    static const struct {
        double x, n, p, a, b, want;
    } cases[] = {
        {12, 10000, .001, .5, .5, -4.6463859672740183},
        {30, 10000, .001, .5, .5, 8.1460392034225112},
        {0, 5000, .001, .5, 49.5, 2.687465294309455},
        {950, 1000, .95, .5, .5, -3.6806294990039879},
        {1180, 2000, .95, 9.5, .5, 1156.2310230862179},
        {1995, 2000, .95, 9.5, .5, 79.983233645874812},
        {100000, 1e8, .001, .5, .5, -9.4361321425379939},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check_close(betafn_evidence(cases[i].x, cases[i].n, cases[i].p, cases[i].a, cases[i].b) /
                        cases[i].want,
                    1, 1e-13);
    check_close(betafn_evidence_above(12, 10000, .001, .5, .5), -4.917863992951503, 1e-12);
}

/* Its mean over binomial x is 1: a mixture of likelihood ratios. */
static void
evidence_has_mean_one(void **state)
{
    (void)state;
    static const double ps[] = {.001, .05, .5, .95};

    for (size_t k = 0; k < ARRAY_LEN(ps); k++)
        for (int n = 0; n <= 40; n += 5) {
            double law = pow(1 - ps[k], n), sum = 0;

            for (int x = 0; x <= n; x++) {
                sum += law * exp(betafn_evidence(x, n, ps[k], .5, 2));
                law *= (double)(n - x) / (x + 1) * ps[k] / (1 - ps[k]);
            }
            check_close(sum, 1, 1e-12);
        }
}

/* One request more multiplies by the predictive chance over p: the recursion of
 * Polya's urn, no gammas. */
static void
evidence_follows_the_urn(void **state)
{
    (void)state;
    double x = 0, n = 0, log_e = 0;

    for (int i = 0; i < 3000; i++) {
        int hit = i % 7 == 3;

        log_e += hit ? log((.5 + x) / (2.5 + n) / .1) : log((2 + n - x) / (2.5 + n) / .9);
        x += hit;
        n++;
        check_close(betafn_evidence(x, n, .1, .5, 2), log_e, 1e-11);
    }
}

/* Beta(2, 3) by hand: P(> p) = (1-p)^3 (1 + 3 p); Beta(1/2, 1/2) by the arcsine
 * law; and a large one against the binomial sum: P(Beta(k, n-k+1) > p) =
 * P(Bin(n, p) < k). */
static void
chances_are_those_of_closed_forms(void **state)
{
    (void)state;
    for (double p = .01; p < 1; p += .07) {
        double law = pow(1 - p, 400), sum = 0;

        check_close(betafn_above(p, 2, 3), pow(1 - p, 3) * (1 + 3 * p), 1e-14);
        check_close(betafn_above(p, .5, .5), 1 - 2 / M_PI * asin(sqrt(p)), 1e-14);
        for (int k = 1; k <= 30; k++) {
            sum += law;
            law *= (401. - k) / k * p / (1 - p);
            check_close(betafn_above(p, k, 401 - k), sum, 1e-12);
        }
    }
    check_close(betafn_above(0, 2, 3), 1, 0);
    check_close(betafn_above(1, 2, 3), 0, 0);
    check_close(betafn_above(.001, 1e5 + .5, 1e8 - 1e5), .5, .01); /* about its median */
}

/* log gamma(z) at small, whole and large z. */
static void
the_rest_completes_stirlings_formula(void **state)
{
    (void)state;
    for (double z = .25; z < 100; z += .25) {
        int    sign;
        double stirling = (z - .5) * log(z) - z + .5 * log(2 * M_PI);

        check_close(betafn_stirling_rest(z), lgamma_r(z, &sign) - stirling,
                    1e-14 + 1e-15 * fabs(stirling));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_is_that_of_the_known_answers),
        cmocka_unit_test(evidence_has_mean_one),
        cmocka_unit_test(evidence_follows_the_urn),
        cmocka_unit_test(chances_are_those_of_closed_forms),
        cmocka_unit_test(the_rest_completes_stirlings_formula),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
