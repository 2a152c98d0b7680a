#include "webhooks/metricspage.h"

enum gates_when
metricspage_handle(const struct gates_call *c, struct answer *out)
{
    const struct port *port = c->g->port;

    if (!port->metrics) {
        gates_refuse(c->req, out, 404, "there are no metrics here", "");
        return GATES_NOW;
    }
    answer_plain(out, 200, "");
    out->type =
        port->metrics(port->self, c->req->accept, &out->body) ? ANSWER_OPENMETRICS : ANSWER_METRICS;
    return GATES_NOW;
}
