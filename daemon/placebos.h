/* placebos.h - placebo canaries of every listed service, all the time.
 *
 * One sampler for each service whose policy has calibration on, beside those of
 * runs and at the pace at which the source scrapes.  What the placebos come to
 * is stored (STORE_PLACEBO_MS) and is what thresholds are frozen from when a run
 * starts.  A window that is under way is lost with a restart or a reload; the
 * record is not. */
#ifndef DAEMON_PLACEBOS_H
#define DAEMON_PLACEBOS_H

#include "analyzer/calibration.h"
#include "analyzer/routes.h"
#include "daemon/app.h"
#include "daemon/target.h"

enum { PLACEBOS_SHOWN_MS = 7 * 24 * 3600 * 1000 }; /* what the tally looks back on */

struct placebos;

/* Loop thread, all of it.  Nothing is sampled before placebos_configure(), which
 * takes up the app's present configuration. */
struct placebos *placebos_new(struct app *app);
void             placebos_free(struct placebos *p); /* NULL: nothing */
void             placebos_configure(struct placebos *p);

/* Thresholds for a run of this target that starts now; its use says where there
 * are none, and why. */
struct calibration_frozen placebos_freeze(struct placebos *p, const struct target *t,
                                          uint32_t attempt);

/* What has been usual for its routes until now; all zero where nothing is known. */
struct routes placebos_routes(const struct placebos *p, const struct target *t);

#endif
