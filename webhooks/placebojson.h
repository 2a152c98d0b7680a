/* placebojson.h - what placebo canaries have shown, in words and numbers. */
#ifndef WEBHOOKS_PLACEBOJSON_H
#define WEBHOOKS_PLACEBOJSON_H

#include "analyzer/record.h"
#include "base/jsonout.h"

enum { PLACEBOJSON_MAX_PODS = 256 }; /* the placebos of more are counted together as "other" */

/* How a run's thresholds came about: {"use","message"}; whole: and "placebos",
 * "rolled_back", and where thresholds are used "windows", "from", "to" and
 * "limits", one for each statistic, evidence as told elsewhere. */
void placebojson_frozen(struct jsonout *j, const char *key, const struct calibration_frozen *f,
                        bool whole);

struct placebojson_pod {
    char                     name[INTERVAL_NAME_BYTES];
    struct calibration_tally tally;
    double                   most; /* of log min(GM, R_15) */
};

/* Start it as {0}; about 70 KiB: keep it off small stacks. */
struct placebojson {
    int64_t                  from_ms, to_ms;
    struct calibration_tally tally;
    uint32_t                 n;
    struct placebojson_pod   pods[PLACEBOJSON_MAX_PODS + 1];
};

/* In rising order of time. */
void placebojson_add(struct placebojson *p, const struct record_placebo *row);

/* {"service","namespace","from","to","message","placebos","rolled_back","pods":[
 * {"pod","placebos","rolled_back","evidence"}]} into an empty text.  evidence:
 * the most that a placebo which began with this pod came to. */
void placebojson_write(struct text *out, const struct placebojson *p, const char *ns,
                       const char *service, int64_t since_ms, int64_t now_ms);

#endif
