/* page.h - the files of the web page: dashboards/page/ and the library it draws with. */
#ifndef DASHBOARDS_PAGE_H
#define DASHBOARDS_PAGE_H

#include "base/asset.h"

/* Sorted by name; one of them is index.html. */
const struct asset *page_assets(size_t *n);

#endif
