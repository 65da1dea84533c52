/* b2bua/leg_media.h - what documents say of the media of a leg. */
#ifndef B2BUA_LEG_MEDIA_H
#define B2BUA_LEG_MEDIA_H

struct device;
struct gateway;

#include <stdbool.h>

/* media.bypass_media: its media may go past us, if the other side's may. */
bool leg_media_may_bypass(const struct device *d);
bool leg_media_gateway_may_bypass(const struct gateway *g);
/* One reference for the caller; NULL: any codec. */
struct codecs *leg_media_codecs_of_device(const struct device *d);
/* Its own, else its carrier's. */
struct codecs *leg_media_codecs_of_gateway(const struct gateway *g);

#endif
