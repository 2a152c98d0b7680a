#include "tests/statscheck/input.h"

#include <math.h>
#include <string.h>

const struct pair input_s1[5] = {
    {.n = {100, 900}, .x = {1, 2}}, {.n = {95, 905}, .x = {2, 1}},  {.n = {0, 1000}, .x = {0, 3}},
    {.n = {110, 890}, .x = {4, 2}}, {.n = {500, 500}, .x = {9, 3}},
};
const struct pair input_s2[3] = {
    {.n = {1000, 9000}, .x = {1, 11}},
    {.n = {1010, 8990}, .x = {0, 8}},
    {.n = {5000, 5000}, .x = {6, 5}},
};
const uint64_t input_h[13] = {0, 0, 20, 60, 400, 700, 500, 270, 35, 10, 4, 1, 0};

struct counts_bounds
input_h_bounds(void)
{
    return (struct counts_bounds){
        .n = 13, .le_ms = {.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, INFINITY}};
}

/* What follows " key=", to the end of the inputs; empty where there is none. */
static struct slice
behind(struct slice inputs, const char *key)
{
    size_t n = strlen(key);

    for (size_t at = 0; at + n < inputs.n; at++)
        if ((at == 0 || strchr(" =(", inputs.p[at - 1])) && inputs.p[at + n] == '=' &&
            memcmp(inputs.p + at, key, n) == 0)
            return (struct slice){inputs.p + at + n + 1, inputs.n - at - n - 1};
    return (struct slice){inputs.p, 0};
}

double
input_number(struct slice inputs, const char *key)
{
    struct slice rest = behind(inputs, key), word;
    double       v = NAN;

    word = slice_cut(&rest, ' ');
    while (memchr(word.p, '=', word.n)) /* a=b=0.5 */
        slice_cut(&word, '=');
    return word.n && !slice_double(word, &v) ? v : (double)NAN;
}

double
input_number_or(struct slice inputs, const char *key, double otherwise)
{
    double v = input_number(inputs, key);

    return isnan(v) ? otherwise : v;
}

size_t
input_count(struct slice inputs, size_t most)
{
    uint64_t n;

    while (inputs.n) {
        struct slice word = slice_cut(&inputs, ' ');

        if (!slice_u64(word, &n) && n <= most)
            return (size_t)n;
    }
    return most;
}

static size_t
numbers(struct slice s, double out[INPUT_MOST])
{
    size_t n = 0;

    while (s.n) {
        size_t word = 0;

        while (word < s.n && strchr("0123456789.e-", s.p[word]))
            word++;
        if (word && n < INPUT_MOST && !slice_double((struct slice){s.p, word}, &out[n]))
            n++;
        word += word < s.n;
        s.p += word;
        s.n -= word;
    }
    return n;
}

size_t
input_list(struct slice inputs, const char *key, double out[INPUT_MOST])
{
    struct slice rest = behind(inputs, key);
    char         end = slice_starts(rest, "(") ? ')' : ' ';

    return numbers(slice_cut(&rest, end), out);
}

size_t
input_group(struct slice *inputs, double out[INPUT_MOST])
{
    if (!slice_starts(*inputs, "("))
        return 0;
    return numbers(slice_cut(inputs, ')'), out);
}
