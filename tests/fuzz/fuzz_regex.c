/* Regular expressions, then a NUL, then a subject: no pattern that is taken
 * breaks PCRE2, and the way without PCRE2 gives its answer. */
#include "promql/regex.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The pattern with an anchor that means nothing new but needs PCRE2. */
static struct regex *
the_slow_way(struct slice pattern)
{
    struct text   t;
    struct regex *re = NULL;

    text_init(&t, REGEX_MAX_PATTERN_BYTES * 2);
    text_puts(&t, "(?:");
    text_put(&t, pattern);
    text_puts(&t, ")\\z");
    if (regex_new(text_slice(&t), &re, NULL) != STATUS_OK)
        re = NULL; /* too deep by one, or "\Q" ran over the anchor */
    text_release(&t);
    return re;
}

static void
expand(const struct regex *re, struct slice tmpl, struct slice subject, bool want)
{
    struct text to;
    bool        hit;

    text_init(&to, 1 << 20);
    if (regex_expand(re, tmpl, subject, &to, &hit, NULL) == STATUS_OK)
        assert(hit == want);
    text_release(&to);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct slice  subject = {(const char *)data, n}, pattern = slice_cut(&subject, '\0');
    struct err    err = {0};
    struct regex *re, *slow;
    bool          hit, slow_hit;

    if (regex_new(pattern, &re, &err)) {
        assert(!re && (err.status == STATUS_SYNTAX || err.status == STATUS_LIMIT));
        assert(strstr(err.text, "regexp") || strstr(err.text, "regular expression"));
        return 0;
    }
    slow = memmem(pattern.p, pattern.n, "\\Q", 2) ? NULL : the_slow_way(pattern);
    if (regex_match(re, subject, &hit, NULL) == STATUS_OK) {
        if (slow && regex_match(slow, subject, &slow_hit, NULL) == STATUS_OK)
            assert(hit == slow_hit);
        if (hit) {
            struct slice prefix = regex_prefix(re);

            /* Of a subject that is not UTF-8 the prefix is about its repaired form. */
            assert(!slice_utf8(subject) || prefix.n <= subject.n);
            assert(!slice_utf8(subject) || prefix.n == 0 ||
                   memcmp(prefix.p, subject.p, prefix.n) == 0);
        }
        expand(re, pattern, subject, hit);
        expand(re, SLICE_LITERAL("$1-${x}-$$-$"), subject, hit);
    }
    regex_free(slow);
    regex_free(re);
    return 0;
}
