/* registrar/registrar_impl.h - what registrar.c and apply.c share. */
#ifndef B2BUA_REGISTRAR_REGISTRAR_IMPL_H
#define B2BUA_REGISTRAR_REGISTRAR_IMPL_H

#include "registrar/bindings.h"

#define REGISTRAR_MAX_AOR 512

struct registrar {
	struct registrar_conf conf;
	struct registrar_ops ops;
	void *arg;           /* borrowed */
	struct bindings *table; /* owned */
};

struct aor *registrar_find(struct registrar *r, const char *aor);
/* The entry that a contact would refresh; NULL when it is a new one. */
struct entry *registrar_match(const struct aor *a, const char *contact,
                              const char *instance, unsigned reg_id);
/* Could it have come from a request? */
bool registrar_is_sane(const struct binding *b);
void registrar_drop(struct registrar *r, struct entry *e); /* tells removed() */
size_t registrar_drop_all(struct registrar *r, struct aor *a);

#endif
