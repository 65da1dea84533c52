/* media/media_priv.h - what media.c and endpoint.c share. */
#ifndef B2BUA_MEDIA_MEDIA_PRIV_H
#define B2BUA_MEDIA_MEDIA_PRIV_H

#include "media/media.h"
#include "media/ports.h"
#include "media/relay.h"

struct seat { /* a relay thread and how many endpoints it has */
	struct relay *relay; /* owned */
	size_t n_endpoints;
};

struct media {
	struct addr address;  /* where endpoints bind; unset: any */
	struct ports *ports;  /* owned */
	struct seat *seats;   /* owned */
	unsigned n_seats;
	size_t n_endpoints;   /* alive */
};

#endif
