#include "webhooks/question.h"

#include "analyzer/phase.h"

#include "base/json.h"
#include "base/nearest.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

enum { MAX_VALUE_BYTES = 253, MAX_DEPTH = 4, NUMBER_BYTES = 40 };

enum key {
#define TEXT_KEY(name, text, field, empty, help) KEY_##name,
#define WORD_KEY(name, text, setter, help) KEY_##name,
#define ALIAS_KEY(text, name)
#include "webhooks/question.def"
#undef TEXT_KEY
#undef WORD_KEY
#undef ALIAS_KEY
    KEY_COUNT
};

enum empty { SAYS_NOTHING, REFUSED };

/* One way of asking, while it is read. */
struct reading {
    struct question *q;
    struct err      *err, *hint;
    bool             metadata; /* Flagger's: on_hold is a key */
    bool             said[KEY_COUNT];
    struct slice     value[KEY_COUNT];
    char             number[KEY_COUNT][NUMBER_BYTES]; /* texts of JSON numbers */
};

static enum status
refuse(struct reading *r, const char *hint)
{
    if (r->hint)
        (void)err_set(r->hint, STATUS_SYNTAX, "%s", hint);
    return STATUS_SYNTAX;
}

static enum status
set_phase(struct reading *r, struct slice v)
{
    enum phase phase;

    if (phase_parse(v, &phase) == STATUS_OK) {
        snprintf(r->q->phase, sizeof r->q->phase, "%s", phase_text(phase));
        return STATUS_OK;
    }
    (void)err_set(r->err, STATUS_SYNTAX, "phase is none of ours");
    return refuse(r, "say canary, mirror, cohort, bluegreen or post, or leave phase out");
}

static enum status
set_stage(struct reading *r, struct slice v)
{
    if (slice_is(v, "step")) {
        r->q->stage = QUESTION_STEP;
        return STATUS_OK;
    }
    if (slice_is(v, "promote")) {
        r->q->stage = QUESTION_PROMOTE;
        return STATUS_OK;
    }
    (void)err_set(r->err, STATUS_SYNTAX, "stage is neither step nor promote");
    return refuse(r, "say stage: step before the last step, stage: promote (or nothing) at it");
}

static enum status
set_weight(struct reading *r, struct slice v)
{
    double w;

    if (slice_double(v, &w) || !isfinite(w) || w < 0 || w > 100) {
        (void)err_set(r->err, STATUS_SYNTAX, "weight is not a number from 0 to 100");
        return refuse(r, "weight is the canary's share of traffic in percent, without a sign");
    }
    r->q->weight = w;
    return STATUS_OK;
}

static enum status
set_view(struct reading *r, struct slice v)
{
    if (slice_is(v, "brief") || slice_is(v, "full")) {
        r->q->brief = slice_is(v, "brief");
        return STATUS_OK;
    }
    (void)err_set(r->err, STATUS_SYNTAX, "view is neither full nor brief");
    return refuse(r, "say view=brief for what is stored in an AnalysisRun, else leave it out");
}

static enum status
set_on_hold(struct reading *r, struct slice v)
{
    if (slice_is(v, "continue") || slice_is(v, "stop")) {
        r->q->on_hold_continue = slice_is(v, "continue");
        return STATUS_OK;
    }
    (void)err_set(r->err, STATUS_SYNTAX, "on_hold is neither continue nor stop");
    return refuse(r, "say on_hold: continue, or leave it out");
}

static const struct row {
    const char *text;
    size_t      at, bytes; /* of a text key's field */
    enum empty  empty;
    enum status (*set)(struct reading *r, struct slice v);
} rows[KEY_COUNT] = {
#define TEXT_KEY(name, text, field, empty, help)                                                   \
    [KEY_##name] = {text, offsetof(struct question, field), sizeof((struct question *)0)->field,   \
                    empty, NULL},
#define WORD_KEY(name, text, setter, help) [KEY_##name] = {text, 0, 0, SAYS_NOTHING, setter},
#define ALIAS_KEY(text, name)
#include "webhooks/question.def"
#undef TEXT_KEY
#undef WORD_KEY
#undef ALIAS_KEY
};

static const struct alias {
    const char *text;
    enum key    key;
} aliases[] = {
#define TEXT_KEY(name, text, field, empty, help)
#define WORD_KEY(name, text, setter, help)
#define ALIAS_KEY(text, name) {text, KEY_##name},
#include "webhooks/question.def"
#undef TEXT_KEY
#undef WORD_KEY
#undef ALIAS_KEY
};

static enum key
find_key(const struct reading *r, struct slice name)
{
    for (enum key k = 0; k < KEY_COUNT; k++)
        if (slice_is(name, rows[k].text))
            return k == KEY_ON_HOLD && !r->metadata ? KEY_COUNT : k;
    for (size_t i = 0; i < ARRAY_LEN(aliases); i++)
        if (slice_is(name, aliases[i].text))
            return aliases[i].key;
    return KEY_COUNT;
}

/* A key of ours that somebody may have meant; {0}: none is near. */
static struct slice
meant(const struct reading *r, struct slice name)
{
    struct nearest n = nearest_to(name);

    for (enum key k = 0; k < KEY_COUNT; k++)
        if (k != KEY_ON_HOLD || r->metadata)
            nearest_offer(&n, slice_of(rows[k].text));
    for (size_t i = 0; i < ARRAY_LEN(aliases); i++)
        nearest_offer(&n, slice_of(aliases[i].text));
    return n.best;
}

static bool
contains(struct slice s, const char *two)
{
    for (size_t i = 0; i + 1 < s.n; i++)
        if (s.p[i] == two[0] && s.p[i + 1] == two[1])
            return true;
    return false;
}

/* What holds for a value whatever its key.  A token is never quoted. */
static enum status
check_value(struct reading *r, enum key k, struct slice v)
{
    const struct row *row = &rows[k];

    if (v.n > MAX_VALUE_BYTES || (row->bytes && v.n >= row->bytes)) {
        (void)err_set(
            r->err, STATUS_SYNTAX, "%s has %zu bytes, at most %zu are taken", row->text, v.n,
            row->bytes && row->bytes <= MAX_VALUE_BYTES ? row->bytes - 1 : (size_t)MAX_VALUE_BYTES);
        return refuse(r, "pass the plain value of the label or the name, nothing longer");
    }
    if (!slice_utf8(v)) {
        (void)err_set(r->err, STATUS_SYNTAX, "%s is not UTF-8", row->text);
        return refuse(r, "send it as UTF-8; a JSON body is safest");
    }
    for (size_t i = 0; i < v.n; i++)
        if ((unsigned char)v.p[i] < 0x20 || v.p[i] == 0x7f) {
            (void)err_set(r->err, STATUS_SYNTAX, "%s has a control character in it", row->text);
            return refuse(r, "look for a line break in the template that fills it");
        }
    if (contains(v, "{{") || contains(v, "}}")) {
        (void)err_set(r->err, STATUS_SYNTAX, "%s is an unresolved template: %.*s", row->text,
                      k == KEY_TOKEN ? 0 : (int)(v.n < 60 ? v.n : 60), v.p);
        return refuse(r,
                      "declare the argument in the AnalysisTemplate and pass it from the Rollout");
    }
    if (v.n == 0 && row->empty == REFUSED) {
        (void)err_set(r->err, STATUS_SYNTAX, "%s is empty", row->text);
        return refuse(r, "a field reference that finds nothing becomes an empty text: check the "
                         "path it names, or leave the key out");
    }
    return STATUS_OK;
}

static enum status
take(struct reading *r, enum key k, struct slice v)
{
    enum status s = check_value(r, k, v);

    if (s)
        return s;
    if (r->said[k] && !slice_equal(r->value[k], v)) {
        (void)err_set(r->err, STATUS_SYNTAX, "%s is said twice, and differently", rows[k].text);
        return refuse(r, "say it once: in the body or in the query, as stable or as baseline");
    }
    r->said[k] = true;
    r->value[k] = v;
    return STATUS_OK;
}

static enum status
unknown_key(struct reading *r, struct slice name)
{
    struct slice near = meant(r, name);
    char         hint[128] = "leave it out; the keys are listed in the documentation of the gates";

    if (near.n)
        snprintf(hint, sizeof hint, "did you mean %.*s?", SLICE_ARG(near));
    (void)err_set(r->err, STATUS_SYNTAX, "unknown key %.*s", (int)(name.n < 60 ? name.n : 60),
                  name.p);
    return refuse(r, hint);
}

/* The text of a JSON value: strings as they are, whole numbers for every key,
 * others for weight. */
static enum status
take_json(struct reading *r, enum key k, json_t *v)
{
    char *number = r->number[k];

    if (json_is_string(v))
        return take(r, k, json_slice(v));
    if (json_is_integer(v)) {
        snprintf(number, NUMBER_BYTES, "%lld", (long long)json_integer_value(v));
        return take(r, k, slice_of(number));
    }
    if (json_is_real(v) && k == KEY_WEIGHT) {
        snprintf(number, NUMBER_BYTES, "%.17g", json_real_value(v));
        return take(r, k, slice_of(number));
    }
    (void)err_set(r->err, STATUS_SYNTAX, "%s is not a string", rows[k].text);
    return refuse(r, "put the value in quotes, or leave the key out");
}

static bool
is_label_name(const char *s)
{
    if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || *s == '_'))
        return false;
    for (; *s; s++)
        if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
              *s == '_'))
            return false;
    return true;
}

/* Move what was said into the question. */
static enum status
apply(struct reading *r)
{
    struct question *q = r->q;

    for (enum key k = 0; k < KEY_COUNT; k++) {
        const struct row *row = &rows[k];
        struct slice      v = r->value[k];

        if (!r->said[k] || v.n == 0)
            continue;
        if (!row->set) {
            memcpy((char *)q + row->at, v.p, v.n);
            ((char *)q + row->at)[v.n] = '\0';
        } else {
            enum status s = row->set(r, v);

            if (s)
                return s;
        }
    }
    if (*q->key && !is_label_name(q->key)) {
        (void)err_set(r->err, STATUS_SYNTAX, "key is not a label name");
        return refuse(r, "say revision, version, workload, service, pod_template_hash, "
                         "or the name of a label");
    }
    if (*q->canary && strcmp(q->canary, q->baseline) == 0) {
        (void)err_set(r->err, STATUS_SYNTAX, "canary and stable are the same: %.60s", q->canary);
        return refuse(r, "pass the new version as canary and the old one as stable, for example "
                         "podTemplateHashValue: Latest and Stable");
    }
    return STATUS_OK;
}

static enum status
read_argo_body(struct reading *r, json_t *body)
{
    const char *name;
    json_t     *v;

    if (!json_is_object(body)) {
        (void)err_set(r->err, STATUS_SYNTAX, "the body is not a JSON object");
        return refuse(r, "use jsonBody: {\"service\": …, \"namespace\": …, \"canary\": …}");
    }
    json_object_foreach(body, name, v)
    {
        enum key    k = find_key(r, slice_of(name));
        enum status s = k == KEY_COUNT ? unknown_key(r, slice_of(name)) : take_json(r, k, v);

        if (s)
            return s;
    }
    return STATUS_OK;
}

static bool
is_blank(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != ' ' && s.p[i] != '\t' && s.p[i] != '\r' && s.p[i] != '\n')
            return false;
    return true;
}

static enum status
read_argo(struct reading *r, json_t *body, const struct question_param *params, size_t n)
{
    enum status s = STATUS_OK;

    if (body)
        s = read_argo_body(r, body);
    for (size_t i = 0; i < n && !s; i++) {
        enum key k = find_key(r, params[i].name);

        s = k == KEY_COUNT ? unknown_key(r, params[i].name) : take(r, k, params[i].value);
    }
    if (!s)
        s = apply(r);
    if (s)
        return s;
    if (!*r->q->service || !*r->q->ns) {
        (void)err_set(r->err, STATUS_SYNTAX, "%s is missing",
                      *r->q->service ? "namespace" : "service");
        return refuse(r, "pass service and namespace in the body or in the query");
    }
    return STATUS_OK;
}

/* A caller whose question is refused for another reason is still told so only
 * if its token is good; it may stand behind what was refused. */
static void
keep_token_only(struct reading *r, const json_t *keys, const struct question_param *params,
                size_t n)
{
    struct slice t = r->value[KEY_TOKEN];

    if (!r->said[KEY_TOKEN])
        t = json_slice(json_object_get(keys, rows[KEY_TOKEN].text));
    for (size_t i = 0; i < n && !t.n; i++)
        if (slice_is(params[i].name, rows[KEY_TOKEN].text))
            t = params[i].value;
    *r->q = question_empty();
    if (t.n && t.n < sizeof r->q->token)
        memcpy(r->q->token, t.p, t.n);
}

enum status
question_from_argo(struct slice body, const struct question_param *params, size_t n,
                   struct question *out, struct err *err, struct err *hint)
{
    struct reading r = {.q = out, .err = err, .hint = hint};
    json_t        *json = NULL;
    enum status    s;

    *out = question_empty();
    if (!is_blank(body)) {
        s = json_parse(body, MAX_DEPTH, &json, err);
        if (s) {
            (void)refuse(&r,
                         "send one JSON object (jsonBody), or no body and the keys in the query");
            return STATUS_SYNTAX;
        }
    }
    s = read_argo(&r, json, params, n);
    if (s)
        keep_token_only(&r, json, params, n);
    json_decref(json);
    return s;
}

/* The message of an event holds other people's text of any length. */
static void
copy_event(struct question *q, struct slice message)
{
    size_t room = sizeof q->event - 1;

    if (message.n == 0)
        return;
    if (message.n <= room) {
        memcpy(q->event, message.p, message.n);
        q->event[message.n] = '\0';
        return;
    }
    room -= 3;
    while (room > 0 && ((unsigned char)message.p[room] & 0xc0) == 0x80)
        room--; /* never in the middle of a character */
    memcpy(q->event, message.p, room);
    memcpy(q->event + room, "...", 4);
}

static enum status
read_metadata(struct reading *r, json_t *metadata, char near[64])
{
    const char *name;
    json_t     *v;

    json_object_foreach(metadata, name, v)
    {
        struct slice text = slice_of(name);
        enum key     k = find_key(r, text);

        if (k != KEY_COUNT) {
            if (take_json(r, k, v))
                return STATUS_RANGE;
        } else if (slice_is(text, "eventMessage")) {
            copy_event(r->q, json_slice(v));
        } else if (!*near && text.n < 64 && meant(r, text).n) {
            memcpy(near, name, text.n + 1);
        }
    }
    return apply(r) ? STATUS_RANGE : STATUS_OK;
}

/* A text of the payload itself; absent is "". */
static enum status
payload_text(json_t *body, const char *name, char *out, size_t out_bytes, struct err *err)
{
    json_t      *v = json_object_get(body, name);
    struct slice s = json_slice(v);

    if (!v || json_is_null(v) || *out)
        return STATUS_OK; /* what the metadata said goes first */
    if (!json_is_string(v) || s.n >= out_bytes)
        return err_set(err, STATUS_SYNTAX, "%s of the payload is not a string under %zu bytes",
                       name, out_bytes);
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return err_set(err, STATUS_SYNTAX, "%s of the payload has a control character in it",
                           name);
    memcpy(out, s.p, s.n);
    out[s.n] = '\0';
    return STATUS_OK;
}

static enum status
read_flagger(struct reading *r, json_t *body, char near[64])
{
    struct question *q = r->q;
    json_t          *metadata = json_object_get(body, "metadata");
    enum status      s;

    if (!json_is_object(body))
        return err_set(r->err, STATUS_SYNTAX, "the body is not a JSON object");
    if (metadata && !json_is_null(metadata) && !json_is_object(metadata))
        return err_set(r->err, STATUS_SYNTAX, "metadata is not an object");
    if (json_is_object(metadata)) {
        s = read_metadata(r, metadata, near);
        if (s)
            return s;
    }
    s = payload_text(body, "name", q->service, sizeof q->service, r->err);
    if (!s)
        s = payload_text(body, "namespace", q->ns, sizeof q->ns, r->err);
    if (!s)
        s = payload_text(body, "checksum", q->revision, sizeof q->revision, r->err);
    if (!s)
        s = payload_text(body, "phase", q->flagger_phase, sizeof q->flagger_phase, r->err);
    if (!s && (!*q->service || !*q->ns))
        s = err_set(r->err, STATUS_SYNTAX, "the payload has no name or no namespace");
    return s;
}

enum status
question_from_flagger(struct slice body, struct question *out, char near[64], struct err *err)
{
    struct reading r = {.q = out, .err = err, .metadata = true};
    json_t        *json = NULL;
    enum status    s;

    *near = '\0';
    *out = question_empty();
    out->flagger = true;
    out->stage = QUESTION_STEP;
    s = json_parse(body, MAX_DEPTH, &json, err);
    if (s)
        return STATUS_SYNTAX;
    s = read_flagger(&r, json, near);
    if (s)
        keep_token_only(&r, json_object_get(json, "metadata"), NULL, 0);
    out->flagger = true;
    json_decref(json);
    return s;
}

enum status
question_set(struct question *q, struct slice name, struct slice value, struct err *err)
{
    struct reading r = {.q = q, .err = err, .metadata = true};
    enum key       k = find_key(&r, name);
    enum status    s = k == KEY_COUNT ? unknown_key(&r, name) : take(&r, k, value);

    return s ? s : apply(&r);
}

struct question
question_empty(void)
{
    return (struct question){.weight = NAN, .stage = QUESTION_PROMOTE};
}

void
question_forget_token(struct question *q)
{
    explicit_bzero(q->token, sizeof q->token);
}
