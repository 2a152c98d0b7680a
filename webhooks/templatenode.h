/* templatenode.h - reading values out of a manifest's tree, absent ones included. */
#ifndef WEBHOOKS_TEMPLATENODE_H
#define WEBHOOKS_TEMPLATENODE_H

#include "base/yaml.h"

/* By keys with dots between them; NULL where one is missing, empty or null. */
const struct yaml_node *templatenode_at(const struct yaml_node *from, const char *path);

/* Its text, empty where there is none. */
struct slice templatenode_text(const struct yaml_node *from, const char *path);

/* Whole numbers, as numbers or texts; absent where missing or none. */
int64_t templatenode_integer(const struct yaml_node *from, const char *path, int64_t absent);

bool templatenode_true(const struct yaml_node *from, const char *path);

/* A duration as Go's time.ParseDuration reads it, in ms; -1: missing or none. */
int64_t templatenode_duration_ms(const struct yaml_node *from, const char *path);

/* Whether the text has this in it. */
bool templatenode_has(struct slice text, const char *part);

/* "Rollout reviews": kind and name. */
const char *templatenode_object(struct arena *a, const struct yaml_node *document);

#endif
