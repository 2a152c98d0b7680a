#include "base/ulid.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static const bool is_digit[256] = {
    ['0' ... '9'] = true, ['A' ... 'H'] = true, ['J' ... 'K'] = true,
    ['M' ... 'N'] = true, ['P' ... 'T'] = true, ['V' ... 'Z'] = true,
};

static void
system_fill(void *self, void *out, size_t n)
{
    unsigned char *p = out;

    (void)self;
    while (n) {
        ssize_t got = getrandom(p, n, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) /* no kernel that runs us lacks it; an id must not repeat */
            abort();
        p += got;
        n -= (size_t)got;
    }
}

const struct entropy ulid_system_entropy = {system_fill, NULL};

/* 48 bits of time and 80 of chance, five bits a character from the top. */
void
ulid_make(char out[ULID_BYTES], int64_t wall_ms, const struct entropy *e)
{
    uint64_t      time = (uint64_t)(wall_ms < 0 ? 0 : wall_ms);
    unsigned char random[10];
    unsigned      bits = 0, held = 0;
    size_t        at = 10;

    for (size_t i = 10; i-- > 0; time >>= 5)
        out[i] = digits[time & 31];
    e->fill(e->self, random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++) {
        bits = (bits << 8 | random[i]) & 0xfff;
        held += 8;
        while (held >= 5) {
            held -= 5;
            out[at++] = digits[bits >> held & 31];
        }
    }
    out[at] = '\0';
}

bool
ulid_valid(struct slice s)
{
    if (s.n != ULID_BYTES - 1 || s.p[0] > '7')
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!is_digit[(unsigned char)s.p[i]])
            return false;
    return true;
}

bool
ulid_copy(struct slice s, char out[ULID_BYTES])
{
    if (!ulid_valid(s))
        return false;
    memcpy(out, s.p, s.n);
    out[s.n] = '\0';
    return true;
}
