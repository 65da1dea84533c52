/* b2bua/presence_priv.h - the insides of presence; for presence*.c and
 * publish.c only.
 *
 *   watcher ---> watched ---> link ---> line ---> use
 *   a phone's    "101" of     one of    a device  a leg of a call
 *   subscription an account   many
 */
#ifndef B2BUA_PRESENCE_PRIV_H
#define B2BUA_PRESENCE_PRIV_H

#include "b2bua/presence.h"
#include "base/hash.h"
#include "sip/presence_doc.h"
#include "sip/subscription.h"

#define WATCHED_LINES 16 /* devices that one number stands for */

enum package { PACKAGE_DIALOG, PACKAGE_PRESENCE, PACKAGE_SUMMARY, PACKAGES };

struct use { /* a call of a line */
	struct line *line;      /* borrowed; NULL: shown no more */
	char id[24];
	bool is_recipient;
	enum doc_dialog_state state;
	char *remote_name, *remote_uri; /* owned; NULL: not to be told */
	/* owned; its dialog as the phone has it, for who picks it up by
	 * Replaces (RFC 3891); NULL: not yet */
	char *call_id, *local_tag, *remote_tag;
	struct timer forget;    /* once it is terminated */
	struct use *prev, *next;/* line->uses */
};

struct line { /* a device that is watched, watches, or is in a call */
	struct presence *presence; /* borrowed */
	char *key, *uri, *aor;  /* owned; aor NULL: it never registers */
	struct use *uses;       /* owned when terminated, else their call's */
	struct link *links;     /* who looks at it */
	size_t n_subscriptions; /* its own */
	bool is_registered, is_stale;
	struct {
		char etag[17];  /* "": none */
		bool is_closed;
		struct timer expiry;
	} published;
	UT_hash_handle hh, by_aor;
};

struct shown { /* by hand: lamps.c */
	char *key;              /* owned; as that of a watched */
	enum lamp_state state;  /* not idle */
	UT_hash_handle hh;
};

struct link {
	struct line *line;
	struct watched *watched;
	struct link *prev, *next; /* line->links */
};

struct watched { /* a number or a name that somebody watches */
	char *key, *account_id, *user, *uri; /* owned */
	struct link links[WATCHED_LINES];
	size_t n_links;
	struct watcher *watchers;
	enum lamp_state lamp;   /* set by hand */
	bool is_open;           /* as told last */
	const char *note;       /* a literal */
	UT_hash_handle hh;
};

#define WATCHER_MAGIC 0x3a7c4u
struct watcher { /* a subscription */
	unsigned magic;
	struct presence *presence; /* borrowed */
	struct subscription *subscription; /* owned until it ends */
	enum package package;
	struct line *by;        /* whose it is */
	char *account_id, *device_id; /* owned */
	struct watched *watched;/* NULL: message-summary */
	struct watcher *prev, *next; /* watched->watchers or p->summaries */
};

struct presence {
	struct server *server;  /* borrowed */
	struct subscription_conf conf[PACKAGES];
	struct line *lines, *lines_by_aor;
	struct watched *watched;
	struct shown *shown;    /* owned; by key */
	struct watcher *summaries;
	struct timer recheck;   /* of lines whose bindings changed */
	struct presence_gauges gauges;
};

/* presence_lines.c */
struct line *line_of(struct presence *p, const struct device *d);
void line_drop(struct line *l); /* frees it when nobody needs it */
void line_watch(struct line *l, struct link *link);
void line_unwatch(struct link *link);
bool line_is_open(const struct line *l);
void line_recheck(struct line *l); /* is it registered? */
void line_clear_uses(struct presence *p);

/* presence.c */
void watched_changed(struct watched *w);

/* lamps.c */
enum lamp_state lamp_of(const struct presence *p, const char *key);
/* Does a callflow of the account name it, or has it been set? */
bool lamp_exists(const struct account *a, const struct watched *w);
void lamps_clear(struct presence *p);

/* publish.c */
void line_unpublish(struct line *l);

#endif
