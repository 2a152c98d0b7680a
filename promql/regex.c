#define PCRE2_CODE_UNIT_WIDTH 8
#include "promql/regex.h"

#include "base/heap.h"
#include "promql/goquote.h"
#include "promql/regexglob.h"
#include "promql/regexparse.h"
#include "promql/regexpcre.h"

#include <pcre2.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    MATCH_LIMIT = 1000000, /* steps of backtracking; PCRE2's own default is ten times that */
    DEPTH_LIMIT = 100000,
    HEAP_LIMIT_KIB = 20 * 1024,
    NEST_LIMIT = 1000, /* ours, and the groups that writing adds */
    MAX_PCRE_BYTES = 4 << 20,
    JIT_AFTER = 64, /* matches: machine code costs as much to make as so many save */
};

/* What changes in an expression while threads match with it. */
struct speed {
    atomic_uint         uses;
    pcre2_code *_Atomic fast; /* a copy with machine code, once it pays */
};

struct regex {
    struct arena         arena;
    bool                 is_glob;
    struct regexglob     glob;
    struct slice         prefix;
    const struct slice  *names;
    size_t               n_groups;
    pcre2_code          *code;  /* NULL where a glob needs none */
    struct speed        *speed; /* likewise */
    pcre2_match_context *limits;
};

/* RE2 has no limit but memory: what PCRE2 cannot take is too large. */
static enum status
compile(struct regex *re, const struct regextree *tree, struct slice pattern, struct err *err)
{
    pcre2_compile_context *cc = pcre2_compile_context_create(NULL);
    struct text            text;
    int                    fault;
    PCRE2_SIZE             at;

    text_init(&text, MAX_PCRE_BYTES);
    regexpcre_write(tree, &text);
    pcre2_set_parens_nest_limit(cc, NEST_LIMIT);
    pcre2_set_newline(cc, PCRE2_NEWLINE_LF);
    if (text.status == STATUS_OK)
        re->code = pcre2_compile((PCRE2_SPTR)text.p, text.n,
                                 PCRE2_UTF | PCRE2_DOTALL | PCRE2_ANCHORED | PCRE2_ENDANCHORED,
                                 &fault, &at, cc);
    text_release(&text);
    pcre2_compile_context_free(cc);
    if (!re->code)
        return err_set(err, STATUS_LIMIT, "error parsing regexp: expression too large: `%.*s`",
                       SLICE_ARG(pattern));
    re->speed = heap_new(1, sizeof *re->speed);
    re->limits = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(re->limits, MATCH_LIMIT);
    pcre2_set_depth_limit(re->limits, DEPTH_LIMIT);
    pcre2_set_heap_limit(re->limits, HEAP_LIMIT_KIB);
    return STATUS_OK;
}

enum status
regex_new(struct slice pattern, struct regex **out, struct err *err)
{
    struct regex     *re;
    struct regexparse parsed;
    enum status       st;

    *out = NULL;
    if (pattern.n > REGEX_MAX_PATTERN_BYTES)
        return err_set(err, STATUS_LIMIT, "regular expression is longer than %d bytes",
                       REGEX_MAX_PATTERN_BYTES);
    re = heap_new(1, sizeof *re);
    st = regexparse_run(&re->arena, arena_slice(&re->arena, pattern), &parsed, err);
    if (st == STATUS_OK) {
        re->names = parsed.names;
        re->n_groups = parsed.n_groups;
        re->is_glob = regexglob_build(&re->arena, parsed.tree, &re->glob);
        re->prefix = re->is_glob ? re->glob.prefix : regexglob_prefix(&re->arena, parsed.tree);
        /* Expanding needs the groups' places, even those of a glob. */
        if (!re->is_glob || re->n_groups)
            st = compile(re, parsed.tree, pattern, err);
    }
    if (st) {
        regex_free(re);
        return st;
    }
    *out = re;
    return STATUS_OK;
}

void
regex_free(struct regex *re)
{
    if (!re)
        return;
    pcre2_code_free(re->code);
    if (re->speed)
        pcre2_code_free(atomic_load(&re->speed->fast));
    free(re->speed);
    pcre2_match_context_free(re->limits);
    arena_release(&re->arena);
    free(re);
}

/* Bytes that are not UTF-8 as U+FFFD, as Go reads them. */
static struct slice
repaired(struct slice s, struct text *room)
{
    while (s.n) {
        size_t   n;
        uint32_t c = goquote_rune(s, &n);

        if (c == 0xfffd)
            text_puts(room, "\xef\xbf\xbd");
        else
            text_put(room, (struct slice){s.p, n});
        s = (struct slice){s.p + n, s.n - n};
    }
    return text_slice(room);
}

/* Whoever comes to the limit makes the copy; other threads go on with what is
 * there, so the copy is published whole. */
static const pcre2_code *
code_for(const struct regex *re)
{
    pcre2_code *fast = atomic_load_explicit(&re->speed->fast, memory_order_acquire);

    if (fast)
        return fast;
    if (atomic_fetch_add_explicit(&re->speed->uses, 1, memory_order_relaxed) != JIT_AFTER)
        return re->code;
    fast = pcre2_code_copy(re->code);
    if (!fast)
        return re->code;
    (void)pcre2_jit_compile(fast, PCRE2_JIT_COMPLETE); /* without it only slower */
    atomic_store_explicit(&re->speed->fast, fast, memory_order_release);
    return fast;
}

static enum status
run(const struct regex *re, struct slice subject, pcre2_match_data *data, bool *hit,
    struct err *err)
{
    int rc = pcre2_match(code_for(re), (PCRE2_SPTR)(subject.p ? subject.p : ""), subject.n, 0, 0,
                         data, re->limits);

    *hit = rc >= 0;
    if (rc >= 0 || rc == PCRE2_ERROR_NOMATCH)
        return STATUS_OK;
    return err_set(err, STATUS_LIMIT,
                   "regular expression takes too many steps on a value of %zu bytes: "
                   "avoid repetitions inside repetitions",
                   subject.n);
}

/* The subject, or a repaired copy that lives in *room. */
static struct slice
readable(struct slice subject, struct text *room)
{
    text_init(room, subject.n * 3 + 1);
    /* slice_utf8() takes no NUL, which is fine here but rare. */
    return slice_utf8(subject) ? subject : repaired(subject, room);
}

static enum status
match_code(const struct regex *re, struct slice subject, bool *hit, struct err *err)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    struct text       room;
    enum status       st = run(re, readable(subject, &room), data, hit, err);

    text_release(&room);
    pcre2_match_data_free(data);
    return st;
}

enum status
regex_match(const struct regex *re, struct slice subject, bool *hit, struct err *err)
{
    if (re->is_glob) {
        *hit = regexglob_match(&re->glob, subject);
        return STATUS_OK;
    }
    return match_code(re, subject, hit, err);
}

const struct slice *
regex_literals(const struct regex *re, size_t *n)
{
    *n = re->is_glob && !re->glob.n_wild ? re->glob.n_literals : 0;
    return re->glob.literals;
}

struct slice
regex_prefix(const struct regex *re)
{
    return re->prefix;
}

/* Where a match's groups are. */
struct groups {
    const struct regex *re;
    struct slice        subject;
    const PCRE2_SIZE   *at; /* pairs; PCRE2_UNSET where a group took no part */
    uint32_t            n;  /* with number 0, the whole */
};

static void
put_group(const struct groups *g, size_t i, struct text *to)
{
    if (i < g->n && g->at[2 * i] != PCRE2_UNSET && g->subject.n)
        text_put(to, (struct slice){g->subject.p + g->at[2 * i], g->at[2 * i + 1] - g->at[2 * i]});
}

static void
put_reference(const struct groups *g, struct slice name, struct text *to)
{
    uint64_t number;

    /* A number with a leading zero is a name, as in Go. */
    if ((name.n == 1 || name.p[0] != '0') && slice_u64(name, &number) == STATUS_OK) {
        put_group(g, number < g->n ? (size_t)number : g->n, to);
        return;
    }
    for (size_t i = 0; i < g->re->n_groups; i++)
        if (slice_equal(g->re->names[i], name) && g->at[2 * (i + 1)] != PCRE2_UNSET) {
            put_group(g, i + 1, to);
            return;
        }
}

/* The name behind a $, and how many bytes to go on; 0: no reference. */
static size_t
read_reference(struct slice s, struct slice *name)
{
    bool   braces = s.n && s.p[0] == '{';
    size_t i = braces;

    while (i < s.n && (s.p[i] == '_' || (s.p[i] >= '0' && s.p[i] <= '9') ||
                       (s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= 'A' && s.p[i] <= 'Z')))
        i++;
    *name = (struct slice){s.p + braces, i - braces};
    if (!name->n || (braces && (i == s.n || s.p[i] != '}')))
        return 0;
    return i + braces;
}

static void
expand(const struct groups *g, struct slice tmpl, struct text *to)
{
    struct slice name, before;

    while (tmpl.n) {
        size_t n;

        before = slice_cut(&tmpl, '$');
        text_put(to, before);
        if (!tmpl.p)
            return;
        n = read_reference(tmpl, &name);
        if (n) {
            put_reference(g, name, to);
        } else {
            text_putc(to, '$'); /* malformed: stays as it is; "$$" is one */
            n = tmpl.n && tmpl.p[0] == '$';
        }
        tmpl = (struct slice){tmpl.p + n, tmpl.n - n};
    }
}

enum status
regex_expand(const struct regex *re, struct slice tmpl, struct slice subject, struct text *to,
             bool *hit, struct err *err)
{
    PCRE2_SIZE        whole[2] = {0, subject.n};
    struct groups     g = {.re = re, .subject = subject, .at = whole, .n = 1};
    struct text       room;
    pcre2_match_data *data;
    enum status       st = regex_match(re, subject, hit, err);

    if (st || !*hit)
        return st;
    if (!re->n_groups) {
        expand(&g, tmpl, to);
        return STATUS_OK;
    }
    data = pcre2_match_data_create_from_pattern(re->code, NULL);
    g.subject = readable(subject, &room);
    g.at = pcre2_get_ovector_pointer(data);
    g.n = (uint32_t)re->n_groups + 1;
    st = run(re, g.subject, data, hit, err);
    if (st == STATUS_OK && *hit)
        expand(&g, tmpl, to);
    text_release(&room);
    pcre2_match_data_free(data);
    return st;
}
