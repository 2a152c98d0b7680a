#include "base/nearest.h"

enum { NEAREST_MAX_BYTES = 64 }; /* longer words are never mistyped keys */

static char
folded(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c == '-' ? '_' : c;
}

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: three rows of the usual table, the one before the
 * last for a swap of neighbours. */
static size_t
distance(struct slice a, struct slice b)
{
    size_t rows[3][NEAREST_MAX_BYTES + 1];

    for (size_t j = 0; j <= b.n; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

        now[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            bool same = folded(a.p[i - 1]) == folded(b.p[j - 1]);

            now[j] = least(last[j - 1] + !same, least(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && folded(a.p[i - 1]) == folded(b.p[j - 2]) &&
                folded(a.p[i - 2]) == folded(b.p[j - 1]))
                now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return rows[a.n % 3][b.n];
}

struct nearest
nearest_to(struct slice word)
{
    return (struct nearest){.word = word, .distance = SIZE_MAX};
}

void
nearest_offer(struct nearest *n, struct slice known)
{
    size_t longer = n->word.n > known.n ? n->word.n : known.n, d;

    if (!n->word.n || !known.n || longer > NEAREST_MAX_BYTES)
        return;
    d = distance(n->word, known);
    if (d < n->distance && d <= longer / 3) {
        n->distance = d;
        n->best = known;
    }
}
