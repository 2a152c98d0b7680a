/* What is encoded is what the receiving side of this program decodes. */
#include "promql/value.h"
#include "telemetry/remotewrite.h"
#include "telemetry/writeencode.h"
#include "telemetry/writerequest.h"
#include "tests/support/check.h"
#include "tests/support/prng.h"

#include <snappy-c.h>
#include <stdlib.h>

#define LABEL(n, v)                                                                                \
    {                                                                                              \
        SLICE_LITERAL(n), SLICE_LITERAL(v)                                                         \
    }

static struct slice
unpacked(const struct text *body, char *to, size_t room)
{
    size_t n = 0;

    assert_int_equal(snappy_uncompressed_length(body->p, body->n, &n), SNAPPY_OK);
    assert_true(n <= room);
    assert_int_equal(snappy_uncompress(body->p, body->n, to, &n), SNAPPY_OK);
    return (struct slice){to, n};
}

/* Byte by byte from protobuf.dev, "Encoding": tag 0x0a is field 1 as bytes, 0x12 field 2,
 * 0x09 field 1 as eight bytes, 0x10 field 2 as varint. */
static void
one_series_by_hand(void **state)
{
    static const unsigned char     want[] = {0x0a, 25,  0x0a, 10,  0x0a, 1,    'a',  0x12, 5,
                                             'b',  'c', 'd',  'e', 'f',  0x12, 11,   0x09, 0,
                                             0,    0,   0,    0,   0,    0xf0, 0x3f, 0x10, 7};
    static const struct tsdb_label label = LABEL("a", "bcdef");
    struct writeencode             e;
    struct text                    body;
    char                           message[64];
    struct slice                   got;
    int64_t                        t_ms = 7;
    double                         one = 1;

    (void)state;
    writeencode_init(&e);
    text_init(&body, 1024);
    writeencode_series(&e, &label, 1, &t_ms, &one, 1);
    assert_int_equal(e.n_samples, 1);
    assert_int_equal(writeencode_take(&e, &body, NULL), STATUS_OK);
    got = unpacked(&body, message, sizeof message);
    assert_int_equal(got.n, sizeof want);
    assert_memory_equal(got.p, want, sizeof want);
    assert_int_equal(e.n_samples, 0);
    text_release(&body);
    writeencode_release(&e);
}

enum { SERIES = 40, SAMPLES = 200 };

/* Random series, times and values, any bit pattern among them; one message after the
 * other from the same encoder. */
static void
what_is_sent_is_what_arrives(void **state)
{
    struct prng         prng = {.state = 11};
    struct writeencode  e;
    struct text         body;
    struct writerequest w = {0};
    struct err          err = {0};
    static char         message[1 << 20];
    static int64_t      t_ms[SERIES][SAMPLES];
    static double       value[SERIES][SAMPLES];
    static char         name[SERIES][16];

    (void)state;
    writeencode_init(&e);
    text_init(&body, 1 << 20);
    for (int round = 0; round < 20; round++) {
        size_t n = 1 + prng_below(&prng, SAMPLES);

        text_clear(&body);
        for (int s = 0; s < SERIES; s++) {
            struct tsdb_label labels[] = {LABEL("__name__", "verdictd_verdict"),
                                          {SLICE_LITERAL("version"), {name[s], 0}}};

            snprintf(name[s], sizeof name[s], "v%d", s);
            labels[1].value = slice_of(name[s]);
            for (size_t i = 0; i < n; i++) {
                t_ms[s][i] = (int64_t)(i * 1000 + prng_below(&prng, 1000)) - (round == 0 ? 500 : 0);
                value[s][i] = prng_bits(&prng);
            }
            writeencode_series(&e, labels, 2, t_ms[s], value[s], n);
        }
        assert_int_equal(writeencode_take(&e, &body, &err), STATUS_OK);
        assert_int_equal(writerequest_read(&w, unpacked(&body, message, sizeof message), &err),
                         STATUS_OK);
        assert_int_equal(w.n_series, SERIES);
        for (int s = 0; s < SERIES; s++) {
            struct tsdb_label labels[2];

            assert_int_equal(writerequest_labels(&w.series[s], labels, &err), STATUS_OK);
            assert_true(slice_is(labels[1].value, name[s]));
            assert_int_equal(w.series[s].n_samples, n);
            for (size_t i = 0; i < n; i++) {
                const struct writerequest_sample *got = &w.samples[w.series[s].first_sample + i];

                assert_int_equal(got->t_ms, t_ms[s][i]);
                assert_int_equal(value_bits(got->value), value_bits(value[s][i]));
            }
        }
    }
    writerequest_release(&w);
    text_release(&body);
    writeencode_release(&e);
}

static void
what_is_too_large_is_refused_and_the_next_goes(void **state)
{
    static const struct tsdb_label label = LABEL("__name__", "x");
    static char                    huge[WRITEENCODE_MAX_BYTES];
    struct tsdb_label              large = {SLICE_LITERAL("a"), {huge, sizeof huge}};
    struct writeencode             e;
    struct text                    body;
    struct err                     err = {0};
    int64_t                        t_ms = 1;
    double                         v = 0;

    (void)state;
    writeencode_init(&e);
    text_init(&body, 1024);
    writeencode_series(&e, &large, 1, &t_ms, &v, 1);
    assert_int_equal(writeencode_take(&e, &body, &err), STATUS_LIMIT);
    text_clear(&body);
    writeencode_series(&e, &label, 1, &t_ms, &v, 1);
    assert_int_equal(writeencode_take(&e, &body, &err), STATUS_OK);
    text_release(&body);
    writeencode_release(&e);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_series_by_hand),
        cmocka_unit_test(what_is_sent_is_what_arrives),
        cmocka_unit_test(what_is_too_large_is_refused_and_the_next_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
