#include "analyzer/class.h"

#include <assert.h>

enum rule {
    RULE_NEUTRAL,
    RULE_APP,
    RULE_INFRASTRUCTURE,
    RULE_CLIENT,
    RULE_POLICY,
    RULE_INJECTED,
    RULE_EXTAUTH,
    RULE_STREAM,
};

static const struct {
    const char *token;
    enum rule   rule;
} flag_row[] = {
#define CLASS_FLAG(token, rule, meaning) {token, RULE_##rule},
#include "analyzer/class_flag.def"
#undef CLASS_FLAG
};

/* What the flags say together: the greater wins. */
enum say {
    SAY_NOTHING,
    SAY_UNKNOWN,
    SAY_APP,
    SAY_INFRASTRUCTURE,
    SAY_CLIENT,
    SAY_POLICY,
    SAY_INJECTED
};

/* Hundreds of "503", "5xx" or "5"; 0 for code 0; -1 for anything else. */
static int
hundreds(struct slice code)
{
    if (slice_is(code, "0"))
        return 0;
    if ((code.n == 1 || code.n == 3) && code.p[0] >= '1' && code.p[0] <= '5')
        return code.p[0] - '0';
    return -1;
}

/* gRPC statuses that are a server's fault: UNKNOWN, DEADLINE_EXCEEDED,
 * INTERNAL, UNAVAILABLE, DATA_LOSS. */
static bool
grpc_fault(struct slice grpc)
{
    static const char *const fault[] = {"2", "4", "13", "14", "15"};

    for (size_t i = 0; i < ARRAY_LEN(fault); i++)
        if (slice_is(grpc, fault[i]))
            return true;
    return false;
}

/* clang-format takes "enum class" for C++ here and below. */
/* clang-format off */
static enum class
class_of_status(struct slice code, struct slice grpc)
{
    int h = hundreds(code);

    if (h == 0)
        return CLASS_CLIENT;
    if (grpc.n > 0) {
        if (grpc_fault(grpc))
            return CLASS_APP;
        if (slice_is(grpc, "1"))
            return CLASS_CLIENT;
        return h == 5 ? CLASS_APP : CLASS_OK;
    }
    if (h < 0)
        return CLASS_INFRASTRUCTURE;
    return h == 5 ? CLASS_APP : CLASS_OK;
}
/* clang-format on */

static enum say
say_of_rule(enum rule rule, struct slice code, enum class status)
{
    switch (rule) {
    case RULE_NEUTRAL:
        return SAY_NOTHING;
    case RULE_APP:
        return SAY_APP;
    case RULE_INFRASTRUCTURE:
        return SAY_INFRASTRUCTURE;
    case RULE_CLIENT:
        return SAY_CLIENT;
    case RULE_POLICY:
        return SAY_POLICY;
    case RULE_INJECTED:
        return SAY_INJECTED;
    case RULE_EXTAUTH:
        return status == CLASS_APP ? SAY_INFRASTRUCTURE : SAY_POLICY;
    case RULE_STREAM:
        if (slice_is(code, "408"))
            return SAY_CLIENT;
        return status == CLASS_APP ? SAY_APP : SAY_NOTHING;
    }
    return SAY_NOTHING;
}

static enum say
say_of_flags(struct slice flags, struct slice code, enum class status)
{
    enum say most = SAY_NOTHING;

    while (flags.n > 0) {
        struct slice token = slice_trim(slice_cut(&flags, ','));
        enum say     say = token.n > 0 ? SAY_UNKNOWN : SAY_NOTHING;

        for (size_t i = 0; i < ARRAY_LEN(flag_row); i++)
            if (slice_is(token, flag_row[i].token)) {
                say = say_of_rule(flag_row[i].rule, code, status);
                break;
            }
        if (say > most)
            most = say;
    }
    return most;
}

/* clang-format off */
enum class
class_of(struct slice response_code, struct slice grpc_status, struct slice flags)
{
    enum class status = class_of_status(response_code, grpc_status);

    switch (say_of_flags(flags, response_code, status)) {
    case SAY_NOTHING:
        return status;
    case SAY_UNKNOWN:
        return status == CLASS_APP ? CLASS_INFRASTRUCTURE : status;
    case SAY_APP:
        return CLASS_APP;
    case SAY_INFRASTRUCTURE:
        return CLASS_INFRASTRUCTURE;
    case SAY_CLIENT:
        return CLASS_CLIENT;
    case SAY_POLICY:
        return CLASS_POLICY;
    case SAY_INJECTED:
        return CLASS_INJECTED;
    }
    return status;
}
/* clang-format on */

bool
class_no_response(struct slice response_code, struct slice flags)
{
    return hundreds(response_code) == 0 &&
           class_of(response_code, (struct slice){0}, flags) == CLASS_CLIENT;
}

bool
class_client_error(struct slice response_code, struct slice grpc_status, struct slice flags)
{
    if (class_of(response_code, grpc_status, flags) != CLASS_OK)
        return false;
    if (grpc_status.n > 0 && !slice_is(grpc_status, "0"))
        return true;
    return hundreds(response_code) == 4;
}

bool
class_has_flag(struct slice flags, const char *token)
{
    while (flags.n > 0)
        if (slice_is(slice_trim(slice_cut(&flags, ',')), token))
            return true;
    return false;
}

const char *class_text(enum class c)
{
    static const char *const text[CLASS_COUNT] = {
        [CLASS_OK] = "ok",
        [CLASS_APP] = "app",
        [CLASS_INFRASTRUCTURE] = "infrastructure",
        [CLASS_CLIENT] = "client",
        [CLASS_INJECTED] = "injected",
        [CLASS_POLICY] = "policy",
    };

    assert(c < CLASS_COUNT);
    return text[c];
}
