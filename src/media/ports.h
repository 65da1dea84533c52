/* media/ports.h - which port pairs are free, used or resting.  Pure: no
 * sockets, no clock.
 *
 * A pair is an even port (RTP) and the odd one above it (RTCP; RFC 3550 11).
 * Free pairs are drawn in random order, so that a port is hard to guess, and
 * a pair that was given back rests for a while, so that late packets of the
 * old call do not reach the next one.  Every operation is O(1). */
#ifndef B2BUA_MEDIA_PORTS_H
#define B2BUA_MEDIA_PORTS_H

#include "base/util.h"

struct ports;

/* The pairs that lie wholly within min..max: none in a range like 10..10 or
 * 11..12.  seed 0: order from the kernel's random numbers. */
struct ports *ports_create(uint16_t min, uint16_t max, unsigned quarantine_ms,
                           uint64_t seed);
void ports_destroy(struct ports **pp); /* NULL-safe */

/* Takes a free pair; *rtp is its even port.  -EADDRNOTAVAIL: none is free
 * at now_ms. */
int ports_take(struct ports *p, int64_t now_ms, uint16_t *rtp);
/* Gives a taken pair back; it rests from now_ms on. */
void ports_give(struct ports *p, uint16_t rtp, int64_t now_ms);
/* Gives back a pair that was never used: free again at once. */
void ports_untake(struct ports *p, uint16_t rtp);

/* Pairs that have rested until now_ms are free; ports_take() does it too. */
void ports_age(struct ports *p, int64_t now_ms);

struct ports_count {
	size_t used, free, quarantined;
};
/* As of the last ports_take() or ports_age(). */
struct ports_count ports_count(const struct ports *p);

#endif
