/* callflow/reach.h - the phones that a number or a name stands for, when no
 * callflow is run: whom a MESSAGE goes to, whom a lamp key watches.  Pure. */
#ifndef B2BUA_CALLFLOW_REACH_H
#define B2BUA_CALLFLOW_REACH_H

#include "directory/directory.h"

/* A number whose callflow begins with a device or a user, or the user name of
 * a device of the account: its devices that may register, at most max.  The
 * number counts before the name.  -ENOENT: it stands for nobody. */
int callflow_reach(const struct device **out, size_t max, size_t *n,
                   const struct snapshot *s, const struct account *a,
                   const char *dialled);

#endif
