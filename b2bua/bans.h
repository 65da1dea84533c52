/* b2bua/bans.h - b2buactl bans, ban, unban. */
#ifndef B2BUA_BANS_H
#define B2BUA_BANS_H

#include "b2bua/server.h"

int bans_list(struct server *s, const struct control_command *c,
              struct buf *out);
int bans_add(struct server *s, const struct control_command *c,
             struct buf *out);
int bans_remove(struct server *s, const struct control_command *c,
                struct buf *out);

#endif
