#include "tests/replay/play_ask.h"

#include "analyzer/check.h"
#include "analyzer/view.h"

#include <stdio.h>

enum { BRIEF_BYTES = 1024 };

static bool
flag_is(json_t *o, const char *key, bool value)
{
    return json_is_boolean(json_object_get(o, key)) &&
           json_is_true(json_object_get(o, key)) == value;
}

static void
check_message(struct play *p, json_t *o)
{
    const char *m = json_string_value(json_object_get(o, "message"));

    if (!m || strlen(m) > 200)
        play_fail(p, "a message of at most 200 bytes is always there");
    for (; *m; m++)
        if (*m < ' ' || *m > '~' || strchr("<>&", *m))
            play_fail(p, "the message has a character that it must not have");
}

/* What api.md promises of every answer of the Argo door. */
static void
check_argo(struct play *p)
{
    static const char *const always[] = {"reason", "id", "run"};
    const char              *verdict = json_string_value(json_object_get(p->json, "verdict"));
    bool brief = memmem(p->question.target.p, p->question.target.n, "view=brief", 10) ||
                 memmem(p->question.body.p, p->question.body.n, "\"brief\"", 7);
    static const char *const checks[] = {
#define CHECK(name, text, weight, asks) text,
#include "analyzer/check.def"
#undef CHECK
    };

    if (!verdict || !flag_is(p->json, "pass", !strcmp(verdict, "pass")) ||
        !flag_is(p->json, "abort", !strcmp(verdict, "abort")))
        play_fail(p, "verdict, pass and abort do not agree");
    for (size_t i = 0; i < ARRAY_LEN(always); i++)
        if (!json_is_string(json_object_get(p->json, always[i])))
            play_fail(p, "%s is always there", always[i]);
    check_message(p, p->json);
    if (brief && p->answer.n > BRIEF_BYTES)
        play_fail(p, "a brief answer of %zu bytes", p->answer.n);
    for (size_t i = 0; i < ARRAY_LEN(checks) && !brief; i++)
        if (!json_is_object(json_object_get(json_object_get(p->json, "checks"), checks[i])))
            play_fail(p, "check %s is always there", checks[i]);
}

/* Answers are plain text, or pages for people. */
static bool
speaks_no_json(struct slice target)
{
    return slice_starts(target, "/gate/") || slice_starts(target, "/rollback/") ||
           slice_starts(target, "/v1/links/");
}

/* The path of an approval link. */
static void
keep_link(struct play *p)
{
    struct slice path = json_slice(json_object_get(p->json, "path"));

    if (path.n && path.n < sizeof p->link)
        snprintf(p->link, sizeof p->link, "%.*s", SLICE_ARG(path));
}

static void
keep_id(struct play *p, const char *key, char to[ULID_BYTES])
{
    (void)ulid_copy(json_slice(json_object_get(p->json, key)), to);
}

/* Every 2xx of every script is read strictly, but those. */
static void
read_answer(struct play *p)
{
    json_error_t e;

    p->json = json_loadb(p->answer.body, p->answer.n, JSON_REJECT_DUPLICATES, &e);
    if (p->answer.code / 100 != 2 || speaks_no_json(p->question.target))
        return;
    if (!p->json)
        play_fail(p, "a 2xx that a strict parser refuses: %s", e.text);
    if (!json_is_object(p->json) && !slice_starts(p->question.target, "/canaryConfig"))
        play_fail(p, "a 2xx that is not an object");
    keep_id(p, "run", p->run);
    keep_link(p);
    keep_id(p, "canaryExecutionId", p->execution);
    if (p->question.argo)
        check_argo(p);
}

void
play_ask_again(struct play *p)
{
    struct err err = {0};

    if (!p->question.method)
        play_fail(p, "nothing was asked yet");
    json_decref(p->json);
    p->json = NULL;
    play_stage_forget(&p->answer);
    play_must(p,
              play_stage_ask(&p->stage, p->question.method, p->question.target, p->question.body,
                             &p->answer, &err),
              &err);
    read_answer(p);
}

/* What was named last stands for {run}, {execution} and {link}; a path has one of them. */
static struct slice
want_path(struct play *p, struct slice *rest)
{
    const struct {
        const char *hole, *id;
    } holes[] = {{"{run}", p->run}, {"{execution}", p->execution}, {"{link}", p->link}};
    const struct slice path = play_want(p, rest, "a path");

    for (size_t i = 0; i < ARRAY_LEN(holes); i++) {
        const size_t n = strlen(holes[i].hole);
        const char  *at = memmem(path.p, path.n, holes[i].hole, n);

        if (at)
            return slice_of(arena_printf(&p->arena, "%.*s%s%.*s", (int)(at - path.p), path.p,
                                         holes[i].id, (int)(path.p + path.n - at) - (int)n,
                                         at + n));
    }
    return path;
}

/* ask argo JSON | ask argo?QUERY | ask flagger HOOK JSON | ask METHOD PATH [BODY] */
void
play_ask_verb(struct play *p, const struct play_line *l)
{
    struct slice rest = l->rest, word = play_word(p, &rest);

    if (word.p) {
        p->question.method = "POST";
        p->question.argo = slice_starts(word, "argo");
        if (slice_is(word, "argo"))
            p->question.target = SLICE_LITERAL("/v1/argo/verdict");
        else if (slice_starts(word, "argo?"))
            p->question.target = slice_of(
                arena_printf(&p->arena, "/v1/argo/verdict%.*s", (int)word.n - 4, word.p + 4));
        else if (slice_is(word, "flagger")) {
            word = play_want(p, &rest, "a hook");
            p->question.target =
                slice_of(arena_printf(&p->arena, "/v1/flagger/%.*s", SLICE_ARG(word)));
        } else {
            p->question.method = arena_text(&p->arena, word);
            p->question.target = want_path(p, &rest);
        }
        p->question.body = l->has_text ? l->text : slice_trim(rest);
    }
    play_ask_again(p);
}

void
play_ask_get(struct play *p, const struct play_line *l)
{
    struct slice rest = l->rest;

    p->question.method = "GET";
    p->question.argo = false;
    p->question.target = want_path(p, &rest);
    p->question.body = (struct slice){0};
    play_ask_again(p);
}
