/* asset.h - a file of the web page, built into the program. */
#ifndef BASE_ASSET_H
#define BASE_ASSET_H

#include "base/slice.h"

/* All static. */
struct asset {
    const char  *name;          /* of the file: "index.html" */
    const char  *type;          /* Content-Type */
    const char  *etag;          /* a weak one, for both forms */
    struct slice plain, packed; /* packed: by gzip */
};

#endif
