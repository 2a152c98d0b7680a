#include "webhooks/eventsend.h"

#include "base/heap.h"

#include <stdlib.h>

enum { BLOCK_BYTES = 2 * EVENTSTREAM_EVENT_BYTES };

/* Lives as long as the response, which ends with its connection. */
struct sending {
    struct eventstream_reader *reader;
    struct httpconn           *conn;
};

static void
suspend(void *connection)
{
    MHD_suspend_connection(connection);
}

static void
resume(void *connection)
{
    MHD_resume_connection(connection);
}

/* Called when the library has got rid of what it was given before. */
static ssize_t
give(void *ctx, uint64_t pos, char *out, size_t max)
{
    struct sending *s = ctx;
    int64_t         now_ms = clock_mono_ms(&clock_system);
    ptrdiff_t       n;

    (void)pos;
    /* Asleep it has no limit of time; set before, since it may wake at once. */
    if (s->conn)
        httpconn_answering(s->conn, now_ms);
    n = eventstream_read(s->reader, out, max);
    if (n != 0 && s->conn)
        httpconn_sending(s->conn, now_ms);
    return n < 0 ? MHD_CONTENT_READER_END_OF_STREAM : (ssize_t)n;
}

static void
end(void *ctx)
{
    struct sending *s = ctx;

    eventstream_leave(s->reader);
    free(s);
}

struct MHD_Response *
eventsend_response(struct eventstream_reader **reader, struct MHD_Connection *connection,
                   struct httpconn *conn)
{
    struct sending                *s = heap_new(1, sizeof *s);
    const struct eventstream_sleep sleep = {
        .suspend = suspend, .resume = resume, .connection = connection};
    struct MHD_Response *r;

    *s = (struct sending){.reader = *reader, .conn = conn};
    *reader = NULL;
    eventstream_attach(s->reader, &sleep);
    r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, give, s, end);
    if (!r)
        end(s);
    return r;
}
