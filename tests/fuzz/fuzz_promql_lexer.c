/* The lexer takes any bytes: tokens lie in order inside the text, and it ends. */
#include "promql/lexer.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { MAX_DESCRIPTION_BYTES = 4096 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct lexer lexer;
    struct token t;
    uint32_t     end = 0;
    struct text  described;

    text_init(&described, MAX_DESCRIPTION_BYTES);
    lexer_init(&lexer, (struct slice){(const char *)data, n});
    do {
        t = lexer_next(&lexer);
        assert(t.place.start >= end && t.place.end <= n && t.place.start <= n);
        assert(t.kind == TOKEN_ERROR || t.kind == TOKEN_END_OF_INPUT ||
               (t.place.end > t.place.start && t.text.n == t.place.end - t.place.start));
        assert(t.kind != TOKEN_ERROR || t.text.n > 0);
        end = t.place.end;
        text_clear(&described);
        lextoken_describe(&t, &described);
        assert(!described.status && described.n > 0);
    } while (t.kind != TOKEN_ERROR && t.kind != TOKEN_END_OF_INPUT);
    text_release(&described);
    return 0;
}
