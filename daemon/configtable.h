/* configtable.h - config.def as data: one row for each key. */
#ifndef DAEMON_CONFIGTABLE_H
#define DAEMON_CONFIGTABLE_H

#include "base/slice.h"

enum configtable_section {
    CONFIGTABLE_DAEMON, /* the top level of the file */
    CONFIGTABLE_SOURCE,
    CONFIGTABLE_SERVICE,
    CONFIGTABLE_NOTIFICATION,
    CONFIGTABLE_POLICY,
    CONFIGTABLE_LIMIT, /* one of a policy's thresholds */
    CONFIGTABLE_SECTIONS
};

/* How a value is written. */
enum configtable_type {
    CONFIGTABLE_TEXT,  /* printable, no control characters */
    CONFIGTABLE_NAME,  /* of a source or policy: letters, digits, - _ . */
    CONFIGTABLE_DNS,   /* a DNS label: a-z 0-9 - */
    CONFIGTABLE_HOST,  /* DNS labels with dots, maybe *. before them */
    CONFIGTABLE_LABEL, /* a Prometheus label name */
    CONFIGTABLE_PATH,
    CONFIGTABLE_URL,
    CONFIGTABLE_ADDRESS, /* numeric address:port */
    CONFIGTABLE_QUERY,   /* PromQL, stored in its canonical form */
    CONFIGTABLE_BOOL,
    CONFIGTABLE_COUNT,
    CONFIGTABLE_NUMBER,
    CONFIGTABLE_PERCENT,  /* stored as a share */
    CONFIGTABLE_DURATION, /* stored in milliseconds */
    CONFIGTABLE_BYTES,    /* 64KiB */
    CONFIGTABLE_CHOICE,   /* one word of the vocabulary that unit names */
    CONFIGTABLE_SET,      /* several, stored as bits */
    CONFIGTABLE_NAMES,    /* a list of DNS labels */
    CONFIGTABLE_TARGETS,  /* a list of what is scraped */
    CONFIGTABLE_PATHS,    /* a list */
    CONFIGTABLE_METRICS,  /* a list of metrics' names */
    CONFIGTABLE_RANGES,   /* a list of addresses and networks */
    CONFIGTABLE_ORIGINS,  /* a list of web pages' origins */
    CONFIGTABLE_HEADERS,  /* a mapping */
    CONFIGTABLE_LABELS    /* a mapping of label names to values */
};

/* How it is stored. */
enum configtable_store {
    CONFIGTABLE_POINTER, /* const char * */
    CONFIGTABLE_FLAG,    /* bool */
    CONFIGTABLE_U32,     /* uint32_t and enums */
    CONFIGTABLE_U64,
    CONFIGTABLE_I64,
    CONFIGTABLE_DOUBLE,
    CONFIGTABLE_LIST /* struct config_names, config_headers, config_labels */
};

struct configtable_row {
    enum configtable_section section;
    const char              *key;
    enum configtable_type    type;
    enum configtable_store   store;
    size_t                   offset; /* of the field in its section's struct */
    const char              *unit;
    const char              *value; /* default; NULL: required; "": none; "auto" */
    const char              *min, *max;
    bool                     reloadable;
    bool                     alias;
    const char              *help;
};

struct configtable_group {
    enum configtable_section section;
    bool                     has_on;
    size_t                   on; /* offset of a bool */
    const char              *key, *off, *same_as, *help;
};

struct configtable_word {
    const char *vocabulary, *text;
    unsigned    value;
};

/* All rows, in the order of config.def. */
const struct configtable_row   *configtable_rows(size_t *n);
const struct configtable_group *configtable_groups(size_t *n);
const struct configtable_word  *configtable_words(size_t *n);

/* NULL: no such key. */
const struct configtable_row   *configtable_row(enum configtable_section s, const char *key);
const struct configtable_group *configtable_group(enum configtable_section s, const char *key);
const struct configtable_word  *configtable_word(const char *vocabulary, struct slice text);

/* The word for a stored value; NULL: none. */
const char *configtable_word_text(const char *vocabulary, unsigned value);

/* Whether key lies directly in the mapping prefix ("" or "p95."). */
bool configtable_in(const char *key, const char *prefix);

#endif
