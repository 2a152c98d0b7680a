/* links.h - the key that signs approval links, and which of them were used. */
#ifndef DAEMON_LINKS_H
#define DAEMON_LINKS_H

#include "daemon/app.h"

struct links;

/* The key is data_dir's file link.key, 64 hexadecimal digits; made, for its owner alone,
 * where there is none.  Who takes the file away makes all links void.
 * STATUS_IO: unreadable, or no key. */
enum status links_new(const struct app_world *world, struct links **out,
                      struct err *err) MUST_CHECK;
void        links_free(struct links *l);

/* LINK_KEY_BYTES; NULL: there are no links. */
const unsigned char *links_key(const struct links *l);

/* Loop thread. */
bool links_was_used(const struct links *l, const char *id);
void links_use(struct links *l, const char *id);

#endif
