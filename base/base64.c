#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_put(struct text *to, struct slice bytes)
{
    for (size_t i = 0; i < bytes.n; i += 3) {
        size_t   have = bytes.n - i < 3 ? bytes.n - i : 3;
        uint32_t bits = 0;

        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (k < have ? (unsigned char)bytes.p[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            text_putc(to, k <= have ? alphabet[bits >> (18 - 6 * k) & 63] : '=');
    }
}

/* -1: not of the alphabet. */
static int
value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

enum status
base64_get(struct slice in, struct text *to)
{
    if (in.n % 4)
        return STATUS_SYNTAX;
    for (size_t i = 0; i < in.n; i += 4) {
        size_t   have = 4;
        uint32_t bits = 0;

        if (i + 4 == in.n)
            have = in.p[i + 3] != '=' ? 4 : in.p[i + 2] != '=' ? 3 : 2;
        for (size_t k = 0; k < 4; k++) {
            int v = k < have ? value(in.p[i + k]) : 0;

            if (v < 0)
                return STATUS_SYNTAX;
            bits = bits << 6 | (uint32_t)v;
        }
        if ((have == 3 && bits & 0xff) || (have == 2 && bits & 0xffff))
            return STATUS_SYNTAX;
        for (size_t k = 0; k + 1 < have; k++)
            text_putc(to, (char)(bits >> (16 - 8 * k)));
    }
    return to->status;
}
