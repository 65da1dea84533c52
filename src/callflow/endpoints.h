/* callflow/endpoints.h - from devices, users, groups and lists of members to
 * the devices to ring.  Everything found is added to f->targets; what may not
 * be rung (disabled, do not disturb, the caller itself) is left out. */
#ifndef B2BUA_CALLFLOW_ENDPOINTS_H
#define B2BUA_CALLFLOW_ENDPOINTS_H

#include "callflow/plan.h"

struct wish { /* how an action or a member wants its devices rung */
	int delay_s;
	int timeout_s;             /* -1: not given; 0: none of its own */
	int weight;                /* 1..100, of weighted_random */
	const struct cJSON *props; /* can_call_self, static_invite, ...: the
	                              action's or the member's; may be NULL */
	bool is_group;             /* a ring group's member */
};

void endpoints_device(struct flow *f, const struct device *d,
                      const struct wish *w);
void endpoints_user(struct flow *f, const struct user *u,
                    const struct wish *w);
/* A user without any device may have a number to forward to. */
void endpoints_deskless(struct flow *f, const struct user *u,
                        const struct wish *w);
/* Is the device the user's at this moment, and may the user be rung? */
bool endpoints_is_theirs(const struct user *u, const struct device *d);
/* Tells who looks on when none of the user's phones may ring. */
void endpoints_watch_user(const struct flow *f, const struct user *u);
/* A group document: devices first, then each user's, each device once, never
 * the calling one. */
void endpoints_group(struct flow *f, const struct group *g);
/* The members of a ring group: a list of ids and objects.  In turn, the
 * members of a group among them go in the order of their weights. */
void endpoints_members(struct flow *f, const struct cJSON *members,
                       enum plan_order order);

#endif
