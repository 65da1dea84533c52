/* b2bua/commands.h - what b2buactl can ask for. */
#ifndef B2BUA_COMMANDS_H
#define B2BUA_COMMANDS_H

#include "admin/control.h"

/* A control_fn; arg is the server. */
int commands_run(const struct control_command *c, struct buf *out, void *arg);

#endif
