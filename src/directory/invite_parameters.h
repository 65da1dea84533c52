/* directory/invite_parameters.h - a gateway's invite_parameters: parameters of
 * the Request-URI. */
#ifndef B2BUA_DIRECTORY_INVITE_PARAMETERS_H
#define B2BUA_DIRECTORY_INVITE_PARAMETERS_H

#include "directory/facts.h"

/* Adds ";name=value" for each of them: the `static` ones as they are, the
 * `dynamic` ones as far as the call has such a fact.  parameters and f may be
 * NULL. */
void invite_parameters_write(struct buf *uri, const struct cJSON *parameters,
                             const struct call_facts *f);

#endif
