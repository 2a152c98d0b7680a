/* block_from_bytes() takes any bytes: what it accepts can be read to its end,
 * and what is read out of it seals to a block that reads the same.  The bytes
 * are also taken as samples, which come back bit for bit. */
#include "telemetry/block.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { MOST_COLUMNS = 16 };

static uint32_t
read_all(const struct block *b)
{
    int64_t  t_ms[BLOCK_MAX_ROWS];
    double   value[BLOCK_MAX_ROWS];
    uint32_t samples = 0;

    for (uint32_t k = 0; k < block_columns(b); k++) {
        uint32_t got = block_read(b, k, INT64_MIN, INT64_MAX, t_ms, value);

        assert(got <= block_rows(b));
        for (uint32_t i = 1; i < got; i++)
            assert(t_ms[i] > t_ms[i - 1]);
        samples += got;
        int64_t  middle = block_first_ms(b) / 2 + block_last_ms(b) / 2;
        uint32_t early = block_read(b, k, INT64_MIN, middle, t_ms, value);
        if (middle < INT64_MAX)
            assert(early + block_read(b, k, middle + 1, INT64_MAX, t_ms, value) == got);
    }
    return samples;
}

static void
foreign(const uint8_t *data, size_t n)
{
    struct block *b = block_from_bytes(data, n);

    if (!b)
        return;
    (void)read_all(b);
    if (block_columns(b) <= MOST_COLUMNS) {
        static double value[BLOCK_MAX_ROWS * MOST_COLUMNS], again[BLOCK_MAX_ROWS * MOST_COLUMNS];
        int64_t       t_ms[BLOCK_MAX_ROWS], t_again[BLOCK_MAX_ROWS];
        uint32_t      rows = block_read_rows(b, INT64_MIN, INT64_MAX, 0, t_ms, value);
        struct block *same = block_seal(t_ms, value, NULL, rows, block_columns(b));

        assert(rows == block_rows(b));
        assert(block_read_rows(same, INT64_MIN, INT64_MAX, 0, t_again, again) == rows);
        assert(!memcmp(t_ms, t_again, rows * sizeof *t_ms));
        assert(!memcmp(value, again, (size_t)rows * block_columns(b) * sizeof *value));
        free(same);
    }
    free(b);
}

/* The first bytes say the shape, how values follow each other, and which are absent. */
static void
own(const uint8_t *data, size_t n)
{
    static double value[BLOCK_MAX_ROWS * MOST_COLUMNS];
    uint64_t      absent[BLOCK_MAX_ROWS * MOST_COLUMNS / 64] = {0};
    int64_t       t_ms[BLOCK_MAX_ROWS], t = 0;

    if (n < 4)
        return;
    uint32_t rows = 1 + data[0] % BLOCK_MAX_ROWS, w = 1 + data[1] % MOST_COLUMNS, left = 0;
    for (uint32_t i = 0; i < rows; i++)
        t_ms[i] = t += 1 + data[i % n];
    for (size_t i = 0; i < (size_t)rows * w; i++) {
        uint64_t bits = 0;

        for (unsigned k = 0; k < 8; k++)
            bits |= (uint64_t)data[(i * 8 + k) % n] << 8 * k;
        memcpy(&value[i], &bits, sizeof bits);
        if (data[2] & 1) /* whole numbers in small steps */
            value[i] = (i >= w ? value[i - w] : 0) + data[(i + 3) % n] % 16;
        if (data[3] & 1 && data[(i * 7 + 4) % n] % 5 == 0)
            absent[i / 64] |= UINT64_C(1) << (i & 63);
        left += !(absent[i / 64] >> (i & 63) & 1);
    }
    struct block *b = block_seal(t_ms, value, absent, rows, w);
    assert(read_all(b) == left);
    for (uint32_t k = 0; k < w; k++) {
        int64_t  got_ms[BLOCK_MAX_ROWS];
        double   got[BLOCK_MAX_ROWS];
        uint32_t samples = block_read(b, k, INT64_MIN, INT64_MAX, got_ms, got), at = 0;

        for (uint32_t i = 0; i < rows; i++) {
            size_t cell = (size_t)i * w + k;
            if (absent[cell / 64] >> (cell & 63) & 1)
                continue;
            assert(at < samples && got_ms[at] == t_ms[i]);
            assert(!memcmp(&got[at++], &value[cell], sizeof *value));
        }
    }
    struct block *same = block_from_bytes(b, block_bytes(b));
    assert(same);
    free(same);
    free(b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    foreign(data, n);
    own(data, n);
    return 0;
}
