/* guard/filter.h - the banned as a classic BPF program, to be attached to our
 * own sockets: the kernel drops their packets before we are woken.  Needs no
 * privilege.  (linux/filter.h's instructions; socket(7) SO_ATTACH_FILTER) */
#ifndef B2BUA_GUARD_FILTER_H
#define B2BUA_GUARD_FILTER_H

#include <linux/filter.h>
#include <stddef.h>
#include "guard/source.h"

#define FILTER_MAX BPF_MAXINSNS

struct filter {
	struct sock_filter code[FILTER_MAX];
	size_t len;
	size_t taken; /* how many of the sources are in it */
};

/* As many of the sources as there is room for in `most` instructions, from
 * the first on; the order of `s` is changed. */
void filter_build(struct filter *out, struct source *s, size_t n, size_t most);

#endif
