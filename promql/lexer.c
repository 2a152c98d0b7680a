/* States and messages are those of promql/parser/lex.go. */
#include "promql/lexer.h"

#include "promql/numberscan.h"
#include "promql/runes.h"
#include "promql/stringscan.h"

#include <stdio.h>

void
lexer_init(struct lexer *lx, struct slice input)
{
    *lx = (struct lexer){.input = input};
    if (!input.p) /* tokens point into it, that of the end too */
        lx->input.p = "";
}

static int
peek(const struct lexer *lx)
{
    return lx->at < lx->input.n ? (unsigned char)lx->input.p[lx->at] : -1;
}

static struct slice
rest(const struct lexer *lx, uint32_t from)
{
    return (struct slice){lx->input.p + from, lx->input.n - from};
}

static bool
is_space(int c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool
is_alpha(int c)
{
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static struct token
emit(struct lexer *lx, enum token_kind kind)
{
    struct token t = {
        kind, {lx->start, lx->at}, {lx->input.p + lx->start, (size_t)(lx->at - lx->start)}};

    lx->start = lx->at;
    return t;
}

/* The message may be cut: its place says the rest. */
static struct token
fail(struct lexer *lx, const char *message)
{
    snprintf(lx->message, sizeof lx->message, "%s", message);
    return (struct token){TOKEN_ERROR, {lx->start, (uint32_t)lx->input.n}, slice_of(lx->message)};
}

/* Between before and after stands the character at `at`, quoted. */
static struct token
fail_at(struct lexer *lx, uint32_t at, const char *before, const char *after)
{
    struct text  message;
    struct token t;

    text_init(&message, LEXER_MAX_MESSAGE_BYTES);
    text_puts(&message, before);
    runes_quote(&message, rest(lx, at));
    text_puts(&message, after);
    t = fail(lx, message.p);
    text_release(&message);
    return t;
}

/* The opening quote is the next byte. */
static struct token
string(struct lexer *lx)
{
    struct text  message;
    struct token t;
    size_t       n;

    text_init(&message, LEXER_MAX_MESSAGE_BYTES);
    if (stringscan_run(rest(lx, lx->start), &n, &message)) {
        lx->at = lx->start + (uint32_t)n;
        t = emit(lx, TOKEN_STRING);
    } else {
        t = fail(lx, message.p);
    }
    text_release(&message);
    return t;
}

static struct token
number(struct lexer *lx)
{
    size_t               n;
    enum numberscan_kind kind = numberscan_run(rest(lx, lx->at), &n);
    struct text          message;
    struct token         t;

    lx->at += (uint32_t)n;
    if (kind != NUMBERSCAN_BAD)
        return emit(lx, kind == NUMBERSCAN_NUMBER ? TOKEN_NUMBER : TOKEN_DURATION);
    text_init(&message, LEXER_MAX_MESSAGE_BYTES);
    text_puts(&message, "bad number or duration syntax: ");
    runes_name(&message, (struct slice){lx->input.p + lx->start, n});
    t = fail(lx, message.p);
    text_release(&message);
    return t;
}

/* fill, fill_left and fill_right are keywords before a parenthesis only. */
static bool
paren_follows(const struct lexer *lx)
{
    uint32_t at = lx->at;

    while (at < lx->input.n && is_space(lx->input.p[at]))
        at++;
    return at < lx->input.n && lx->input.p[at] == '(';
}

static enum token_kind
word_kind(const struct lexer *lx, struct slice word)
{
    enum token_kind k = lextoken_of_word(word);

    if ((k == TOKEN_FILL || k == TOKEN_FILL_LEFT || k == TOKEN_FILL_RIGHT) && !paren_follows(lx))
        return TOKEN_IDENTIFIER;
    return k;
}

static struct token
word(struct lexer *lx)
{
    while (is_alpha(peek(lx)) || is_digit(peek(lx)) || peek(lx) == ':')
        lx->at++;
    return emit(
        lx, word_kind(lx, (struct slice){lx->input.p + lx->start, (size_t)(lx->at - lx->start)}));
}

static struct token
operator(struct lexer *lx, int c)
{
    bool equals = peek(lx) == '=';

    switch (c) {
    case '=':
        if (peek(lx) == '~')
            return fail_at(lx, lx->at, "unexpected character after '=': ", "");
        lx->at += equals;
        return emit(lx, equals ? TOKEN_EQUAL : TOKEN_ASSIGN);
    case '!':
        if (!equals)
            return fail_at(lx, lx->at, "unexpected character after '!': ", "");
        lx->at++;
        return emit(lx, TOKEN_NOT_EQUAL);
    case '<':
        lx->at += equals;
        return emit(lx, equals ? TOKEN_LESS_EQUAL : TOKEN_LESS);
    default:
        lx->at += equals;
        return emit(lx, equals ? TOKEN_GREATER_EQUAL : TOKEN_GREATER);
    }
}

static const struct {
    char            c;
    enum token_kind kind;
} single[] = {{',', TOKEN_COMMA}, {'*', TOKEN_MUL}, {'/', TOKEN_DIV}, {'%', TOKEN_MOD},
              {'+', TOKEN_ADD},   {'-', TOKEN_SUB}, {'^', TOKEN_POW}, {'@', TOKEN_AT}};

static enum token_kind
single_kind(int c)
{
    for (size_t i = 0; i < ARRAY_LEN(single); i++)
        if (single[i].c == c)
            return single[i].kind;
    return TOKEN_ERROR;
}

/* ( ) [ ] { outside braces; the lexer tells at once what closes nothing. */
static struct token
bracket(struct lexer *lx, int c)
{
    struct token t;

    switch (c) {
    case '(':
        lx->parens++;
        return emit(lx, TOKEN_LEFT_PAREN);
    case ')':
        t = emit(lx, TOKEN_RIGHT_PAREN);
        if (!lx->parens)
            return fail(lx, "unexpected right parenthesis ')'");
        lx->parens--;
        return t;
    case '{':
        lx->in_braces = true;
        return emit(lx, TOKEN_LEFT_BRACE);
    case '[':
        if (lx->in_brackets)
            return fail(lx, "unexpected left bracket '['");
        lx->in_brackets = lx->in_duration = true;
        lx->got_colon = false;
        return emit(lx, TOKEN_LEFT_BRACKET);
    default:
        if (!lx->in_brackets)
            return fail(lx, "unexpected right bracket ']'");
        lx->in_brackets = lx->in_duration = false;
        return emit(lx, TOKEN_RIGHT_BRACKET);
    }
}

/* step, range, min and max of duration expressions; the word is not read yet. */
static bool
duration_word(struct lexer *lx, struct token *t)
{
    static const char *const known[] = {"step", "range", "min", "max", "min_of", "max_of"};
    uint32_t                 end = lx->at;
    struct slice             w;

    while (end < lx->input.n && is_alpha((unsigned char)lx->input.p[end]))
        end++;
    w = (struct slice){lx->input.p + lx->at, (size_t)(end - lx->at)};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (slice_is_nocase(w, known[i])) {
            lx->at = end;
            *t = emit(lx, word_kind(lx, w));
            return true;
        }
    return false;
}

static struct token
colon_in_duration(struct lexer *lx)
{
    struct token t = emit(lx, TOKEN_COLON);

    if (!lx->got_duration)
        return fail(lx, "unexpected colon before duration in duration expression");
    if (lx->got_colon)
        return fail(lx, "unexpected repeated colon in duration expression");
    lx->got_colon = true;
    return t;
}

/* Behind a bracket or an operator in brackets, where a duration must come. */
static struct token
in_duration(struct lexer *lx)
{
    int          c = peek(lx);
    struct token t;

    if (c < 0)
        return fail(lx, "unexpected end of input in duration expression");
    if (is_digit(c) ||
        (c == '.' && lx->at + 1 < lx->input.n && is_digit(lx->input.p[lx->at + 1]))) {
        lx->got_duration = true;
        lx->in_duration = false;
        return number(lx);
    }
    if (c && strchr("sSmMrR", c) && duration_word(lx, &t))
        return t;
    if (c && strchr("()]", c)) {
        lx->at++;
        return bracket(lx, c);
    }
    if (c == ':') {
        lx->at++;
        return colon_in_duration(lx);
    }
    if (single_kind(c) != TOKEN_ERROR && c != '@') {
        lx->at++;
        return emit(lx, single_kind(c));
    }
    return fail_at(lx, lx->at, "unexpected character in duration expression: ", "");
}

/* Outside braces, after blanks and comments; in brackets behind a duration. */
static struct token
plain(struct lexer *lx)
{
    int          c = peek(lx);
    struct token t;

    if (c < 0)
        return lx->parens        ? fail(lx, "unclosed left parenthesis")
               : lx->in_brackets ? fail(lx, "unclosed left bracket")
                                 : emit(lx, TOKEN_END_OF_INPUT);
    if (is_digit(c) || (c == '.' && lx->at + 1 < lx->input.n && is_digit(lx->input.p[lx->at + 1])))
        return number(lx);
    if ((is_alpha(c) || c == ':') && !lx->in_brackets)
        return word(lx);
    if (c == ':' && lx->got_colon)
        return fail(lx, "unexpected colon ':'");
    if (is_alpha(c) && strchr("sSmM", c) && duration_word(lx, &t))
        return t;
    if (is_alpha(c))
        return fail_at(lx, lx->at, "unexpected character: ", ", expected ':'");
    lx->at++;
    if (c == ':') {
        lx->got_colon = true;
        return emit(lx, TOKEN_COLON);
    }
    if (c == '"' || c == '\'' || c == '`')
        return string(lx);
    if (c && strchr("=!<>", c))
        return operator(lx, c);
    if (c && strchr("()[]{", c))
        return bracket(lx, c);
    if (single_kind(c) != TOKEN_ERROR)
        return emit(lx, single_kind(c));
    return fail_at(lx, lx->start, "unexpected character: ", "");
}

static struct token
match_operator(struct lexer *lx, int c)
{
    int next = peek(lx);

    if (c == '=') {
        lx->at += next == '~';
        return emit(lx, next == '~' ? TOKEN_MATCHES : TOKEN_ASSIGN);
    }
    if (next != '~' && next != '=')
        return fail_at(lx, lx->at, "unexpected character after '!' inside braces: ", "");
    lx->at++;
    return emit(lx, next == '~' ? TOKEN_MATCHES_NOT : TOKEN_NOT_EQUAL);
}

static struct token
in_braces(struct lexer *lx)
{
    int c = peek(lx);

    if (c < 0)
        return fail(lx, "unexpected end of input inside braces");
    if (is_alpha(c)) {
        while (is_alpha(peek(lx)) || is_digit(peek(lx)))
            lx->at++;
        return emit(lx, TOKEN_IDENTIFIER);
    }
    lx->at++;
    switch (c) {
    case ',':
        return emit(lx, TOKEN_COMMA);
    case '"':
    case '\'':
    case '`':
        return string(lx);
    case '=':
    case '!':
        return match_operator(lx, c);
    case '{':
        return fail(lx, "unexpected left brace '{'");
    case '}':
        lx->in_braces = false;
        return emit(lx, TOKEN_RIGHT_BRACE);
    default:
        return fail_at(lx, lx->start, "unexpected character inside braces: ", "");
    }
}

static void
skip(struct lexer *lx)
{
    for (;;) {
        int c = peek(lx);

        if (c == '#' && !lx->in_duration)
            while (peek(lx) >= 0 && peek(lx) != '\n' && peek(lx) != '\r')
                lx->at++;
        else if (is_space(c))
            lx->at++;
        else
            break;
    }
    lx->start = lx->at;
}

struct token
lexer_next(struct lexer *lx)
{
    skip(lx);
    if (lx->in_braces)
        return in_braces(lx);
    return lx->in_duration ? in_duration(lx) : plain(lx);
}
