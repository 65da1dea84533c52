/* media/udp.h - the sockets of a port pair. */
#ifndef B2BUA_MEDIA_UDP_H
#define B2BUA_MEDIA_UDP_H

#include "base/addr.h"

/* A bound, non-blocking UDP socket, marked for expedited forwarding.
 * ip: bind there; unset: any address of the family.  The descriptor, or
 * -errno: -EADDRINUSE, -EAFNOSUPPORT when ip is of the other family, ... */
int udp_open(const struct addr *ip, bool is_v6, uint16_t port);

/* rtp on fds[0], rtp + 1 on fds[1]; 0 or -errno and both closed. */
int udp_open_pair(int fds[2], const struct addr *ip, bool is_v6, uint16_t rtp);

#endif
