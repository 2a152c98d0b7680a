/* The rules of promql/parser/lex.go, quirks included, because an error's text
 * shows how far the lexer came. */
#include "promql/numberscan.h"

#define DECIMAL "0123456789"
#define HEXADECIMAL "0123456789abcdefABCDEF"

struct scan {
    struct slice s;
    size_t       at;
};

static bool
is(const struct scan *sc, const char *any)
{
    return sc->at < sc->s.n && sc->s.p[sc->at] && strchr(any, sc->s.p[sc->at]);
}

static bool
accept(struct scan *sc, const char *any)
{
    bool yes = is(sc, any);

    sc->at += yes;
    return yes;
}

static bool
is_word(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
at_word(const struct scan *sc)
{
    return sc->at < sc->s.n && is_word(sc->s.p[sc->at]);
}

static bool
at_end(const struct scan *sc)
{
    return sc->at == sc->s.n;
}

/* One step of what follows the first digit; false: no number. */
static bool
number_part(struct scan *sc, bool hex, bool *dot, bool *exponent)
{
    if (is(sc, ".")) {
        sc->at++;
        if (*dot)
            return false;
        *dot = true;
        return !accept(sc, "_.") && !hex;
    }
    if (!hex && is(sc, "eE")) {
        sc->at++;
        if (*exponent)
            return false;
        *exponent = true;
        accept(sc, "+-");
        return !accept(sc, "._eE") && !at_end(sc);
    }
    if (accept(sc, "_"))
        return !accept(sc, "._eE") && !at_end(sc);
    while (accept(sc, hex ? HEXADECIMAL : DECIMAL))
        continue;
    return true;
}

static bool
number(struct scan *sc)
{
    bool hex = false, dot = false, exponent = false;

    if (accept(sc, "0") && accept(sc, "xX")) {
        accept(sc, "_");
        hex = true;
    }
    accept(sc, ".");
    accept(sc, hex ? HEXADECIMAL : DECIMAL);
    while (is(sc, hex ? HEXADECIMAL "._" : DECIMAL "._eE"))
        if (!number_part(sc, hex, &dot, &exponent))
            return false;
    return sc->at > 0 && !at_word(sc);
}

/* From behind the digits that number() took. */
static bool
rest_of_duration(struct scan *sc)
{
    if (!accept(sc, "smhdwy"))
        return false;
    accept(sc, "s"); /* of ms; 5hs is found out when the value is read */
    while (accept(sc, DECIMAL)) {
        while (accept(sc, DECIMAL))
            continue;
        if (!accept(sc, "smhdw"))
            return false;
        accept(sc, "s");
    }
    if (at_word(sc)) {
        sc->at++;
        return false;
    }
    return true;
}

enum numberscan_kind
numberscan_run(struct slice s, size_t *n)
{
    struct scan          sc = {s, 0};
    enum numberscan_kind kind = NUMBERSCAN_BAD;

    if (number(&sc))
        kind = NUMBERSCAN_NUMBER;
    else if (rest_of_duration(&sc))
        kind = NUMBERSCAN_DURATION;
    *n = sc.at;
    return kind;
}
