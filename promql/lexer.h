/* lexer.h - the text of an expression to tokens, one at a time. */
#ifndef PROMQL_LEXER_H
#define PROMQL_LEXER_H

#include "promql/lextoken.h"

enum { LEXER_MAX_MESSAGE_BYTES = 1024 };

/* Inside braces all words are identifiers; inside brackets only durations and
 * what joins them are taken.  So the lexer keeps count of what is open, and
 * tells itself what nobody closed. */
struct lexer {
    struct slice input;
    uint32_t     at, start; /* start: where the token under way begins */
    unsigned     parens;    /* open ones */
    bool         in_braces, in_brackets;
    bool         in_duration;  /* in brackets, where a duration or its sign must follow */
    bool         got_colon;    /* since the bracket opened */
    bool         got_duration; /* in any bracket yet */
    char         message[LEXER_MAX_MESSAGE_BYTES];
};

/* The input outlives the lexer; at most UINT32_MAX bytes. */
void lexer_init(struct lexer *lx, struct slice input);

/* Comments and blanks are skipped.  After TOKEN_ERROR do not ask again: its
 * text lies in the lexer.  TOKEN_END_OF_INPUT repeats. */
struct token lexer_next(struct lexer *lx);

#endif
