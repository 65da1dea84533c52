/* directory/facts.h - what a document may say of a call by name: the dynamic
 * flags and parameters of a carrier, the macros in a header. */
#ifndef B2BUA_DIRECTORY_FACTS_H
#define B2BUA_DIRECTORY_FACTS_H

#include "base/buf.h"

struct cJSON;

struct call_facts { /* all borrowed; NULL: there is none */
	const char *zone;           /* of this server */
	const char *call_id;        /* ours */
	const char *account_id, *account_name, *account_realm;
	const char *authorizing_id; /* the device, or the carrier */
	const char *authorizing_type; /* "device", "resource" */
	const char *owner_id;       /* of the device */
	const char *username, *realm; /* of the device */
	const char *resource_id;    /* the carrier it came from */
	const char *resource_type;  /* "audio" */
	const char *dialled;        /* as it came */
	const char *number;         /* normalised */
	const char *caller_id_number, *caller_id_name;
	const struct cJSON *custom_sip_headers; /* of the action */
};

/* "zone", "account_id", "caller_id_number"; with Kazoo's prefix
 * "custom_channel_vars." or without; '-' and case make no difference.
 * "custom_sip_headers.NAME" is the action's header of that name.  NULL when
 * there is no such thing, or it is not known of this call. */
const char *call_fact(const struct call_facts *f, const char *name);
/* Adds text with what stands in braces replaced: {account_id}, {billing_id},
 * {caller_id_name}, {caller_id_number}.  Anything else in braces stays. */
void call_facts_expand(struct buf *out, const struct call_facts *f,
                       const char *text);

#endif
