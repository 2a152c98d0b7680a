#include "daemon/configtable.h"

#include "daemon/config.h"

#define STRUCT_DAEMON struct config_daemon
#define STRUCT_SOURCE struct config_source
#define STRUCT_SERVICE struct config_service
#define STRUCT_NOTIFICATION struct config_notification
#define STRUCT_POLICY struct policy
#define STRUCT_LIMIT struct policy_limit

/* An enum's own type is unsigned int with gcc and clang, so it is U32 here. */
#define STORE_OF(field)                                                                            \
    _Generic((field),                                                                              \
        const char *: CONFIGTABLE_POINTER,                                                         \
        bool: CONFIGTABLE_FLAG,                                                                    \
        unsigned: CONFIGTABLE_U32,                                                                 \
        uint64_t: CONFIGTABLE_U64,                                                                 \
        int64_t: CONFIGTABLE_I64,                                                                  \
        double: CONFIGTABLE_DOUBLE,                                                                \
        struct config_names: CONFIGTABLE_LIST,                                                     \
        struct config_headers: CONFIGTABLE_LIST,                                                   \
        struct config_labels: CONFIGTABLE_LIST)

#define ROW(s, field, key, type, unit, value, min, max, reload, alias, help)                       \
    {CONFIGTABLE_##s,                                                                              \
     key,                                                                                          \
     CONFIGTABLE_##type,                                                                           \
     STORE_OF(((STRUCT_##s *)0)->field),                                                           \
     offsetof(STRUCT_##s, field),                                                                  \
     unit,                                                                                         \
     value,                                                                                        \
     min,                                                                                          \
     max,                                                                                          \
     reload,                                                                                       \
     alias,                                                                                        \
     help},
#define REQUIRED NULL
#define NO_FIELD false, 0
#define ON(field) true, offsetof(struct policy, field)
#define SOURCE_ON(field) true, offsetof(struct config_source, field)
#define DAEMON_ON(field) true, offsetof(struct config_daemon, field)

#define NO_ROW(...)
#define KEY NO_ROW
#define ALIAS NO_ROW
#define GROUP NO_ROW
#define WORD NO_ROW

static const struct configtable_row rows[] = {
#undef KEY
#undef ALIAS
#define KEY(s, field, key, type, unit, value, min, max, reload, help)                              \
    ROW(s, field, key, type, unit, value, min, max, reload, false, help)
#define ALIAS(s, field, key, type, unit, value, min, max, reload, help)                            \
    ROW(s, field, key, type, unit, value, min, max, reload, true, help)
#include "daemon/config.def"
#undef KEY
#undef ALIAS
#define KEY NO_ROW
#define ALIAS NO_ROW
};

static const struct configtable_group groups[] = {
#undef GROUP
#define GROUP(s, on, key, off, same_as, help) {CONFIGTABLE_##s, on, key, off, same_as, help},
#include "daemon/config.def"
#undef GROUP
#define GROUP NO_ROW
};

static const struct configtable_word words[] = {
#undef WORD
#define WORD(vocabulary, text, value) {vocabulary, text, value},
#include "daemon/config.def"
#undef WORD
#define CHECK(name, text, weight, asks) {"check", text, CHECK_##name},
#include "analyzer/check.def"
#undef CHECK
#define PHASE(name, text, compares, attempts_only, help) {"phase", text, PHASE_##name},
#include "analyzer/phase.def"
#undef PHASE
};

const struct configtable_row *
configtable_rows(size_t *n)
{
    *n = ARRAY_LEN(rows);
    return rows;
}

const struct configtable_group *
configtable_groups(size_t *n)
{
    *n = ARRAY_LEN(groups);
    return groups;
}

const struct configtable_word *
configtable_words(size_t *n)
{
    *n = ARRAY_LEN(words);
    return words;
}

const struct configtable_row *
configtable_row(enum configtable_section s, const char *key)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].section == s && !strcmp(rows[i].key, key))
            return &rows[i];
    return NULL;
}

const struct configtable_group *
configtable_group(enum configtable_section s, const char *key)
{
    for (size_t i = 0; i < ARRAY_LEN(groups); i++)
        if (groups[i].section == s && !strcmp(groups[i].key, key))
            return &groups[i];
    return NULL;
}

const struct configtable_word *
configtable_word(const char *vocabulary, struct slice text)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (!strcmp(words[i].vocabulary, vocabulary) && slice_is(text, words[i].text))
            return &words[i];
    return NULL;
}

const char *
configtable_word_text(const char *vocabulary, unsigned value)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (!strcmp(words[i].vocabulary, vocabulary) && words[i].value == value)
            return words[i].text;
    return NULL;
}

bool
configtable_in(const char *key, const char *prefix)
{
    size_t n = strlen(prefix);

    return !strncmp(key, prefix, n) && !strchr(key + n, '.');
}
