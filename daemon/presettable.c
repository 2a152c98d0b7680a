#include "daemon/presettable.h"

#include <string.h>

static const struct presettable_row mesh_row[] = {
#define PRESET_MESH(mesh, text, key, flagger_key, le_ms, user, attempt, canary, baseline)          \
    [PRESETTABLE_##mesh] = {                                                                       \
        text,   key,     flagger_key, le_ms, {[VIEW_USER] = user, [VIEW_ATTEMPT] = attempt},       \
        canary, baseline},
#include "daemon/preset.def"
};

static const char *const usual[PRESET_LABEL_COUNT] = {
#define PRESET_LABEL(label, text) [PRESET_LABEL_##label] = text,
#include "daemon/preset.def"
};

static const char *const named[PRESETTABLE_MESHES][PRESET_LABEL_COUNT] = {
#define PRESET_NAME(mesh, label, text) [PRESETTABLE_##mesh][PRESET_LABEL_##label] = text,
#include "daemon/preset.def"
};

static const char *const metric_row[PRESETTABLE_MESHES][PRESETTABLE_METRICS] = {
#define PRESET_METRIC(mesh, metric, text) [PRESETTABLE_##mesh][PRESETTABLE_##metric] = text,
#include "daemon/preset.def"
};

static const struct presettable_key key_row[] = {
#define PRESET_KEY(mesh, text, user, attempt, per_release, flagger)                                \
    {PRESETTABLE_##mesh,                                                                           \
     text,                                                                                         \
     {[VIEW_USER] = user, [VIEW_ATTEMPT] = attempt},                                               \
     per_release,                                                                                  \
     flagger},
#include "daemon/preset.def"
};

static const struct presettable_signal signal_row[] = {
#define PRESET_SIGNAL(mesh, signal, metric) {PRESETTABLE_##mesh, MESH_SIGNAL_##signal, metric},
#include "daemon/preset.def"
};

static const struct presettable_instead instead_row[] = {
#define PRESET_INSTEAD(mesh, metric, meaning) {PRESETTABLE_##mesh, metric, meaning},
#include "daemon/preset.def"
};

static const struct {
    enum presettable_mesh mesh;
    enum preset_label     label;
    const char           *text, *flag;
} flag_row[] = {
#define PRESET_FLAG(mesh, label, text, flag) {PRESETTABLE_##mesh, PRESET_LABEL_##label, text, flag},
#include "daemon/preset.def"
};

static const struct presettable_value fault_row[] = {
#define PRESET_FAULT(mesh, label, regex) {PRESETTABLE_##mesh, PRESET_LABEL_##label, regex},
#include "daemon/preset.def"
};

static const struct presettable_value uncounted_row[] = {
#define PRESET_UNCOUNTED(mesh, label, regex) {PRESETTABLE_##mesh, PRESET_LABEL_##label, regex},
#include "daemon/preset.def"
};

enum presettable_mesh
presettable_find(const char *preset)
{
    if (!preset || !*preset)
        return PRESETTABLE_ISTIO;
    for (size_t m = 0; m < PRESETTABLE_MESHES; m++)
        if (!strcmp(mesh_row[m].text, preset))
            return (enum presettable_mesh)m;
    return PRESETTABLE_MESHES;
}

const struct presettable_row *
presettable_row(enum presettable_mesh m)
{
    return &mesh_row[m];
}

const struct presettable_key *
presettable_key(enum presettable_mesh m, const char *key)
{
    for (size_t i = 0; i < ARRAY_LEN(key_row); i++)
        if (key_row[i].mesh == m && !strcmp(key_row[i].text, key))
            return &key_row[i];
    return NULL;
}

const char *
presettable_label(enum presettable_mesh m, enum preset_label l)
{
    return named[m][l] ? named[m][l] : usual[l];
}

const char *
presettable_metric(enum presettable_mesh m, enum presettable_metric metric)
{
    return metric_row[m][metric] ? metric_row[m][metric] : "";
}

const struct presettable_signal *
presettable_signals(size_t *n)
{
    *n = ARRAY_LEN(signal_row);
    return signal_row;
}

const struct presettable_instead *
presettable_insteads(size_t *n)
{
    *n = ARRAY_LEN(instead_row);
    return instead_row;
}

const char *
presettable_flag(enum presettable_mesh m, enum preset_label l, struct slice value)
{
    for (size_t i = 0; i < ARRAY_LEN(flag_row); i++)
        if (flag_row[i].mesh == m && flag_row[i].label == l && slice_is(value, flag_row[i].text))
            return flag_row[i].flag;
    return NULL;
}

static const struct presettable_value *
value_of(const struct presettable_value *rows, size_t n, enum presettable_mesh m)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].mesh == m)
            return &rows[i];
    return NULL;
}

const struct presettable_value *
presettable_fault(enum presettable_mesh m)
{
    return value_of(fault_row, ARRAY_LEN(fault_row), m);
}

const struct presettable_value *
presettable_uncounted(enum presettable_mesh m)
{
    return value_of(uncounted_row, ARRAY_LEN(uncounted_row), m);
}
