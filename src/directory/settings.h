/* directory/settings.h - what an account, a user and a device may all say of
 * a device's calls, and what holds when several of them say it.
 *
 * Zero is "absent" throughout, so that of several documents the one that says
 * something wins.  The rows of `settings_fields` name each member with its
 * type, default, effect and the rule by which the three are merged; reading,
 * merging and doc/documents.md all go by them. */
#ifndef B2BUA_DIRECTORY_SETTINGS_H
#define B2BUA_DIRECTORY_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

struct device;
struct account;
struct rule;

enum setting { SETTING_ABSENT, SETTING_OFF, SETTING_ON };
typedef unsigned char setting_t; /* an enum setting */

/* What an absent switch means is the reader's business. */
static inline bool setting_is_on(setting_t s, bool absent)
{
	return s == SETTING_ABSENT ? absent : s == SETTING_ON;
}

struct strings { /* a list; never empty where there is one */
	size_t n;
	const char *v[];
};

struct call_forward { /* Kazoo: call_forward */
	const char *number;        /* without one there is no effect */
	setting_t is_enabled;      /* off */
	setting_t is_failover;     /* off */
	setting_t substitutes;     /* on; and so are the rest */
	setting_t keeps_caller_id;
	setting_t requires_keypress;
	setting_t ignores_early_media;
	setting_t is_direct_only;  /* off */
};

enum caller_id_kind {
	CALLER_ID_INTERNAL,
	CALLER_ID_EXTERNAL,
	CALLER_ID_EMERGENCY,
	CALLER_ID_ASSERTED,
	CALLER_ID_DEFAULT, /* of accounts */
	CALLER_ID_KINDS
};

struct caller_id {
	const char *name, *number;
	const char *realm; /* of CALLER_ID_ASSERTED */
};

/* caller_id_options.outbound_privacy; the names in its row, plus one */
enum privacy {
	PRIVACY_ABSENT,
	PRIVACY_FULL,
	PRIVACY_NAME,
	PRIVACY_NUMBER,
	PRIVACY_NONE,
	PRIVACY_YES,  /* as full */
	PRIVACY_KAZOO /* as full */
};
enum privacy_method {
	PRIVACY_METHOD_ABSENT,
	PRIVACY_METHOD_KAZOO, /* the default: "Anonymous" in From */
	PRIVACY_METHOD_SIP    /* Privacy: id (RFC 3323) */
};

enum restriction {
	RESTRICTION_INHERIT, /* or absent */
	RESTRICTION_DENY,
	RESTRICTION_ALLOW
};
#define RESTRICTION_CLOSED_GROUPS "closed_groups" /* beside the classes */

struct restrictions {
	size_t n;
	struct {
		const char *class;
		enum restriction action;
	} v[];
};

enum bypass { BYPASS_ABSENT, BYPASS_OFF, BYPASS_ON, BYPASS_AUTO };

struct settings {
	struct call_forward forward;  /* device, user */
	struct caller_id caller_id[CALLER_ID_KINDS];
	unsigned char privacy;        /* enum privacy */
	unsigned char privacy_method; /* enum privacy_method */
	setting_t ignores_completed_elsewhere; /* on */
	setting_t call_waiting;       /* on */
	setting_t is_dnd;             /* off */
	setting_t prefers_device_cid; /* account; off */
	unsigned char bypass_media;   /* enum bypass */
	setting_t ignores_early_media;
	setting_t enforces_security;
	setting_t fax;
	int progress_timeout_s;       /* 0: none */
	const struct strings *audio_codecs, *video_codecs;
	const struct strings *encryption; /* "srtp", "zrtp" */
	const struct restrictions *restrictions;
	const struct strings *flags, *dynamic_flags; /* outbound_flags */
	const char *ringtone_internal, *ringtone_external;
	const char *presence_id, *language, *music_on_hold;
};

/* Which of them wins; text of each: merge_rule_text(). */
enum merge_rule {
	MERGE_OWN,        /* nothing is merged */
	MERGE_OWNER,      /* the owner's, else the device's, else the account's */
	MERGE_DEVICE,     /* the device's, else the owner's, else the account's */
	MERGE_ANY,        /* on when one of them says so */
	MERGE_ALL,        /* lists: the account's, the owner's, the device's */
	MERGE_FORWARD,    /* the device's when it is enabled; else as OWNER */
	MERGE_CALLER_ID,  /* as OWNER; as DEVICE when the account prefers it */
	MERGE_EMERGENCY,  /* as DEVICE */
	MERGE_RESTRICTION /* settings_deny() */
};
const char *merge_rule_text(enum merge_rule r);

/* The three documents whose word counts for a device, any of which may be
 * NULL (nothing said). */
struct settings_of {
	const struct settings *account, *owner, *device;
};
struct settings_of settings_of(const struct device *d);
/* Everything but restrictions and flags, which are no single value: they
 * come out as NULL (settings_deny(), settings_of()). */
void settings_merge(struct settings *out, const struct settings_of *of);
/* The same for a device of a snapshot. */
void device_settings(const struct device *d, struct settings *out);

/* call_restriction: may the device call numbers of this class (or
 * RESTRICTION_CLOSED_GROUPS)?  A denial of the account, of one above it or of
 * the owner is final; the owner's "allow" goes before the device's word. */
bool settings_deny(const struct settings_of *of, const char *class);
bool device_is_denied(const struct device *d, const char *class);

extern const struct settings settings_none; /* nothing said */

#endif
