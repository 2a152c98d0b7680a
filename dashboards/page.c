#include "dashboards/page.h"

#include "base/base.h"

#include "dashboards/page_assets.inc"

const struct asset *
page_assets(size_t *n)
{
    *n = ARRAY_LEN(assets);
    return assets;
}
