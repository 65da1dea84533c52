/* b2bua/hops.h - the next hops that are dead, or waited for, as b2buactl
 * shows them. */
#ifndef B2BUA_HOPS_H
#define B2BUA_HOPS_H

#include "admin/table.h"
#include "b2bua/server.h"

extern const char *const hop_columns[];
extern const size_t n_hop_columns;
void hops_list(const struct server *s, struct table *t);

#endif
