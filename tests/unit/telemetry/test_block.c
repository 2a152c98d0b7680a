#include "telemetry/block.h"

#include "telemetry/bits.h"

#include "tests/support/check.h"
#include "tests/support/prng.h"

#include <stdlib.h>

#define STEP_MS INT64_C(15000)
#define BEGIN_MS INT64_C(1700000000000)

enum { MOST = BLOCK_MAX_ROWS, MANY_COLUMNS = 24 };

static uint64_t
bits_of(double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static double
double_of(uint64_t bits)
{
    double v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

/* What a block is made of, and made again from. */
struct input {
    uint32_t rows, w;
    int64_t  t_ms[MOST];
    double   value[MOST * MANY_COLUMNS];
    uint64_t absent[MOST * MANY_COLUMNS / 64 + 1];
};

static bool
is_absent(const struct input *in, uint32_t row, uint32_t column)
{
    size_t at = (size_t)row * in->w + column;

    return in->absent[at / 64] >> (at & 63) & 1;
}

static void
regular_times(struct input *in)
{
    for (uint32_t i = 0; i < in->rows; i++)
        in->t_ms[i] = BEGIN_MS + (int64_t)i * STEP_MS;
}

/* One column within a range, against the input itself. */
static void
check_column(const struct block *b, const struct input *in, uint32_t column, int64_t min_ms,
             int64_t max_ms)
{
    int64_t  t_ms[MOST];
    double   value[MOST];
    uint32_t n = block_read(b, column, min_ms, max_ms, t_ms, value), at = 0;

    for (uint32_t i = 0; i < in->rows; i++) {
        if (is_absent(in, i, column) || in->t_ms[i] < min_ms || in->t_ms[i] > max_ms)
            continue;
        assert_true(at < n);
        assert_true(t_ms[at] == in->t_ms[i]);
        assert_int_equal(bits_of(value[at]), bits_of(in->value[(size_t)i * in->w + column]));
        at++;
    }
    assert_int_equal(at, n);
}

static void
check_rows(const struct block *b, const struct input *in, int64_t min_ms, int64_t max_ms)
{
    static double value[MOST * MANY_COLUMNS];
    const double  hole = double_of(0x7ff4000000000123);
    int64_t       t_ms[MOST];
    uint32_t      n = block_read_rows(b, min_ms, max_ms, hole, t_ms, value), at = 0;

    for (uint32_t i = 0; i < in->rows; i++) {
        if (in->t_ms[i] < min_ms || in->t_ms[i] > max_ms)
            continue;
        assert_true(at < n);
        assert_true(t_ms[at] == in->t_ms[i]);
        for (uint32_t k = 0; k < in->w; k++) {
            double want = is_absent(in, i, k) ? hole : in->value[(size_t)i * in->w + k];
            assert_int_equal(bits_of(value[(size_t)at * in->w + k]), bits_of(want));
        }
        at++;
    }
    assert_int_equal(at, n);
}

/* Everything comes back, whole and in part, and after a way through bytes.
 * Returns what the block takes. */
static size_t
check_input(const struct input *in, struct prng *r)
{
    struct block *sealed = block_seal(in->t_ms, in->value, in->absent, in->rows, in->w);
    size_t        bytes = block_bytes(sealed);
    struct block *again = block_from_bytes(sealed, bytes);
    const int64_t first = in->t_ms[0], last = in->t_ms[in->rows - 1];

    assert_non_null(again);
    assert_memory_equal(again, sealed, bytes);
    assert_int_equal(block_rows(again), in->rows);
    assert_int_equal(block_columns(again), in->w);
    assert_true(block_first_ms(again) == first && block_last_ms(again) == last);
    for (uint32_t k = 0; k < in->w; k++) {
        /* Any range does: ends that wrap around are one as well. */
        uint64_t span = (uint64_t)last - (uint64_t)first + 3;
        uint64_t a = (uint64_t)first - 1 + prng_below(r, span);

        check_column(sealed, in, k, INT64_MIN, INT64_MAX);
        check_column(sealed, in, k, (int64_t)a, INT64_MAX);
        check_column(sealed, in, k, INT64_MIN, (int64_t)a);
        check_column(again, in, k, (int64_t)a, (int64_t)(a + prng_below(r, span)));
        check_column(again, in, k, (int64_t)a, (int64_t)(a - 1));
    }
    check_rows(sealed, in, INT64_MIN, INT64_MAX);
    check_rows(sealed, in, (int64_t)((uint64_t)first + 1), (int64_t)((uint64_t)last - 1));
    free(sealed);
    free(again);
    return bytes;
}

static void
one_value(void **state)
{
    static const double any[] = {0, -0.0, 1, -7, 0.1, 1e300, 0x1p53, 0x1p53 + 2, -0x1p62, 5e-324};
    struct prng         r = {1};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(any); i++) {
        struct input in = {.rows = 1, .w = 1, .t_ms = {INT64_MIN + 5}, .value = {any[i]}};
        (void)check_input(&in, &r);
    }
}

/* Values that are none: StaleNaN (0x7ff0000000000002), the NaN of 0/0, others,
 * infinities, -0; alone, among whole numbers, and everywhere. */
static void
values_that_are_none(void **state)
{
    static const uint64_t odd[] = {0x7ff0000000000002, 0x7ff8000000000001, 0xfff8000000000000,
                                   0x7ff0000000000000, 0xfff0000000000000, 0x8000000000000000};
    struct prng           r = {2};

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(odd); k++) {
        for (uint32_t every = 1; every < 40; every += 6) {
            struct input in = {.rows = 100, .w = 1};

            regular_times(&in);
            for (uint32_t i = 0; i < in.rows; i++)
                in.value[i] = i % every ? 1000 + 3 * i : double_of(odd[k]);
            (void)check_input(&in, &r);
        }
    }
}

/* Bytes a sample, of counters as they are: what the codings are for.  Upper
 * bounds are by hand: (head 24 + slack 8 + times 6) and what is said beside them. */
static void
what_it_takes(void **state)
{
    struct prng  r = {3};
    struct input in = {.rows = MOST, .w = 1};

    (void)state;
    regular_times(&in);
    for (uint32_t i = 0; i < in.rows; i++)
        in.value[i] = 1e9 + 250.0 * i; /* a steady counter: no bit a row */
    assert_in_range(check_input(&in, &r), 1, 38 + 10);

    double v = 1e6; /* 250 to 265 a row: 4 bits, 64 bytes */
    for (uint32_t i = 0; i < in.rows; i++)
        in.value[i] = v += 250 + (double)prng_below(&r, 16);
    assert_in_range(check_input(&in, &r), 64, 38 + 64 + 10);

    for (uint32_t i = 60; i < in.rows; i++) /* reset once: a patch more */
        in.value[i] -= in.value[60] - 7;
    assert_in_range(check_input(&in, &r), 64, 38 + 64 + 10 + 5);

    in.t_ms[100] += 3; /* late by 3 ms: two patches at most */
    assert_in_range(check_input(&in, &r), 64, 38 + 64 + 10 + 5 + 8);

    for (uint32_t i = 0; i < in.rows; i++) /* 3 decimals, steps under 0.256: 9 bits */
        in.value[i] = (double)(100000 + (int64_t)prng_below(&r, 129)) / 1000;
    assert_in_range(check_input(&in, &r), 64, 38 + 128 * 9 / 8 + 10);

    for (uint32_t i = 0; i < in.rows; i++) /* all of 52 bits: nearly 7 bytes each */
        in.value[i] = 1 + (double)(prng_next(&r) >> 12) * 0x1p-52;
    assert_in_range(check_input(&in, &r), 64, 38 + 128 * 52 / 8 + 12);

    for (uint32_t i = 0; i < in.rows; i++) /* seldom another one: a bit each, 80 where it changes */
        in.value[i] = i < 50 ? 0.1 + 0.2 : 1.0 / 3;
    assert_in_range(check_input(&in, &r), 16, 38 + 16 + 10 + 12);
}

/* A histogram of 20 bounds, 0 to 3 requests a row over them: buckets over buckets
 * take less than a third of what columns by themselves would (7 bits for each
 * that counts all; here at most 2 to 3). */
static void
a_histogram_is_small(void **state)
{
    struct prng  r = {4};
    struct input in = {.rows = 64, .w = 20};
    double       count[20] = {0};

    (void)state;
    regular_times(&in);
    for (uint32_t i = 0; i < in.rows; i++) {
        for (unsigned n = 0; n < 100; n++) {
            unsigned at = 5 + (unsigned)prng_below(&r, 4) + (unsigned)prng_below(&r, 4);
            for (unsigned k = at; k < 20; k++)
                count[k]++;
        }
        memcpy(in.value + (size_t)i * 20, count, sizeof count);
    }
    size_t bits = check_input(&in, &r) * 8;
    assert_in_range(bits, 1, 3 * 64 * 20);
}

static double
next_value(struct prng *r, unsigned kind, double last)
{
    switch (kind) {
    case 0:
        return last + (double)prng_below(r, 30);
    case 1:
        return prng_below(r, 20) ? last + 1 : 0;
    case 2:
        return (double)(int64_t)prng_below(r, 2000000) / 100 - 5000;
    case 3:
        return prng_bits(r);
    case 4:
        return last;
    case 5:
        return prng_below(r, 4) ? last : last + 0.1;
    case 6:
        return (double)(int64_t)(prng_next(r) >> 10) * (prng_below(r, 2) ? 1 : -1);
    default:
        return prng_below(r, 30) ? last + (double)prng_below(r, 1000)
                                 : double_of(0x7ff0000000000002);
    }
}

static void
random_times(struct input *in, struct prng *r)
{
    static const uint64_t gaps[] = {1, 2, 3000, 100000, UINT64_C(1) << 40, UINT64_C(1) << 56};
    int64_t               t = prng_below(r, 3) ? BEGIN_MS : INT64_MIN;
    uint64_t              gap = gaps[prng_below(r, ARRAY_LEN(gaps))];

    for (uint32_t i = 0; i < in->rows; i++) {
        in->t_ms[i] = t;
        t += 1 + (int64_t)prng_below(r, gap);
    }
    if (prng_below(r, 2))
        regular_times(in);
    if (prng_below(r, 4) == 0)
        for (uint32_t i = in->rows / 2; i < in->rows; i++)
            in->t_ms[i] += STEP_MS; /* one scrape was missed */
}

/* Cumulative columns or independent ones, of any kind, with holes or without. */
static void
random_values(struct input *in, struct prng *r)
{
    unsigned kind = (unsigned)prng_below(r, 8), holes = (unsigned)prng_below(r, 3);
    bool     cumulative = prng_below(r, 2), mixed = prng_below(r, 4) == 0;

    for (uint32_t k = 0; k < in->w; k++) {
        double last = (double)prng_below(r, 100000);

        if (mixed)
            kind = (unsigned)prng_below(r, 8);
        for (uint32_t i = 0; i < in->rows; i++) {
            size_t at = (size_t)i * in->w + k;
            in->value[at] = last = next_value(r, kind, last);
            if (cumulative && k && prng_below(r, 50))
                in->value[at] += in->value[at - 1];
            if (holes && prng_below(r, holes == 1 ? 3 : 40) == 0)
                in->absent[at / 64] |= UINT64_C(1) << (at & 63);
        }
    }
}

static void
all_comes_back(void **state)
{
    struct prng         r = {5};
    static struct input in;

    (void)state;
    for (int round = 0; round < 4000; round++) {
        memset(&in, 0, sizeof in);
        in.rows = 1 + (uint32_t)prng_below(&r, MOST);
        in.w = prng_below(&r, 2) ? 1 : 1 + (uint32_t)prng_below(&r, MANY_COLUMNS);
        random_times(&in, &r);
        random_values(&in, &r);
        (void)check_input(&in, &r);
    }
}

/* What is remembered from column to column changes nothing: columns in any order, of
 * two blocks in turn, within ranges that come and go. */
static void
columns_in_any_order(void **state)
{
    static struct input in[2];
    struct prng         r = {8};

    (void)state;
    for (int round = 0; round < 400; round++) {
        struct block_memo m = {0};
        struct block     *b[2];

        for (int i = 0; i < 2; i++) {
            memset(&in[i], 0, sizeof in[i]);
            in[i].rows = 1 + (uint32_t)prng_below(&r, MOST);
            in[i].w = 1 + (uint32_t)prng_below(&r, MANY_COLUMNS);
            random_times(&in[i], &r);
            random_values(&in[i], &r);
            b[i] = block_seal(in[i].t_ms, in[i].value, in[i].absent, in[i].rows, in[i].w);
        }
        for (uint32_t turn = 0; turn < 200; turn++) {
            uint32_t which = turn / 50 % 2, rows = in[which].rows;
            uint32_t k =
                prng_below(&r, 4) ? turn % in[which].w : (uint32_t)prng_below(&r, in[which].w);
            int64_t  from = turn % 100 < 80 ? INT64_MIN : in[which].t_ms[prng_below(&r, rows)];
            int64_t  t_ms[MOST], got_ms[MOST];
            double   value[MOST], got[MOST];
            uint32_t n = block_read(b[which], k, from, INT64_MAX, t_ms, value);

            assert_int_equal(block_read_next(&m, b[which], k, from, INT64_MAX, got_ms, got), n);
            assert_memory_equal(got_ms, t_ms, n * sizeof *t_ms);
            assert_memory_equal(got, value, n * sizeof *value);
        }
        free(b[0]);
        free(b[1]);
    }
}

/* As many columns as there may be: offsets no longer fit into 16 bits. */
static void
wide_blocks(void **state)
{
    const uint32_t w = BLOCK_MAX_COLUMNS, rows = MOST;
    double        *value = malloc((size_t)w * rows * sizeof *value);
    int64_t        t_ms[MOST], got_ms[MOST];
    double         got[MOST];
    struct prng    r = {6};

    (void)state;
    assert_non_null(value);
    for (uint32_t i = 0; i < rows; i++)
        t_ms[i] = BEGIN_MS + i;
    for (size_t i = 0; i < (size_t)w * rows; i++)
        value[i] = prng_bits(&r);
    struct block *b = block_seal(t_ms, value, NULL, rows, w);
    struct block *again = block_from_bytes(b, block_bytes(b));
    assert_non_null(again);
    for (uint32_t k = 0; k < w; k += 1 + k / 7) {
        assert_int_equal(block_read(again, k, t_ms[3], t_ms[100], got_ms, got), 98);
        for (uint32_t i = 0; i < 98; i++)
            assert_int_equal(bits_of(got[i]), bits_of(value[(size_t)(i + 3) * w + k]));
    }
    free(value);
    free(b);
    free(again);
}

/* A block cut short, or with a byte changed, is refused or is another block that
 * can be read: nothing is read outside it (the sanitizers watch). */
static void
hostile_bytes(void **state)
{
    struct prng         r = {7};
    static struct input in;

    (void)state;
    for (int round = 0; round < 300; round++) {
        memset(&in, 0, sizeof in);
        in.rows = 1 + (uint32_t)prng_below(&r, 40);
        in.w = 1 + (uint32_t)prng_below(&r, 6);
        random_times(&in, &r);
        random_values(&in, &r);
        struct block  *b = block_seal(in.t_ms, in.value, in.absent, in.rows, in.w);
        size_t         n = block_bytes(b);
        unsigned char *bytes = malloc(n);

        assert_non_null(bytes);
        memcpy(bytes, b, n);
        assert_null(block_from_bytes(bytes, n - 1));
        assert_null(block_from_bytes(bytes, prng_below(&r, n)));
        for (int k = 0; k < 20; k++) {
            size_t        at = prng_below(&r, n);
            unsigned char was = bytes[at];

            bytes[at] ^= (unsigned char)(1 + prng_below(&r, 255));
            struct block *other = block_from_bytes(bytes, n);
            bytes[at] = was;
            if (!other)
                continue;
            int64_t t_ms[MOST];
            double  value[MOST];
            for (uint32_t c = 0; c < block_columns(other); c++)
                assert_true(block_read(other, c, INT64_MIN, INT64_MAX, t_ms, value) <=
                            block_rows(other));
            free(other);
        }
        free(bytes);
        free(b);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_value),      cmocka_unit_test(values_that_are_none),
        cmocka_unit_test(what_it_takes),  cmocka_unit_test(a_histogram_is_small),
        cmocka_unit_test(all_comes_back), cmocka_unit_test(wide_blocks),
        cmocka_unit_test(hostile_bytes),  cmocka_unit_test(columns_in_any_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
