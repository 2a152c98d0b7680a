#include "daemon/cmdhistory.h"

#include "daemon/config.h"

enum status
cmdhistory_open(const struct option_values *v, struct reader **out, struct err *err)
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
    s = reader_open(dir, out, err);
    config_unref(c);
    return s;
}
