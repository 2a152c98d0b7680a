/* runevents.h - what is published of runs, told to those who read events. */
#ifndef DAEMON_RUNEVENTS_H
#define DAEMON_RUNEVENTS_H

#include "analyzer/interval.h"
#include "webhooks/eventstream.h"

/* Each with s NULL: nobody is told.  v is what gates are told from now on, was what promote was told before. */
void runevents_published(struct eventstream *s, const struct verdict_view *v,
                         const struct view_answer *was);

void runevents_interval(struct eventstream *s, const char *ns, const char *run,
                        const struct interval *i);

#endif
