/* configtext.h - the shapes of text that a configuration may hold. */
#ifndef DAEMON_CONFIGTEXT_H
#define DAEMON_CONFIGTEXT_H

#include "base/err.h"
#include "base/slice.h"

/* err says what is wrong and what to write, without place and key.  A secret
 * in the text is not repeated. */
enum status configtext_plain(struct slice text, struct err *err) MUST_CHECK;
enum status configtext_name(struct slice text, struct err *err) MUST_CHECK;
enum status configtext_dns_label(struct slice text, struct err *err) MUST_CHECK;
enum status configtext_host(struct slice text, struct err *err) MUST_CHECK; /* "*." may lead */
enum status configtext_label_name(struct slice text, struct err *err) MUST_CHECK;
enum status configtext_url(struct slice text, struct err *err) MUST_CHECK;
enum status configtext_metric(struct slice text, struct err *err) MUST_CHECK;

/* What is scraped: a URL, or "host:port", "host:port/path" for one of http. */
enum status configtext_target(struct slice text, struct err *err) MUST_CHECK;

/* A numeric address and port, "127.0.0.1:8080" or "[::1]:8080", taken apart.
 * host is without brackets. */
enum status configtext_address(struct slice text, struct slice *host, uint16_t *port,
                               bool *loopback, struct err *err) MUST_CHECK;

/* A header that is neither ours to set nor a place for secrets. */
enum status configtext_header(struct slice name, struct slice value, struct err *err) MUST_CHECK;

/* "65536", "64KiB", "64MiB", "1GiB". */
enum status configtext_bytes(struct slice text, uint64_t *bytes) MUST_CHECK;

/* As much of a text from outside as an error repeats, so that what to do about
 * it still fits. */
struct slice configtext_shown(struct slice text);

#endif
