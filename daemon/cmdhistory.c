#include "daemon/cmdhistory.h"

#include "base/heap.h"
#include "daemon/config.h"

#include <stdlib.h>

enum status
cmdhistory_dir(const struct option_values *v, char **out, struct err *err)
{
    const char    *dir = v->values[CMDHISTORY_DATA_DIR].text;
    struct config *c = NULL;
    enum status    s = STATUS_OK;

    if (!dir && v->values[CMDHISTORY_CONFIG].given)
        s = config_read_file(v->values[CMDHISTORY_CONFIG].text, &c, err);
    if (s)
        return s;
    if (!dir)
        dir = c ? c->daemon.data_dir : "/var/lib/verdictd";
    *out = heap_new(1, strlen(dir) + 1);
    memcpy(*out, dir, strlen(dir) + 1);
    config_unref(c);
    return STATUS_OK;
}

enum status
cmdhistory_open(const struct option_values *v, struct reader **out, struct err *err)
{
    char       *dir;
    enum status s = cmdhistory_dir(v, &dir, err);

    if (s)
        return s;
    s = reader_open(dir, out, err);
    free(dir);
    return s;
}
