/* directory/directory.h - all documents of all accounts, loaded, validated
 * and indexed: one immutable, reference-counted snapshot.
 *
 * What each field means: doc/documents.md.  A struct here holds the fields
 * that decide a call; the whole document stays at hand as a cJSON tree for
 * the modules that need more of it (this folder and src/callflow only, so
 * the tree is a void-like opaque pointer to everybody else), or as text that
 * becomes one.
 *
 * What feature codes change (rewrite.h) is seen at once: a document's
 * `settings`, `flow` and text are then others.  Those of before live until
 * the last reference goes that somebody took while they were seen.
 *
 * Every pointer reached from a snapshot is borrowed from it and lives until
 * its last reference goes.  All look-ups are hash look-ups: their cost does
 * not grow with the number of documents.  Only the signalling thread touches
 * snapshots, so the reference count is a plain integer. */
#ifndef B2BUA_DIRECTORY_DIRECTORY_H
#define B2BUA_DIRECTORY_DIRECTORY_H

#include <stdbool.h>
#include "base/addr.h"
#include "base/diag.h"
#include "directory/settings.h"

struct cJSON;
struct rule;        /* rule.h */
struct number_plan; /* number.h works with these two */
struct plan_rules;
struct snapshot;
struct account;
struct formatters;  /* formatter.h */
struct pattern_index; /* patterns.h */

/* device.sip.invite_format */
enum invite_format {
	INVITE_CONTACT, /* the registered contact: the default */
	INVITE_USERNAME,
	INVITE_E164,
	INVITE_NPAN,
	INVITE_1NPAN,
	INVITE_STRIP_PLUS,
	INVITE_ROUTE
};

struct user {
	const char *id, *name; /* name: "First Last"; here and below the id
	                          when the document has none */
	const struct account *account;
	bool is_enabled;
	bool is_dnd;             /* do_not_disturb.enabled */
	const struct plan_rules *dial_plan; /* NULL when absent */
	const struct device **devices; /* those it owns, by id ascending */
	size_t n_devices;
	const struct settings *settings; /* its own word; never NULL */
	const struct formatters *formatters; /* its own; NULL: none */
	const char *text;             /* see user_doc() */
	const char *file;             /* its name, when not ID.json */
};

struct device {
	const char *id, *name;
	const struct account *account;
	const struct user *owner;     /* NULL: nobody */
	bool is_enabled;              /* its own `enabled` only */
	bool is_dnd;
	const char *username, *password; /* sip.*; NULL when absent */
	const char *realm;            /* sip.realm, else the account's */
	bool is_by_ip;                /* sip.method == "ip" */
	struct addr ip;               /* sip.ip, port 0; unset when absent */
	enum invite_format invite_format;
	const char *number, *route, *static_route, *static_invite; /* sip.* */
	const char *transport;        /* sip.transport: "udp" "tcp" "tls" */
	const char *proxy, *forward;  /* sip.* */
	const struct plan_rules *dial_plan; /* NULL when absent */
	bool ignores_early_media;     /* media.ignore_early_media */
	int progress_timeout_s;       /* media.progress_timeout; 0: none */
	/* its own word, never NULL; what holds: device_settings() */
	const struct settings *settings;
	const struct formatters *formatters; /* its own; NULL: none */
	const struct cJSON *sip_headers;     /* sip.custom_sip_headers; NULL */
	const char *owner_id;         /* as it stands there */
	const char *mac;              /* mac_address, its 12 digits */
	const struct strings *guests; /* hotdesk.users: theirs it is while there
	                                 are any, not its owner's; NULL: none */
	const char *text;             /* see device_doc() */
	const char *file;             /* its name, when not ID.json */
};

enum member_type { MEMBER_ANY, MEMBER_DEVICE, MEMBER_USER, MEMBER_GROUP };

struct group_member {
	const char *id;
	enum member_type type;
	int delay_s, timeout_s, weight; /* -1 when absent */
};

struct group {
	const char *id, *name;
	const struct account *account;
	const struct group_member *members; /* in document order */
	size_t n_members;
	const struct cJSON *doc;
};

/* What stands in From of calls to a carrier: those of a gateway
 * before those of its resource. */
struct from_format {
	bool is_wanted;        /* format_from_uri */
	const char *realm;     /* from_uri_realm; NULL: none */
	bool is_account_realm; /* from_account_realm */
};

struct gateway {
	const char *name;       /* "resource id/index", for logs and records */
	bool is_enabled;
	const char *server;     /* host name or address */
	uint16_t port;          /* 0: not given (5060, or SRV) */
	const char *prefix, *suffix; /* never NULL */
	const char *route;      /* fixed URI; NULL when absent */
	enum invite_format invite_format; /* INVITE_ROUTE by default */
	const char *username, *password, *realm; /* NULL when absent */
	const char *transport;  /* "udp" "tcp" "tls", NULL when absent */
	bool force_port;
	bool is_emergency;      /* its carrier's unless it says otherwise */
	struct from_format from; /* likewise */
	const char *caller_id_type; /* "pid", "rpid", "from"; NULL when
	                               absent */
	int connect_timeout_s;  /* 0: the server's */
	int progress_timeout_s; /* 8 by default */
	int answer_timeout_s;   /* 0: none */
	const char *proxy;      /* all its requests go through; a URI, NULL */
	/* a registration of ours there */
	bool registers;
	const char *auth_username; /* NULL: username */
	const char *from_realm; /* domain of what we register; NULL: server */
	const char *contact_user; /* of our Contact; NULL: drawn */
	const char *extension;  /* what its calls dial; NULL: as they say */
	int expires_s;          /* 0: the configuration's */
	/* here -1 is the configuration's, and 0 none */
	int channels;           /* calls at a time, both ways */
	int cps;                /* calls a second, to it */
	int options_interval_s;
	int options_failures, options_successes; /* 0: the configuration's */
	const struct cJSON *sip_headers; /* custom_sip_headers; NULL */
	const struct cJSON *invite_parameters; /* NULL when absent */
	setting_t bypasses_media; /* its carrier's unless it says so */
	const struct strings *codecs; /* the only ones; NULL: its carrier's */
	const struct resource *resource;
	const struct cJSON *doc;
};

/* A carrier for the numbers of one class, instead of by its rules. */
struct resource_class {
	const char *name;           /* "did_us" */
	bool is_enabled;
	bool is_emergency;
	struct rule *rule;          /* NULL: the class's own expression */
	const char *prefix, *suffix; /* NULL: the gateway's */
	int weight_cost;
};

struct resource { /* a carrier */
	const char *id, *name;
	const struct account *account; /* NULL: a global one */
	bool is_enabled, is_emergency;
	bool requires_flags, ignores_flags;
	bool is_random;                /* gateway_strategy "random" */
	bool allows_transfer;          /* it may send REFER */
	int weight_cost;               /* 1..100, 50 by default */
	struct from_format from;
	const struct formatters *formatters; /* NULL: none */
	const struct strings *audio_codecs, *video_codecs; /* NULL: any */
	setting_t bypasses_media; /* off */
	struct rule **rules;           /* compiled, in document order */
	size_t n_rules;
	struct rule **cid_rules;       /* on the caller's number; none: any */
	size_t n_cid_rules;
	const struct resource_class *classes; /* any: never by its rules */
	size_t n_classes;
	const char *const *flags;      /* what it can do */
	size_t n_flags;
	const struct gateway *gateways;
	size_t n_gateways;
	const int *stop_codes;         /* SIP codes that end the hunt */
	size_t n_stop_codes;
	const struct cJSON *doc;
};

struct callflow {
	const char *id, *name;
	const struct account *account;
	bool is_no_match;           /* lists "no_match" */
	const struct cJSON *flow;   /* its root action */
	const struct cJSON *doc;
	const char *file;           /* its name, when not ID.json */
};

struct pattern { /* one expression of one callflow's `patterns` */
	const struct callflow *callflow;
	struct rule *rule;
};

struct limits { /* an account's limits.json; -1: no limit */
	bool is_enabled;
	int calls;                     /* all it has */
	int resource_consuming_calls;  /* those by global carriers */
	int inbound_trunks, outbound_trunks, twoway_trunks, burst_trunks;
	bool soft_inbound, soft_outbound; /* counted, not enforced */
};

struct account {
	const char *id, *name, *realm; /* realm lower case; NULL when absent */
	const char *folder;            /* its name */
	const struct account *parent;  /* NULL at the top (field `parent`) */
	bool is_enabled, is_dnd;
	const struct callflow *no_match; /* NULL when there is none */
	const struct pattern *patterns;  /* in load order */
	size_t n_patterns;
	const struct pattern_index *pattern_index; /* patterns.h; may be NULL */
	const struct callflow *preflow;  /* runs before every flow; NULL */
	const struct group **groups;
	size_t n_groups;
	const struct resource **resources; /* local ones, by id ascending */
	size_t n_resources;
	const struct limits *limits; /* NULL: none */
	struct number_plan *plan;   /* converters and dial_plan; see number.h */
	const struct settings *settings; /* its own word; never NULL */
	const struct formatters *formatters; /* its own; NULL: none */
	const struct cJSON *doc;
	struct account_index *index; /* owned; directory's own */
};

/* Loads `dir` (doc/documents.md gives its layout).  Returns 0 and a snapshot
 * with one reference when no document has a fault; else -EINVAL, with every
 * fault in `why`.  With `lenient`, documents with faults are left out and the
 * rest is returned (start-up without -t); faults are still recorded.
 * -ENOENT when dir cannot be read.  Warnings never refuse anything.  This may
 * run on a thread of its own (a large directory takes seconds), which then
 * hands the snapshot over. */
int snapshot_load(struct snapshot **out, const char *dir, bool lenient,
                  struct diag *why);
struct snapshot *snapshot_ref(struct snapshot *s);
void snapshot_unref(struct snapshot **sp); /* NULL-safe; clears *sp */
/* Keeps the documents, for who never asks what feature codes change: the
 * settings of devices and users, the actions of callflows. */
struct snapshot *snapshot_pin(struct snapshot *s);
void snapshot_unpin(struct snapshot **sp); /* NULL-safe; clears *sp */
/* When its last reference goes, fn gets it instead of snapshot_free(), which
 * may be called on any thread and takes milliseconds when it is large. */
typedef void snapshot_fn(struct snapshot *s, void *arg);
void snapshot_on_unused(struct snapshot *s, snapshot_fn *fn, void *arg);
void snapshot_free(struct snapshot *s);

struct snapshot_counts {
	size_t accounts, devices, users, groups, callflows, resources;
};
struct snapshot_counts snapshot_counts(const struct snapshot *s);

/* NULL when there is none. */
const struct account *snapshot_account(const struct snapshot *s,
                                       const char *id);
/* The device whose realm is `realm` and sip.username is `username`, both
 * compared without regard to case.  There is at most one. */
const struct device *snapshot_device_by_auth(const struct snapshot *s,
                                             const char *realm,
                                             const char *username);
/* True when some account or device uses this realm. */
bool snapshot_has_realm(const struct snapshot *s, const char *realm);
/* The realm of the only account; NULL when there are several or none. */
const char *snapshot_only_realm(const struct snapshot *s);
/* A device with sip.method "ip" and this address (its port is ignored). */
const struct device *snapshot_device_by_ip(const struct snapshot *s,
                                           const struct addr *a);
const struct resource *const *snapshot_resources(const struct snapshot *s,
                                                 size_t *n); /* global ones */
/* The account that owns a number: some callflow of it lists it in `numbers`,
 * after normalisation with that account's plan (the number is tried as given
 * and normalised).  Extensions shorter than 7 digits never match here: they
 * are private to their account. */
const struct account *snapshot_number_owner(const struct snapshot *s,
                                            const char *number,
                                            const struct callflow **flow);

const struct device *account_device(const struct account *a, const char *id);
/* All of an account's, in load order.  It looks at every document. */
typedef void device_fn(const struct device *d, void *arg);
void account_each_device(const struct snapshot *s, const struct account *a,
                         device_fn *fn, void *arg);
const struct user *account_user(const struct account *a, const char *id);
const struct group *account_group(const struct account *a, const char *id);
const struct callflow *account_callflow(const struct account *a,
                                        const char *id);
const struct callflow *account_callflow_by_number(const struct account *a,
                                                  const char *number);

/* Does an action of the account's callflows (manual_presence) show something
 * by this name? */
bool account_has_lamp(const struct account *a, const char *name);

/* The whole document, for what no member above says.  Only its text is kept,
 * so it is parsed when it is asked for the first time. */
const struct cJSON *device_doc(const struct device *d);
const struct cJSON *user_doc(const struct user *u);

/* May the device register, call and be called: it, its owner and its
 * account are all enabled. */
bool device_is_usable(const struct device *d);
/* do_not_disturb of device, owner or account. */
bool device_is_dnd(const struct device *d);

/* Every gateway of every enabled resource, for the table of carrier
 * addresses that ingress keeps. */
typedef void gateway_fn(const struct gateway *g, void *arg);
void snapshot_each_gateway(const struct snapshot *s, gateway_fn *fn, void *arg);

#endif
