/* config/config.h - the configuration file (libconfig), read into one const
 * struct.  Keys, defaults and meaning: b2bua.conf(5). */
#ifndef B2BUA_CONFIG_CONFIG_H
#define B2BUA_CONFIG_CONFIG_H

#include <stdbool.h>
#include "base/addr.h"
#include "base/diag.h"
#include "base/log.h"
#include "base/net.h"

enum conf_transport { CONF_UDP, CONF_TCP, CONF_TLS };
enum conf_class { CONF_REGISTER, CONF_INVITE, CONF_REST };
#define CONF_CLASSES 3
enum conf_digest { CONF_MD5, CONF_SHA256, CONF_SHA512_256 };
#define CONF_DIGESTS 3

struct conf_listen {
	char *uri;                /* owned; as written */
	enum conf_transport transport;
	struct addr addr;         /* with port */
};

struct config {
	char *path;               /* owned; of the file itself */
	struct {
		struct conf_listen *listen; /* owned */
		size_t n_listen;
		char *advertise;  /* owned; host[:port], "" when none */
		unsigned max_calls;
		unsigned max_ring_time_s;
		unsigned session_expires_s;     /* 0: not asked for */
		unsigned min_session_expires_s;
		bool diversion;   /* Diversion of forwarded calls */
		unsigned t1_ms;   /* SIP T1, 500 */
		/* without a registration; 0: no limit */
		unsigned max_connections, max_connections_per_source;
		char *nameservers; /* owned; "ip[:port],..."; "": resolv.conf */
		unsigned connect_s;      /* for a sign of a next hop */
		unsigned hold_down_s;    /* dead next hops; 0: none */
		unsigned max_unanswered; /* of one next hop; 0: no limit */
		/* challenges, in the order they are sent */
		enum conf_digest digest[CONF_DIGESTS];
		size_t n_digest;
	} sip;
	struct {
		struct addr address;   /* unset: any */
		struct addr advertise; /* unset: none */
		uint16_t port_min, port_max;
		unsigned threads;      /* 0: one a core */
		unsigned timeout_s;    /* 0: never */
	} media;
	struct {
		unsigned min_expires_s, default_expires_s, max_expires_s;
		unsigned max_contacts;
		unsigned keepalive_s;  /* 0: none */
		char *database;        /* owned; absolute or relative to cwd */
	} registrar;
	struct {
		struct net *trusted;   /* owned */
		size_t n_trusted;
		/* requests a second, by enum conf_class: of a stranger (and
		 * how many at once), of all strangers; 0: no limit */
		unsigned rate[CONF_CLASSES], burst[CONF_CLASSES];
		unsigned all[CONF_CLASSES];
		unsigned sources, pending;
		unsigned known_s;      /* no limits so long after a proof */
		unsigned ban_score;    /* 0: no bans but by hand */
		unsigned ban_forget_s, ban_time_s, max_bans;
		unsigned lag_ms;       /* 0: no limit */
		unsigned memory_mb;    /* 0: no limit */
	} guard;
	struct {                  /* what a gateway's document leaves open */
		unsigned options_interval_s; /* 0: none */
		unsigned options_failures, options_successes;
		unsigned timeout_s; /* of REGISTER, OPTIONS at an address */
		unsigned expires_s, retry_min_s, retry_max_s;
		unsigned channels, cps; /* 0: no limit */
	} trunks;
	struct {                  /* how a number finds its carrier */
		char *zone;        /* owned; of this server, a flag */
		/* digits taken from the caller; max and fixed 0: none */
		unsigned shortdial_min, shortdial_max, shortdial_fixed;
		bool honors_diversions; /* cid_rules on who diverted */
	} carriers;
	struct {
		char *certificate, *key, *ca; /* owned; "" when none */
		bool verify_client, verify_server;
	} tls;
	struct {                  /* HTTP servers of pivot and webhook */
		/* at a time, and those that wait for their turn */
		unsigned max_transfers, max_transfers_of_host, max_waiting;
		unsigned max_answer;  /* bytes */
		unsigned connect_s, max_redirects;
		unsigned pivot_timeout_s, webhook_timeout_s;
		char *ca;          /* owned; "": the system's */
		struct net *denied; /* owned */
		size_t n_denied;
	} http;
	struct {
		unsigned min_expires_s, max_expires_s;
		unsigned max_subscriptions; /* of one device */
		unsigned notify_interval_ms;
	} presence;
	char *directory, *cdr, *control; /* owned; paths, resolved */
	unsigned drain_s;         /* how long SIGTERM waits for calls */
	struct {
		enum log_level level;
		enum log_format format;
	} log;
};

/* 0, or -EINVAL/-ENOENT/... with every fault in `why` as
 * "file:line: key: what is wrong".
 *
 * Not config_load(): libconfig exports config_destroy() and calls its own
 * through the dynamic linker, which would find ours instead. */
int conf_load(struct config **out, const char *path, struct diag *why);
void conf_destroy(struct config **cp); /* NULL-safe */

#endif
