#include "telemetry/block.h"

#include "telemetry/bits.h"
#include "telemetry/blockcolumn.h"
#include "telemetry/blockint.h"

#include "base/heap.h"

#include <stdlib.h>

/* data: the times since first_ms (blockint), then, of two columns and more,
 * where each begins in data (16 bits each, or 32 where wide), then the columns,
 * then BITS_SLACK zeros. */
struct block {
    uint32_t bytes; /* of all */
    uint16_t columns;
    uint8_t  rows;
    uint8_t  wide;
    int64_t  first_ms, last_ms;
    uint8_t  data[];
};

enum { NARROW_BYTES = UINT16_MAX, TIMES_BYTES = 1100 /* blockint of 128 rows at most */ };

struct seal {
    const double            *value;
    const uint64_t          *absent;
    uint32_t                 rows, w;
    uint64_t                *numbers;
    struct blockcolumn_kept *kept;
    uint32_t                *offset;
    uint8_t                 *columns;
};

static void
gather(const struct seal *s, uint32_t k, uint64_t *v, bool *present)
{
    for (uint32_t i = 0; i < s->rows; i++) {
        size_t at = (size_t)i * s->w + k;
        memcpy(&v[i], &s->value[at], sizeof v[i]);
        present[i] = !s->absent || !(s->absent[at / 64] >> (at & 63) & 1);
    }
}

/* Offsets are from the first column's beginning. */
static uint32_t
write_columns(struct seal *s)
{
    uint64_t v[BLOCK_MAX_ROWS];
    bool     present[BLOCK_MAX_ROWS];
    uint8_t *to = s->columns;

    for (uint32_t k = 0; k < s->w; k++) {
        s->offset[k] = (uint32_t)(to - s->columns);
        s->kept[k].number = s->numbers + (size_t)k * s->rows;
        gather(s, k, v, present);
        to = blockcolumn_write(v, present, s->rows, k, s->kept, to);
    }
    return (uint32_t)(to - s->columns);
}

static uint8_t *
write_offsets(const struct seal *s, uint32_t before, bool wide, uint8_t *to)
{
    uint32_t each = wide ? 4 : 2, first = before + s->w * each;

    for (uint32_t k = 0; k < s->w; k++)
        for (uint32_t i = 0; i < each; i++)
            *to++ = (uint8_t)((first + s->offset[k]) >> 8 * i);
    return to;
}

static uint32_t
write_times(const int64_t *t_ms, uint32_t rows, uint8_t *to)
{
    uint64_t        since[BLOCK_MAX_ROWS];
    struct blockint plan;

    for (uint32_t i = 0; i < rows; i++)
        since[i] = (uint64_t)t_ms[i] - (uint64_t)t_ms[0];
    blockint_plan(since, rows, &plan);
    return (uint32_t)(blockint_write(&plan, since, rows, to) - to);
}

static struct block *
assemble(const struct seal *s, const int64_t *t_ms, uint32_t column_bytes)
{
    uint8_t       times[TIMES_BYTES] = {0};
    uint32_t      n_times = write_times(t_ms, s->rows, times);
    uint32_t      rest = n_times + column_bytes + BITS_SLACK;
    bool          wide = rest + s->w * 2 > NARROW_BYTES;
    uint32_t      offsets = s->w > 1 ? s->w * (wide ? 4 : 2) : 0;
    size_t        bytes = sizeof(struct block) + rest + offsets;
    struct block *b = heap_new(1, bytes);

    *b = (struct block){
        .bytes = (uint32_t)bytes,
        .columns = (uint16_t)s->w,
        .rows = (uint8_t)s->rows,
        .wide = wide,
        .first_ms = t_ms[0],
        .last_ms = t_ms[s->rows - 1],
    };
    memcpy(b->data, times, n_times);
    uint8_t *to = b->data + n_times;
    if (offsets)
        to = write_offsets(s, n_times, wide, to);
    memcpy(to, s->columns, column_bytes);
    return b;
}

struct block *
block_seal(const int64_t *t_ms, const double *value, const uint64_t *absent, uint32_t rows,
           uint32_t w)
{
    /* One piece of scratch for all: numbers, what is kept, offsets, bytes. */
    size_t      numbers = (size_t)w * rows * sizeof(uint64_t);
    size_t      kept = w * sizeof(struct blockcolumn_kept), offsets = w * sizeof(uint32_t);
    char       *scratch = heap_new(1, numbers + kept + offsets + (size_t)w * BLOCKCOLUMN_MAX_BYTES);
    struct seal s = {
        .value = value,
        .absent = absent,
        .rows = rows,
        .w = w,
        .numbers = (void *)scratch,
        .kept = (void *)(scratch + numbers),
        .offset = (void *)(scratch + numbers + kept),
        .columns = (void *)(scratch + numbers + kept + offsets),
    };
    struct block *b = assemble(&s, t_ms, write_columns(&s));

    free(scratch);
    return b;
}

size_t
block_bytes(const struct block *b)
{
    return b->bytes;
}

uint32_t
block_rows(const struct block *b)
{
    return b->rows;
}

uint32_t
block_columns(const struct block *b)
{
    return b->columns;
}

int64_t
block_first_ms(const struct block *b)
{
    return b->first_ms;
}

int64_t
block_last_ms(const struct block *b)
{
    return b->last_ms;
}

/* Where the offsets, or the only column, begin. */
static const uint8_t *
behind_times(const struct block *b)
{
    return b->data + blockint_bytes(b->data, b->rows);
}

static uint32_t
offset_of(const struct block *b, const uint8_t *offsets, uint32_t k)
{
    const uint8_t *p = offsets + (size_t)k * (b->wide ? 4 : 2);
    uint32_t       at = (uint32_t)p[0] | (uint32_t)p[1] << 8;

    return b->wide ? at | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24 : at;
}

/* Times of the rows within the memo's range; where columns begin. */
static void
find_rows(struct block_memo *m)
{
    const struct block *b = m->block;
    uint64_t            since[BLOCK_MAX_ROWS], base, step;
    uint32_t            rows = b->rows;

    m->offsets = behind_times(b);
    m->from = m->to = 0;
    if (m->min_ms > b->last_ms || m->max_ms < b->first_ms || m->min_ms > m->max_ms)
        return;
    if (blockint_is_even(b->data, &base, &step) && rows > 1) {
        uint64_t low = m->min_ms > b->first_ms ? (uint64_t)m->min_ms - (uint64_t)b->first_ms : 0;
        m->from = (uint32_t)((low + step - 1) / step);
        m->to = m->max_ms >= b->last_ms
                    ? rows
                    : (uint32_t)(((uint64_t)m->max_ms - (uint64_t)b->first_ms) / step) + 1;
        int64_t t = b->first_ms + (int64_t)(m->from * step);
        for (uint32_t i = 0; i < m->to - m->from; i++, t += (int64_t)step)
            m->t_ms[i] = t;
        return;
    }
    memset(since, 0, rows * sizeof *since);
    blockint_add(b->data, rows, since);
    since[0] += (uint64_t)b->first_ms;
    for (uint32_t i = 1; i < rows; i++)
        since[i] += since[i - 1];
    while ((int64_t)since[m->from] < m->min_ms)
        m->from++;
    for (m->to = m->from; m->to < rows && (int64_t)since[m->to] <= m->max_ms; m->to++)
        m->t_ms[m->to - m->from] = (int64_t)since[m->to];
}

static void
begin(struct block_memo *m, const struct block *b, int64_t min_ms, int64_t max_ms)
{
    m->block = b;
    m->min_ms = min_ms;
    m->max_ms = max_ms;
    m->column[0] = m->column[1] = 0;
    find_rows(m);
}

static struct blockcolumn
column_of(const struct block *b, const uint8_t *offsets, uint32_t k)
{
    return blockcolumn_at(b->columns > 1 ? b->data + offset_of(b, offsets, k) : offsets, b->rows);
}

/* What column k, of whole numbers, and those that it is stored over add up to; kept
 * until two other columns were asked for. */
static uint64_t *
sum_of(struct block_memo *m, uint32_t k)
{
    struct blockcolumn chain[BLOCKCOLUMN_MAX_DEPTH + 1];
    uint32_t           which[BLOCKCOLUMN_MAX_DEPTH + 1], n = 0, from = 2; /* 2: none is known */
    size_t             bytes = m->to * sizeof m->sum[0][0];

    for (;; k -= chain[n - 1].below) {
        from = m->column[0] == k + 1 ? 0 : m->column[1] == k + 1 ? 1 : 2;
        if (from < 2)
            break;
        chain[n] = column_of(m->block, m->offsets, k);
        which[n++] = k;
        if (!chain[n - 1].below || n == ARRAY_LEN(chain))
            break;
    }
    while (n--) {
        uint32_t to = from == 0 ? 1 : 0;

        if (from < 2)
            memcpy(m->sum[to], m->sum[from], bytes);
        else
            memset(m->sum[to], 0, bytes);
        blockint_add(chain[n].body, m->to, m->sum[to]);
        m->column[to] = which[n] + 1;
        from = to;
    }
    return m->sum[from];
}

/* The memo's rows of one column. */
static struct blockcolumn
read_column(struct block_memo *m, uint32_t k, double *value)
{
    struct blockcolumn column = column_of(m->block, m->offsets, k);
    uint64_t           bits[BLOCK_MAX_ROWS];

    if (!blockcolumn_read_plain(&column, m->from, m->to, value))
        blockcolumn_read(&column, blockcolumn_is_whole(&column) ? sum_of(m, k) : bits, m->from,
                         m->to, value);
    return column;
}

uint32_t
block_samples(const struct block *b)
{
    const uint8_t *offsets = behind_times(b);
    uint32_t       n = (uint32_t)b->rows * b->columns;

    for (uint32_t k = 0; k < b->columns; k++) {
        struct blockcolumn c = column_of(b, offsets, k);
        for (uint32_t i = 0; c.absent && i < b->rows; i++)
            n -= !blockcolumn_has(&c, i);
    }
    return n;
}

/* The samples of one column that the memo's rows have. */
static uint32_t
take_column(struct block_memo *m, uint32_t column, int64_t *t_ms, double *value)
{
    uint32_t n = m->to - m->from, kept = 0;

    if (!n)
        return 0;
    struct blockcolumn c = read_column(m, column, value);
    if (!c.absent) {
        memcpy(t_ms, m->t_ms, n * sizeof *t_ms);
        return n;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!blockcolumn_has(&c, m->from + i))
            continue;
        t_ms[kept] = m->t_ms[i];
        value[kept++] = value[i];
    }
    return kept;
}

uint32_t
block_read_next(struct block_memo *m, const struct block *b, uint32_t column, int64_t min_ms,
                int64_t max_ms, int64_t *t_ms, double *value)
{
    if (m->block != b || m->min_ms != min_ms || m->max_ms != max_ms)
        begin(m, b, min_ms, max_ms);
    return take_column(m, column, t_ms, value);
}

uint32_t
block_read(const struct block *b, uint32_t column, int64_t min_ms, int64_t max_ms, int64_t *t_ms,
           double *value)
{
    struct block_memo m;

    begin(&m, b, min_ms, max_ms);
    return take_column(&m, column, t_ms, value);
}

uint32_t
block_read_rows(const struct block *b, int64_t min_ms, int64_t max_ms, double absent, int64_t *t_ms,
                double *value)
{
    struct block_memo m;
    double            one[BLOCK_MAX_ROWS];

    begin(&m, b, min_ms, max_ms);
    uint32_t n = m.to - m.from;
    if (n)
        memcpy(t_ms, m.t_ms, n * sizeof *t_ms);
    for (uint32_t k = 0; k < b->columns && n; k++) {
        struct blockcolumn c = read_column(&m, k, one);

        for (uint32_t i = 0; i < n; i++)
            value[(size_t)i * b->columns + k] = blockcolumn_has(&c, m.from + i) ? one[i] : absent;
    }
    return n;
}

/* Times rise, from first_ms to last_ms. */
static bool
check_times(const struct block *b)
{
    uint64_t since[BLOCK_MAX_ROWS] = {0};

    blockint_add(b->data, b->rows, since);
    if (since[0])
        return false;
    for (uint32_t i = 1; i < b->rows; i++) {
        if (!since[i] || since[i] > UINT64_MAX - since[i - 1])
            return false;
        since[i] += since[i - 1];
    }
    return since[b->rows - 1] == (uint64_t)b->last_ms - (uint64_t)b->first_ms &&
           b->first_ms <= b->last_ms;
}

/* Columns fill their places, and lean only on columns of whole numbers. */
static bool
check_columns(const struct block *b, const uint8_t *offsets, const uint8_t *end, uint8_t *depth)
{
    for (uint32_t k = 0; k < b->columns; k++) {
        const uint8_t     *p = offsets, *next = end;
        struct blockcolumn c;

        if (b->columns > 1)
            p = b->data + offset_of(b, offsets, k);
        if (k + 1 < b->columns)
            next = b->data + offset_of(b, offsets, k + 1);
        if (p > next || next > end || p < b->data || !blockcolumn_check(p, next, b->rows, k, &c))
            return false;
        if (!c.below)
            continue;
        struct blockcolumn over = column_of(b, offsets, k - c.below);
        depth[k] = (uint8_t)(depth[k - c.below] + 1);
        if (!blockcolumn_is_whole(&over) || depth[k] >= BLOCKCOLUMN_MAX_DEPTH)
            return false;
    }
    return true;
}

static bool
check(const struct block *b)
{
    uint8_t        depth[BLOCK_MAX_COLUMNS] = {0};
    const uint8_t *end = (const uint8_t *)b + b->bytes - BITS_SLACK;
    const uint8_t *offsets = blockint_check(b->data, end, b->rows);
    size_t         n_offsets = b->columns > 1 ? b->columns * (b->wide ? 4u : 2u) : 0;

    if (!offsets || !check_times(b) || n_offsets > (size_t)(end - offsets))
        return false;
    if (n_offsets && offset_of(b, offsets, 0) != (size_t)(offsets - b->data) + n_offsets)
        return false;
    for (const uint8_t *p = end; p < end + BITS_SLACK; p++)
        if (*p)
            return false;
    return check_columns(b, offsets, end, depth);
}

struct block *
block_from_bytes(const void *bytes, size_t n)
{
    struct block  head;
    struct block *b;

    if (n < sizeof head + BITS_SLACK + 1)
        return NULL;
    memcpy(&head, bytes, sizeof head);
    if (head.bytes != n || !head.rows || head.rows > BLOCK_MAX_ROWS || !head.columns ||
        head.columns > BLOCK_MAX_COLUMNS || head.wide > 1)
        return NULL;
    b = heap_new(1, n);
    memcpy(b, bytes, n);
    if (check(b))
        return b;
    free(b);
    return NULL;
}
