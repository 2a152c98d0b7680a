/* sim_server.h - a world behind real ports: scrapes, steering, discovery. */
#ifndef MESHSIM_SIM_SERVER_H
#define MESHSIM_SIM_SERVER_H

#include "tests/meshsim/sim_http.h"

struct sim_server {
    struct sim_world *world; /* borrowed; outlives the server */
    const char       *address;
    const char       *ports_file, *targets_file; /* NULL: not written */
    bool              steered;                   /* has a control port: */
    uint16_t          control_port;              /* 0: the kernel chooses */
    struct sim_http  *http;
    uint64_t          topology; /* of the world, as last published */
};

/* The members up to control_port are set; opens all ports and writes the
 * files.  Call sim_server_close() also after a failure. */
enum status sim_server_open(struct sim_server *s, struct err *err) MUST_CHECK;
void        sim_server_close(struct sim_server *s);

/* Open ports of new pods, close those of gone ones, write the files anew; does
 * nothing while nobody came or went.  Ports of pods that are down stay open,
 * so that no other process can take them, and hang up on who calls. */
enum status sim_server_publish(struct sim_server *s, struct err *err) MUST_CHECK;

#endif
