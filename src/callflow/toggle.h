/* callflow/toggle.h - what the modules have in common that change a document
 * for who dialled a feature code.
 *
 * Kazoo answers the caller, changes the document, says so in a prompt and
 * goes on.  Here the document is changed first; then the caller is answered,
 * which is all that tells him that it is done, and the flow goes on. */
#ifndef B2BUA_CALLFLOW_TOGGLE_H
#define B2BUA_CALLFLOW_TOGGLE_H

#include "callflow/module.h"

/* `action`: activate, deactivate, toggle.  False, with a warning, when it is
 * none of them. */
bool toggle_action(struct flow *f, const char *action, enum change_to *out);
/* Whose document; false when there is no such. */
bool toggle_user(struct change_request *out, const struct user *u);
bool toggle_device(struct change_request *out, const struct device *d);
/* MOVE_STEP */
enum move toggle_step(struct flow *f, const struct change_request *c);
/* Nobody has such a document: Kazoo says so in a prompt and stops. */
enum move toggle_nobody(struct flow *f);

#endif
