/* answerhead.h - the headers of an answer, by what it is. */
#ifndef WEBHOOKS_ANSWERHEAD_H
#define WEBHOOKS_ANSWERHEAD_H

#include "webhooks/gates.h"

#include <microhttpd.h>

/* false: without memory; the answer must not be sent half. */
bool answerhead_add(struct MHD_Response *r, const struct answer *a, bool close) MUST_CHECK;

/* For pages of another origin that may ask (cors.h). */
bool answerhead_add_cors(struct MHD_Response *r, const struct gates *g,
                         const struct request *req) MUST_CHECK;

#endif
