/* Real ports, one thread: the test is the client and turns the server's crank. */
#include "tests/unit/meshsim/mesh.h"

#include "tests/meshsim/sim_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CRANKS_MAX = 2000 }; /* of at most 10 ms */

static int
dial(uint16_t port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    int                fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
        return fd;
    assert_int_equal(errno, ECONNREFUSED);
    close(fd);
    return -1;
}

/* Send a request, crank until the connection ends; what came, "" for nothing. */
static void
fetch(struct sim_server *s, uint16_t port, const char *request, struct text *out)
{
    int  fd = dial(port);
    char head[512];
    int  n =
        snprintf(head, sizeof head, "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", request);

    text_init(out, 64 << 20);
    assert_true(fd >= 0);
    assert_int_equal(send(fd, head, (size_t)n, MSG_NOSIGNAL), n);
    for (int i = 0; i < CRANKS_MAX; i++) {
        char    chunk[65536];
        ssize_t got;

        sim_http_wait(s->http, 10);
        sim_http_serve(s->http);
        while ((got = recv(fd, chunk, sizeof chunk, MSG_DONTWAIT)) > 0)
            text_put(out, (struct slice){chunk, (size_t)got});
        if (got == 0 || errno != EAGAIN) {
            close(fd);
            /* The server notices the end of the answer in its next turn. */
            sim_http_wait(s->http, 0);
            sim_http_serve(s->http);
            return;
        }
    }
    fail_msg("no end of the answer to %s", request);
}

static void
begin(struct mesh *m, struct sim_server *s, const char *yaml)
{
    struct err err = {0};

    mesh_begin(m, yaml, 1);
    *s = (struct sim_server){.world = m->world, .address = "127.0.0.1", .steered = true};
    if (sim_server_open(s, &err))
        fail_msg("%s", err.text);
}

static void
end(struct mesh *m, struct sim_server *s)
{
    sim_server_close(s);
    mesh_end(m);
}

static const char scenario[] = MESH_SCENARIO("requests_per_second: 200", "", "");

static void
test_scrape(void **state)
{
    struct mesh       m;
    struct sim_server s;
    struct sim_proxy *p;
    struct text       got, want;

    (void)state;
    begin(&m, &s, scenario);
    mesh_advance(&m, 10);
    p = m.world->proxies.at[0];
    fetch(&s, p->port, "GET /stats/prometheus", &got);
    assert_true(slice_starts(text_slice(&got), "HTTP/1.1 200 OK\r\n"));
    mesh_expose(&m, 0, &want);
    assert_non_null(strstr(got.p, "\r\n\r\n"));
    assert_string_equal(strstr(got.p, "\r\n\r\n") + 4, want.p);
    text_release(&want);
    text_release(&got);
    assert_int_equal(p->scrapes, 1);
    /* All of it was shown: nothing is lost if the pod ends now. */
    sim_world_restart(m.world, p, 0);
    check_close((double)mesh_row(&m, SIM_SIDE_DESTINATION, 0, 200, "-").unscraped.requests, 0, 0);
    fetch(&s, p->port, "GET /stats/prometheus", &got);
    assert_false(mesh_has(text_slice(&got), "istio_requests_total{"));
    text_release(&got);
    fetch(&s, p->port, "GET /metrics", &got);
    assert_true(slice_starts(text_slice(&got), "HTTP/1.1 404 "));
    text_release(&got);
    end(&m, &s);
}

static void
test_down_and_gone(void **state)
{
    struct mesh       m;
    struct sim_server s;
    struct sim_proxy *p;
    struct err        err = {0};
    struct text       got;
    uint16_t          port;

    (void)state;
    begin(&m, &s, scenario);
    p = m.world->proxies.at[0];
    port = p->port;
    sim_world_restart(m.world, p, 5000000);
    assert_int_equal(sim_server_publish(&s, &err), STATUS_OK);
    fetch(&s, port, "GET /stats/prometheus", &got);
    assert_int_equal(got.n, 0); /* hung up on */
    text_release(&got);
    mesh_advance(&m, 6);
    assert_int_equal(sim_server_publish(&s, &err), STATUS_OK);
    assert_int_equal(p->port, port);
    fetch(&s, port, "GET /stats/prometheus", &got);
    assert_true(slice_starts(text_slice(&got), "HTTP/1.1 200 OK\r\n"));
    text_release(&got);
    assert_int_equal(sim_world_kill(m.world, p, true, &err), STATUS_OK);
    assert_int_equal(sim_server_publish(&s, &err), STATUS_OK);
    assert_int_equal(dial(port), -1);
    p = m.world->proxies.at[m.world->proxies.n - 1];
    assert_true(p->port != 0);
    fetch(&s, p->port, "GET /stats/prometheus", &got);
    assert_true(slice_starts(text_slice(&got), "HTTP/1.1 200 OK\r\n"));
    text_release(&got);
    end(&m, &s);
}

static void
test_control(void **state)
{
    struct mesh       m;
    struct sim_server s;
    struct text       got;

    (void)state;
    begin(&m, &s, scenario);
    fetch(&s, s.control_port, "POST /weight?service=reviews&version=v2&percent=25", &got);
    assert_true(slice_starts(text_slice(&got), "HTTP/1.1 200 OK\r\n"));
    check_close(m.world->services[0].percent[1], 25, 0);
    text_release(&got);
    fetch(&s, s.control_port,
          "POST /behave?service=reviews&version=v2&a=1&b=1&c=1&d=1&e=1&f=1&g=1&h=1&i=1&j=1&k=1&l=1"
          "&m=1&n=1&o=1&p=1&q=1&r=1&s=1&t=1&u=1&v=1&w=1",
          &got);
    assert_true(slice_starts(text_slice(&got), "HTTP/1.1 422 "));
    text_release(&got);
    end(&m, &s);
}

static void
check_file(const char *file, const char *part)
{
    char   body[16384];
    FILE  *f = fopen(file, "re");
    size_t n;

    assert_non_null(f);
    n = fread(body, 1, sizeof body - 1, f);
    fclose(f);
    body[n] = 0;
    if (!strstr(body, part))
        fail_msg("%s lacks %s: %s", file, part, body);
}

/* file_sd: the labels a scrape adds, none of which Istio's series have. */
static void
test_files(void **state)
{
    char              directory[] = "/tmp/meshsim-test-XXXXXX", ports[64], targets[64], part[128];
    struct mesh       m;
    struct sim_server s = {.address = "127.0.0.1"};
    struct err        err = {0};

    (void)state;
    assert_non_null(mkdtemp(directory));
    snprintf(ports, sizeof ports, "%s/ports.json", directory);
    snprintf(targets, sizeof targets, "%s/targets.json", directory);
    mesh_begin(
        &m,
        MESH_SCENARIO("requests_per_second: 1", ", labels: {pod_template_hash: 5c5f6d9b7d}", ""),
        1);
    s.world = m.world;
    s.ports_file = ports;
    s.targets_file = targets;
    assert_int_equal(sim_server_open(&s, &err), STATUS_OK);
    snprintf(part, sizeof part, "{\"targets\":[\"127.0.0.1:%u\"],\"labels\":{",
             m.world->proxies.at[0]->port);
    check_file(targets, part);
    check_file(targets, "\"pod\":\"reviews-v1-5c5f6d9b7d-0\",\"namespace\":\"default\","
                        "\"app\":\"reviews\",\"version\":\"v1\"");
    check_file(targets, "\"rollouts_pod_template_hash\":\"5c5f6d9b7d\"");
    snprintf(part, sizeof part, "\"port\":%u}", m.world->proxies.at[4]->port);
    check_file(ports, part);
    sim_server_close(&s);
    mesh_end(&m);
    assert_int_equal(unlink(ports), 0);
    assert_int_equal(unlink(targets), 0);
    assert_int_equal(rmdir(directory), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scrape),
        cmocka_unit_test(test_down_and_gone),
        cmocka_unit_test(test_control),
        cmocka_unit_test(test_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
