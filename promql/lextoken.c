#include "promql/lextoken.h"

#include "promql/goquote.h"
#include "promql/runes.h"

enum word_class { PLAIN_TOKEN, MARK_TOKEN, OPERATOR, AGGREGATOR, KEYWORD, NAME };
enum word_use { METRIC = 1, LABEL = 2 };

static const struct {
    const char *text;
    enum word_class class;
    unsigned use;
} table[TOKEN_KINDS] = {
#define PLAIN(id, what) [TOKEN_##id] = {what, PLAIN_TOKEN, 0},
#define MARK(id, text) [TOKEN_##id] = {text, MARK_TOKEN, 0},
#define SIGN(id, text) [TOKEN_##id] = {text, OPERATOR, 0},
#define WORD(id, text, class, use) [TOKEN_##id] = {text, class, use},
#include "promql/lextoken.def"
#undef PLAIN
#undef MARK
#undef SIGN
#undef WORD
};

bool
lextoken_is_metric_name(enum token_kind k)
{
    return k == TOKEN_IDENTIFIER || k == TOKEN_METRIC_IDENTIFIER || (table[k].use & METRIC);
}

bool
lextoken_is_label_name(enum token_kind k)
{
    return k == TOKEN_IDENTIFIER || k == TOKEN_METRIC_IDENTIFIER || (table[k].use & LABEL);
}

enum token_kind
lextoken_of_word(struct slice word)
{
    if (slice_is_nocase(word, "inf") || slice_is_nocase(word, "nan"))
        return TOKEN_NUMBER;
    for (enum token_kind k = TOKEN_AND; k < TOKEN_KINDS; k++)
        if (slice_is_nocase(word, table[k].text))
            return k;
    return memchr(word.p, ':', word.n) ? TOKEN_METRIC_IDENTIFIER : TOKEN_IDENTIFIER;
}

/* Go's %.10q: at most ten characters, quoted. */
static void
quote_short(struct text *to, struct slice s)
{
    size_t n = runes_bytes(s, 10);

    goquote_write(to, (struct slice){s.p, s.n > 10 ? n : s.n});
    if (s.n > 10)
        text_puts(to, "...");
}

void
lextoken_describe(const struct token *t, struct text *to)
{
    switch (table[t->kind].class) {
    case OPERATOR:
        text_printf(to, "<op:%.*s>", SLICE_ARG(t->text));
        return;
    case AGGREGATOR:
        text_printf(to, "<aggr:%.*s>", SLICE_ARG(t->text));
        return;
    case KEYWORD:
        text_printf(to, "<%.*s>", SLICE_ARG(t->text));
        return;
    case MARK_TOKEN:
    case NAME:
        quote_short(to, t->text);
        return;
    case PLAIN_TOKEN:
        break;
    }
    text_puts(to, table[t->kind].text);
    if (t->kind == TOKEN_END_OF_INPUT)
        return;
    text_putc(to, ' ');
    if (t->kind == TOKEN_IDENTIFIER || t->kind == TOKEN_METRIC_IDENTIFIER)
        runes_name(to, t->text);
    else
        quote_short(to, t->text);
}
