/* b2bua/codec_list.h - the codecs that documents allow on a leg. */
#ifndef B2BUA_CODEC_LIST_H
#define B2BUA_CODEC_LIST_H

struct device;
struct gateway;

/* One reference for the caller; NULL: any codec. */
struct codecs *codec_list_of_device(const struct device *d);
/* Its own, else its carrier's. */
struct codecs *codec_list_of_gateway(const struct gateway *g);

#endif
