/* media/quiet.h - the streams of a relay thread that send silence, and the
 * clock they do it by.  Used by that thread alone, once it runs. */
#ifndef B2BUA_MEDIA_QUIET_H
#define B2BUA_MEDIA_QUIET_H

#include "media/forward.h"

struct quiet;

/* Its clock is watched by epfd, with the struct itself as the event's data.
 * -errno from the system. */
int quiet_create(struct quiet **out, int epfd);
void quiet_destroy(struct quiet **qp); /* NULL-safe */
/* silence is taken over; NULL: s sends none any more. */
void quiet_set(struct quiet *q, struct stream *s, struct silence *silence);
/* The clock has struck. */
void quiet_tick(struct quiet *q, struct forward *f);

#endif
