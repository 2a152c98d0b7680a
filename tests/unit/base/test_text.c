#include "base/text.h"

#include "tests/support/check.h"
#include "tests/support/prng.h"

#include <stdlib.h>

static void
writes_add_up(void **state)
{
    struct text t;

    (void)state;
    text_init(&t, 1000);
    assert_string_equal(t.p, "");
    text_puts(&t, "a");
    text_putc(&t, 'b');
    text_put(&t, (struct slice){"cdef", 2});
    text_printf(&t, "[%05d]", 42);
    for (int i = 0; i < 20; i++)
        text_printf(&t, "%s", "0123456789");
    assert_int_equal(t.status, STATUS_OK);
    assert_int_equal(t.n, 4 + 7 + 200);
    assert_memory_equal(t.p, "abcd[00042]0123456789012", 24);
    assert_int_equal(t.p[t.n], '\0');
    text_clear(&t);
    assert_string_equal(t.p, "");
    assert_int_equal(text_slice(&t).n, 0);
    text_release(&t);
    text_release(&t);
}

/* One too many is refused whole, and so is all that follows, even if it would
 * fit: a reply with a hole in it must not look complete. */
static void
maximum_is_sticky(void **state)
{
    for (int by_printf = 0; by_printf < 2; by_printf++) {
        struct text t;

        (void)state;
        text_init(&t, 8);
        text_puts(&t, "12345");
        assert_int_equal(t.status, STATUS_OK);
        if (by_printf)
            text_printf(&t, "%s", "6789");
        else
            text_puts(&t, "6789");
        assert_int_equal(t.status, STATUS_TOO_LARGE);
        assert_string_equal(t.p, "12345");
        text_putc(&t, '6');
        text_printf(&t, "%d", 6);
        text_double(&t, 6);
        assert_string_equal(t.p, "12345");
        assert_int_equal(t.n, 5);
        text_clear(&t);
        text_puts(&t, "12345678");
        assert_int_equal(t.status, STATUS_OK);
        text_release(&t);
    }
}

static void
maximum_of_zero_takes_nothing_but_empty(void **state)
{
    struct text t;

    (void)state;
    text_init(&t, 0);
    text_puts(&t, "");
    text_printf(&t, "%s", "");
    assert_int_equal(t.status, STATUS_OK);
    text_putc(&t, 'x');
    assert_int_equal(t.status, STATUS_TOO_LARGE);
    text_release(&t);
}

static void
take_hands_over(void **state)
{
    struct text t;
    size_t      n = 99;
    char       *p;

    (void)state;
    text_init(&t, 100);
    p = text_take(&t, &n);
    assert_string_equal(p, "");
    assert_int_equal(n, 0);
    free(p);
    text_init(&t, 100);
    text_puts(&t, "mine");
    p = text_take(&t, &n);
    assert_string_equal(p, "mine");
    assert_int_equal(n, 4);
    assert_null(t.p);
    free(p);
}

static void
adopted_memory_is_written_into_and_grows(void **state)
{
    struct text t;
    char       *memory = malloc(8);

    (void)state;
    assert_non_null(memory);
    text_init(&t, 100);
    text_adopt(&t, memory, 8);
    assert_string_equal(t.p, "");
    text_puts(&t, "1234567");
    assert_ptr_equal(t.p, memory);
    text_puts(&t, "8");
    assert_string_equal(t.p, "12345678");
    text_puts(&t, "a text that would be longer than its maximum, which stays what it was before: "
                  "100 bytes");
    assert_int_equal(t.n, 95);
    text_puts(&t, "123456");
    assert_int_equal(t.status, STATUS_TOO_LARGE);
    text_release(&t);
}

static void
known_doubles(void **state)
{
    static const struct {
        double      v;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-42, "-42"},
        {999999999999999, "999999999999999"},
        {1e15, "1e+15"},
        {0.1, "0.1"},
        {1. / 3, "0.3333333333333333"},
        {0.1 + 0.2, "0.30000000000000004"},
        {123456.789, "123456.789"},
        {1e-7, "1e-07"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {5e-324, "5e-324"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {NAN, "NaN"},
        {INFINITY, "+Inf"},
        {-INFINITY, "-Inf"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct text t;

        text_init(&t, 64);
        text_double(&t, cases[i].v);
        assert_string_equal(t.p, cases[i].text);
        text_release(&t);
    }
}

static void
check_round_trip(double v)
{
    struct text t;
    double      back = 0;

    text_init(&t, 64);
    text_double(&t, v);
    assert_int_equal(t.status, STATUS_OK);
    if (slice_double(text_slice(&t), &back) != STATUS_OK)
        fail_msg("%s does not read back", t.p);
    if (!(isnan(v) && isnan(back)) && memcmp(&v, &back, sizeof v) != 0)
        fail_msg("%s reads back as %.17g", t.p, back);
    text_release(&t);
}

/* The law: slice_double(text_double(x)) is x, bit for bit. */
static void
doubles_round_trip(void **state)
{
    struct prng r = {20};

    (void)state;
    for (int i = 0; i < 100000; i++) {
        double   v = prng_bits(&r);
        uint64_t low = prng_next(&r) >> 12; /* exponent 0: subnormal */
        double   subnormal, short_;

        memcpy(&subnormal, &low, sizeof low);
        short_ = (double)(int64_t)prng_below(&r, 1u << 20) / 1000;
        check_round_trip(v);
        check_round_trip(subnormal);
        check_round_trip(short_);
        check_round_trip(trunc(v));
    }
}

/* Nothing shorter reads back: compared with every shorter precision. */
static void
doubles_are_shortest(void **state)
{
    struct prng r = {21};

    (void)state;
    for (int i = 0; i < 2000; i++) {
        double      v = (double)prng_below(&r, 1u << 30) / (double)(1 + prng_below(&r, 1000));
        int         digits = 0;
        char        buf[40];
        struct text t;

        while (++digits < 17) {
            snprintf(buf, sizeof buf, "%.*g", digits, v);
            if (strtod(buf, NULL) == v)
                break;
        }
        snprintf(buf, sizeof buf, "%.*g", digits, v);
        text_init(&t, 64);
        text_double(&t, v);
        if (strtod(buf, NULL) == v && !strchr(buf, 'e'))
            assert_string_equal(t.p, buf);
        text_release(&t);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_add_up),
        cmocka_unit_test(maximum_is_sticky),
        cmocka_unit_test(maximum_of_zero_takes_nothing_but_empty),
        cmocka_unit_test(take_hands_over),
        cmocka_unit_test(adopted_memory_is_written_into_and_grows),
        cmocka_unit_test(known_doubles),
        cmocka_unit_test(doubles_round_trip),
        cmocka_unit_test(doubles_are_shortest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
