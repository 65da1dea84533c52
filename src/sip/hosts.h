/* sip/hosts.h - the hosts file (hosts(5)), read again when it changes.
 * c-ares would read it for every question and knows only the system's. */
#ifndef B2BUA_SIP_HOSTS_H
#define B2BUA_SIP_HOSTS_H

#include <stdbool.h>
#include "base/addr.h"

#define HOSTS_MAX_ADDRS 16 /* of a name; more are left out */

struct hosts;

/* path NULL: /etc/hosts.  One that is missing counts as empty. */
void hosts_create(struct hosts **out, const char *path);
void hosts_destroy(struct hosts **hp); /* NULL-safe */

/* name in lower case.  Its addresses without ports, in the order of the
 * file; valid until the next call.  NULL when it is not there. */
const struct addr *hosts_find(struct hosts *h, const char *name, size_t *n);

#endif
