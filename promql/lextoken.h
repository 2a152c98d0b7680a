/* lextoken.h - the kinds of tokens, and how messages name them. */
#ifndef PROMQL_LEXTOKEN_H
#define PROMQL_LEXTOKEN_H

#include "base/text.h"
#include "promql/place.h"

enum token_kind {
#define PLAIN(id, what) TOKEN_##id,
#define MARK(id, text) TOKEN_##id,
#define SIGN(id, text) TOKEN_##id,
#define WORD(id, text, class, use) TOKEN_##id,
#include "promql/lextoken.def"
#undef PLAIN
#undef MARK
#undef SIGN
#undef WORD
    TOKEN_KINDS
};

struct token {
    enum token_kind kind;
    struct place    place;
    struct slice    text; /* as written; of TOKEN_ERROR: Prometheus's message */
};

/* Of a name or keyword; Inf and NaN are numbers. */
enum token_kind lextoken_of_word(struct slice word);

/* As Prometheus tells of an unexpected token: `identifier "x"`, `<op:+>`,
 * `"}"`, `end of input`. */
void lextoken_describe(const struct token *t, struct text *to);

bool lextoken_is_metric_name(enum token_kind k); /* may stand before braces */
bool lextoken_is_label_name(enum token_kind k);  /* may stand in a grouping */

#endif
