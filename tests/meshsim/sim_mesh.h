/* sim_mesh.h - the same counts in the words of other meshes than Istio. */
#ifndef MESHSIM_SIM_MESH_H
#define MESHSIM_SIM_MESH_H

#include "base/text.h"
#include "tests/meshsim/sim_world.h"

/* STATUS_NOT_FOUND: there is no mesh of that name. */
enum status sim_mesh_find(struct slice name, enum sim_mesh *out) MUST_CHECK;

/* The exposition of a proxy of any mesh but Istio's two. */
void sim_mesh_write(const struct sim_world *w, const struct sim_proxy *p, struct text *out);

#endif
