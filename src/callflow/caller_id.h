/* callflow/caller_id.h - which name and number a leg shows, by the documents
 * of who calls (Kazoo's kz_attributes).  Pure; what modules of the flow change
 * afterwards is call_data.h's.  doc/callflows.md, "Caller id". */
#ifndef B2BUA_CALLFLOW_CALLER_ID_H
#define B2BUA_CALLFLOW_CALLER_ID_H

#include "directory/directory.h"

/* What holds for a device's calls, or a user's without any (d NULL): as
 * device_settings(), and the owner's name when no internal one is given. */
void caller_id_settings(struct settings *out, const struct device *d,
                        const struct user *u);
/* The key that `caller_id_type` of an action names; one that is not known
 * counts as `default`. */
enum caller_id_kind caller_id_kind_of(const char *name);

struct caller_id_query {
	const struct settings *settings; /* caller_id_settings() */
	enum caller_id_kind kind;
	const char *number, *name; /* as they came by SIP; NULL: none */
	bool is_off_net;           /* to a carrier: privacy counts */
	bool is_emergency;         /* ... but not for this one */
};

struct caller_id_shown { /* strings borrowed from the query */
	char number[128];      /* "" when there is none */
	const char *name;      /* NULL when there is none */
	bool has_number;       /* of the documents, not as it came */
	bool hides_name, hides_number; /* "Anonymous", "anonymous" instead */
	bool asks_privacy;     /* both are shown, with Privacy: id */
	struct caller_id asserted; /* number NULL: nothing is asserted */
};
void caller_id_show(struct caller_id_shown *out,
                    const struct caller_id_query *q);

/* Who is called, for the caller's display: d NULL is a carrier. */
void caller_id_of_callee(struct caller_id *out, const struct device *d,
                         const struct settings *s, const char *dialled,
                         bool is_from_outside);

#endif
