/* b2bua/phones.h - the phones of a plan that have several flows (RFC 5626):
 * one branch each, the other flows to be taken when one fails. */
#ifndef B2BUA_PHONES_H
#define B2BUA_PHONES_H

#include "call/call.h"
#include "registrar/registrar.h"

struct phone;

/* The one among the branches from `first` on that this binding leads to as
 * well; NULL: none, or it does not do outbound. */
struct phone *phones_find(struct phone *all, size_t first,
                          const struct binding *bind);
/* The binding's phone has this branch. */
void phones_add(struct phone **all, const struct binding *bind, size_t branch);
void phone_add_way(struct phone *p, const struct call_way *way);
/* Tells the branches; they borrow. */
void phones_tell(const struct phone *all, struct call_branch *branches);
void phones_free(struct phone **all);

#endif
