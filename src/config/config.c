/* config/config.c - the configuration file: its keys, and reading it. */
#include "config/read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"

/* What holds where the file is silent; read by the same code. */
static const char presets[] =
	"sip = {\n"
	"  listen = [ \"sip:0.0.0.0:5060;transport=udp\",\n"
	"             \"sip:0.0.0.0:5060;transport=tcp\" ];\n"
	"  advertise = \"\"; max_calls = 10000; max_ring_time = 120;\n"
	"  session_expires = 1800; min_session_expires = 90; t1 = 500;\n"
	"  diversion = true;\n"
	"  max_connections = 5000; max_connections_per_source = 100;\n"
	"  connect_timeout = 4;\n"
	"  nameservers = \"\";\n"
	"  hold_down = 30; max_unanswered = 200;\n"
	"  digest = [ \"MD5\", \"SHA-256\", \"SHA-512-256\" ]; };\n"
	"media = { address = \"\"; advertise = \"\";\n"
	"  ports = [ 20000, 39999 ]; threads = 0; timeout = 60; };\n"
	"registrar = { min_expires = 60; default_expires = 600;\n"
	"  max_expires = 3600; max_contacts = 5; keepalive = 30;\n"
	"  database = \"b2bua.db\"; };\n"
	"guard = { trusted = [ \"127.0.0.0/8\", \"::1\" ];\n"
	"  register_rate = 10; register_burst = 100; all_registers = 1000;\n"
	"  invite_rate = 10; invite_burst = 50; all_invites = 500;\n"
	"  other_rate = 20; other_burst = 100; all_others = 1000;\n"
	"  sources = 65536; pending = 20000; known_for = 3600;\n"
	"  ban_score = 100; ban_forget = 600; ban_time = 600;\n"
	"  max_bans = 10000; lag = 200; memory = 0; };\n"
	"trunks = { options_interval = 0; options_failures = 3;\n"
	"  options_successes = 2; timeout = 4; expires = 600;\n"
	"  retry_min = 10; retry_max = 300; channels = 0; cps = 0; };\n"
	"carriers = { zone = \"local\"; shortdial_min = 2; shortdial_max = 5;\n"
	"  shortdial_fixed = 0; honor_diversions = false; };\n"
	"tls = { certificate = \"\"; key = \"\"; ca = \"\";\n"
	"  verify_client = false; verify_server = true; };\n"
	"http = { max_transfers = 200; max_transfers_of_host = 100;\n"
	"  max_waiting = 2000; max_answer = 65536;\n"
	"  connect_timeout = 5; max_redirects = 5;\n"
	"  pivot_timeout = 5; webhook_timeout = 10; ca = \"\";\n"
	"  deny = [ \"0.0.0.0/8\", \"127.0.0.0/8\", \"169.254.0.0/16\",\n"
	"           \"::/127\", \"fe80::/10\" ]; };\n"
	"presence = { min_expires = 60; max_expires = 3600;\n"
	"  max_subscriptions = 200; notify_interval = 500; };\n"
	"directory = \"directory\"; cdr = \"cdr.jsonl\";\n"
	"control = \"b2bua.sock\"; drain = 300;\n"
	"log = { level = \"info\"; format = \"text\"; };\n";

#define DAY_S     86400
#define WEEK_S    (7 * DAY_S)
#define MOST_A_SECOND 1000000
#define AT(field) offsetof(struct config, field)

static const struct key keys[] = {
	{ "sip", "listen", read_listen, 0, 0, 0 },
	{ "sip", "advertise", read_advertise, AT(sip.advertise), 0, 0 },
	{ "sip", "max_calls", read_unsigned, AT(sip.max_calls), 1, 1000000 },
	{ "sip", "max_ring_time", read_unsigned, AT(sip.max_ring_time_s), 1,
	  3600 },
	/* RFC 4028 5: a session interval is never under 90 s */
	{ "sip", "session_expires", read_unsigned_or_zero,
	  AT(sip.session_expires_s), 90, DAY_S },
	{ "sip", "diversion", read_bool, AT(sip.diversion), 0, 0 },
	{ "sip", "min_session_expires", read_unsigned,
	  AT(sip.min_session_expires_s), 90, DAY_S },
	{ "sip", "t1", read_unsigned, AT(sip.t1_ms), 10, 5000 },
	{ "sip", "max_connections", read_unsigned, AT(sip.max_connections), 0,
	  1000000 },
	{ "sip", "max_connections_per_source", read_unsigned,
	  AT(sip.max_connections_per_source), 0, 1000000 },
	{ "sip", "nameservers", read_nameservers, AT(sip.nameservers), 0, 0 },
	{ "sip", "connect_timeout", read_unsigned, AT(sip.connect_s), 1, 32 },
	{ "sip", "hold_down", read_unsigned, AT(sip.hold_down_s), 0, 3600 },
	{ "sip", "max_unanswered", read_unsigned, AT(sip.max_unanswered), 0,
	  1000000 },
	{ "sip", "digest", read_digest, 0, 0, 0 },
	{ "media", "address", read_address, AT(media.address), 0, 0 },
	{ "media", "advertise", read_address, AT(media.advertise), 0, 0 },
	{ "media", "ports", read_ports, 0, 1024, 65535 },
	{ "media", "threads", read_unsigned, AT(media.threads), 0, 64 },
	{ "media", "timeout", read_unsigned, AT(media.timeout_s), 0, DAY_S },
	{ "registrar", "min_expires", read_unsigned,
	  AT(registrar.min_expires_s), 1, WEEK_S },
	{ "registrar", "default_expires", read_unsigned,
	  AT(registrar.default_expires_s), 1, WEEK_S },
	{ "registrar", "max_expires", read_unsigned,
	  AT(registrar.max_expires_s), 1, WEEK_S },
	{ "registrar", "max_contacts", read_unsigned,
	  AT(registrar.max_contacts), 1, 100 },
	{ "registrar", "keepalive", read_unsigned, AT(registrar.keepalive_s), 0,
	  3600 },
	{ "registrar", "database", read_path, AT(registrar.database), 0, 0 },
	{ "guard", "trusted", read_networks, 0, 0, 0 },
	{ "guard", "register_rate", read_unsigned,
	  AT(guard.rate[CONF_REGISTER]), 0, MOST_A_SECOND },
	{ "guard", "register_burst", read_unsigned,
	  AT(guard.burst[CONF_REGISTER]), 1, MOST_A_SECOND },
	{ "guard", "all_registers", read_unsigned, AT(guard.all[CONF_REGISTER]),
	  0, MOST_A_SECOND },
	{ "guard", "invite_rate", read_unsigned, AT(guard.rate[CONF_INVITE]), 0,
	  MOST_A_SECOND },
	{ "guard", "invite_burst", read_unsigned, AT(guard.burst[CONF_INVITE]),
	  1, MOST_A_SECOND },
	{ "guard", "all_invites", read_unsigned, AT(guard.all[CONF_INVITE]), 0,
	  MOST_A_SECOND },
	{ "guard", "other_rate", read_unsigned, AT(guard.rate[CONF_REST]), 0,
	  MOST_A_SECOND },
	{ "guard", "other_burst", read_unsigned, AT(guard.burst[CONF_REST]), 1,
	  MOST_A_SECOND },
	{ "guard", "all_others", read_unsigned, AT(guard.all[CONF_REST]), 0,
	  MOST_A_SECOND },
	{ "guard", "sources", read_unsigned, AT(guard.sources), 16, 10000000 },
	{ "guard", "pending", read_unsigned, AT(guard.pending), 0, 10000000 },
	{ "guard", "known_for", read_unsigned, AT(guard.known_s), 1, WEEK_S },
	{ "guard", "ban_score", read_unsigned, AT(guard.ban_score), 0,
	  1000000 },
	{ "guard", "ban_forget", read_unsigned, AT(guard.ban_forget_s), 1,
	  WEEK_S },
	{ "guard", "ban_time", read_unsigned, AT(guard.ban_time_s), 1,
	  365 * DAY_S },
	{ "guard", "max_bans", read_unsigned, AT(guard.max_bans), 0, 1000000 },
	{ "guard", "lag", read_unsigned, AT(guard.lag_ms), 0, 60000 },
	{ "guard", "memory", read_unsigned, AT(guard.memory_mb), 0, 10000000 },
	{ "trunks", "options_interval", read_unsigned,
	  AT(trunks.options_interval_s), 0, DAY_S },
	{ "trunks", "options_failures", read_unsigned,
	  AT(trunks.options_failures), 1, 100 },
	{ "trunks", "options_successes", read_unsigned,
	  AT(trunks.options_successes), 1, 100 },
	{ "trunks", "timeout", read_unsigned, AT(trunks.timeout_s), 1, 32 },
	{ "trunks", "expires", read_unsigned, AT(trunks.expires_s), 30,
	  WEEK_S },
	{ "trunks", "retry_min", read_unsigned, AT(trunks.retry_min_s), 1,
	  3600 },
	{ "trunks", "retry_max", read_unsigned, AT(trunks.retry_max_s), 1,
	  DAY_S },
	{ "trunks", "channels", read_unsigned, AT(trunks.channels), 0,
	  1000000 },
	{ "trunks", "cps", read_unsigned, AT(trunks.cps), 0, 10000 },
	{ "carriers", "zone", read_word, AT(carriers.zone), 0, 64 },
	{ "carriers", "shortdial_min", read_unsigned,
	  AT(carriers.shortdial_min), 1, 15 },
	{ "carriers", "shortdial_max", read_unsigned,
	  AT(carriers.shortdial_max), 0, 15 },
	{ "carriers", "shortdial_fixed", read_unsigned,
	  AT(carriers.shortdial_fixed), 0, 15 },
	{ "carriers", "honor_diversions", read_bool,
	  AT(carriers.honors_diversions), 0, 0 },
	{ "tls", "certificate", read_path_or_none, AT(tls.certificate), 0, 0 },
	{ "tls", "key", read_path_or_none, AT(tls.key), 0, 0 },
	{ "tls", "ca", read_path_or_none, AT(tls.ca), 0, 0 },
	{ "tls", "verify_client", read_bool, AT(tls.verify_client), 0, 0 },
	{ "tls", "verify_server", read_bool, AT(tls.verify_server), 0, 0 },
	{ "http", "max_transfers", read_unsigned, AT(http.max_transfers), 1,
	  100000 },
	{ "http", "max_transfers_of_host", read_unsigned,
	  AT(http.max_transfers_of_host), 1, 100000 },
	{ "http", "max_waiting", read_unsigned, AT(http.max_waiting), 0,
	  1000000 },
	{ "http", "max_answer", read_unsigned, AT(http.max_answer), 1,
	  1048576 },
	{ "http", "connect_timeout", read_unsigned, AT(http.connect_s), 1,
	  60 },
	{ "http", "max_redirects", read_unsigned, AT(http.max_redirects), 0,
	  50 },
	{ "http", "pivot_timeout", read_unsigned, AT(http.pivot_timeout_s), 1,
	  5 },
	{ "http", "webhook_timeout", read_unsigned,
	  AT(http.webhook_timeout_s), 1, 60 },
	{ "http", "ca", read_path_or_none, AT(http.ca), 0, 0 },
	{ "http", "deny", read_networks, 0, 0, 0 },
	{ "presence", "min_expires", read_unsigned, AT(presence.min_expires_s),
	  1, DAY_S },
	{ "presence", "max_expires", read_unsigned, AT(presence.max_expires_s),
	  1, DAY_S },
	{ "presence", "max_subscriptions", read_unsigned,
	  AT(presence.max_subscriptions), 0, 10000 },
	{ "presence", "notify_interval", read_unsigned,
	  AT(presence.notify_interval_ms), 0, 60000 },
	{ NULL, "directory", read_path, AT(directory), 0, 0 },
	{ NULL, "cdr", read_path, AT(cdr), 0, 0 },
	{ NULL, "control", read_socket_path, AT(control), 0, 0 },
	{ NULL, "drain", read_unsigned, AT(drain_s), 0, DAY_S },
	{ "log", "level", read_log_level, AT(log.level), 0, 0 },
	{ "log", "format", read_log_format, AT(log.format), 0, 0 },
};

static config_setting_t *find(const config_t *file, const char *group,
                              const char *name)
{
	config_setting_t *in = config_root_setting(file);

	if (group)
		in = config_setting_get_member(in, group);
	return in && config_setting_is_group(in)
	               ? config_setting_get_member(in, name)
	               : NULL;
}

static const struct key *key_find(const char *group, const char *name)
{
	for (size_t i = 0; i < NELEM(keys); i++)
		if (str_eq(keys[i].group, group) && str_eq(keys[i].name, name))
			return &keys[i];
	return NULL;
}

static bool is_group_name(const char *name)
{
	for (size_t i = 0; i < NELEM(keys); i++)
		if (str_eq(keys[i].group, name))
			return true;
	return false;
}

/* --- unknown keys ------------------------------------------------------ */

struct guess {
	const char *group, *name;
	unsigned distance; /* of the best so far */
};

static void try_guess(struct guess *g, const char *typed, const char *group,
                      const char *name)
{
	unsigned d = str_distance(typed, name, g->distance);

	if (d < g->distance)
		*g = (struct guess){ group, name, d };
}

/* The known key that was probably meant: one spelt nearly so in the same
 * group, else one spelt exactly so elsewhere. */
static struct guess nearest(const char *group, const char *typed)
{
	unsigned limit = strlen(typed) < 6 ? 2 : 3;
	struct guess g = { NULL, NULL, limit + 1 };

	for (size_t i = 0; i < NELEM(keys); i++) {
		if (str_eq(keys[i].group, group))
			try_guess(&g, typed, group, keys[i].name);
		else if (!group)
			try_guess(&g, typed, NULL, keys[i].group);
	}
	for (size_t i = 0; i < NELEM(keys) && !g.name; i++)
		if (str_eq(keys[i].name, typed))
			g = (struct guess){ keys[i].group, typed, 0 };
	return g;
}

static void refuse_unknown(struct reader *r, const config_setting_t *s,
                           const char *group)
{
	const char *typed = config_setting_name(s);
	struct guess g = nearest(group, typed);

	if (!g.name)
		conf_fault(r, s, "unknown key '%s'", typed);
	else if (str_eq(g.group, group))
		conf_fault(r, s, "unknown key '%s', did you mean '%s'?",
		             typed, g.name);
	else if (g.group)
		conf_fault(r, s,
		             "unknown key '%s' here, did you mean '%s.%s'?",
		             typed, g.group, g.name);
	else
		conf_fault(r, s,
		             "unknown key '%s' here: it stands at the top",
		             typed);
}

static void check_names(struct reader *r, config_setting_t *in,
                        const char *group)
{
	int n = config_setting_length(in);

	for (int i = 0; i < n; i++) {
		config_setting_t *s = config_setting_get_elem(in, (unsigned)i);
		const char *name = config_setting_name(s);

		if (key_find(group, name))
			continue;
		if (group || !is_group_name(name))
			refuse_unknown(r, s, group);
		else if (!config_setting_is_group(s))
			conf_fault(r, s, "must be a group { ... }, not %s",
			             conf_type(config_setting_type(s)));
		else
			check_names(r, s, name);
	}
}

/* --- values ------------------------------------------------------------ */

static void read_values(struct reader *r, const config_t *file,
                        const config_t *preset)
{
	for (size_t i = 0; i < NELEM(keys); i++) {
		const struct key *k = &keys[i];
		config_setting_t *s = find(file, k->group, k->name);

		if (!s)
			s = find(preset, k->group, k->name);
		k->read(r, s, k);
	}
}

/* Says it at the key of the pair that the operator wrote. */
static void check_order(struct reader *r, const config_t *file,
                        const char *group, const char *low, unsigned low_s,
                        const char *high, unsigned high_s)
{
	config_setting_t *s = find(file, group, low);

	if (low_s <= high_s)
		return;
	if (s) {
		conf_fault(r, s, "%u is more than %s, which is %u", low_s,
		             high, high_s);
		return;
	}
	s = find(file, group, high);
	if (s)
		conf_fault(r, s, "%u is less than %s, which is %u", high_s,
		             low, low_s);
}

static bool listens_tls(const struct config *c)
{
	for (size_t i = 0; i < c->sip.n_listen; i++)
		if (c->sip.listen[i].transport == CONF_TLS)
			return true;
	return false;
}

static void check_tls(struct reader *r, const config_t *file)
{
	const struct config *c = r->conf;

	if (listens_tls(c) && (!c->tls.certificate[0] || !c->tls.key[0]))
		conf_fault(r, find(file, "sip", "listen"),
		           "sips needs tls.certificate and tls.key");
	if (c->tls.verify_client && !c->tls.ca[0])
		conf_fault(r, find(file, "tls", "verify_client"),
		           "needs tls.ca: whose certificates are taken");
}

static void check_together(struct reader *r, const config_t *file)
{
	const struct config *c = r->conf;

	if (c->sip.session_expires_s)
		check_order(r, file, "sip", "min_session_expires",
		            c->sip.min_session_expires_s, "session_expires",
		            c->sip.session_expires_s);
	check_order(r, file, "registrar", "min_expires",
	            c->registrar.min_expires_s, "default_expires",
	            c->registrar.default_expires_s);
	check_order(r, file, "registrar", "default_expires",
	            c->registrar.default_expires_s, "max_expires",
	            c->registrar.max_expires_s);
	check_order(r, file, "trunks", "retry_min", c->trunks.retry_min_s,
	            "retry_max", c->trunks.retry_max_s);
	check_order(r, file, "presence", "min_expires",
	            c->presence.min_expires_s, "max_expires",
	            c->presence.max_expires_s);
	if (addr_is_set(&c->media.address) &&
	    addr_is_set(&c->media.advertise) &&
	    addr_is_v6(&c->media.address) != addr_is_v6(&c->media.advertise))
		conf_fault(r, find(file, "media", "advertise"),
		             "must be of the same family as address: both "
		             "IPv4 or both IPv6");
	check_tls(r, file);
}

/* --- the file ---------------------------------------------------------- */

static void parse_fault(struct reader *r, const config_t *file)
{
	struct buf where = { 0 };

	conf_place(&where, r, config_error_file(file),
	             (unsigned)config_error_line(file));
	diag_fault(r->why, buf_text(&where), NULL, "%s",
	           config_error_text(file));
	buf_free(&where);
}

static int read_file(struct reader *r, config_t *file)
{
	int rc = source_check(r->path, r->folder, r->why);

	if (rc < 0)
		return rc;
	if (r->folder)
		config_set_include_dir(file, r->folder);
	if (config_read_file(file, r->path))
		return 0;
	if (config_error_type(file) == CONFIG_ERR_PARSE)
		parse_fault(r, file);
	else
		diag_fault(r->why, r->path, NULL, "cannot be read");
	return -EINVAL;
}

static int fill(struct reader *r)
{
	unsigned faults = r->why->faults;
	config_t file, preset;
	int rc;

	config_init(&file);
	config_init(&preset);
	rc = read_file(r, &file);
	if (rc == 0 && !config_read_string(&preset, presets))
		rc = -EINVAL;
	if (rc == 0) {
		check_names(r, config_root_setting(&file), NULL);
		read_values(r, &file, &preset);
		if (r->why->faults == faults)
			check_together(r, &file);
		if (r->why->faults > faults)
			rc = -EINVAL;
	}
	config_destroy(&preset);
	config_destroy(&file);
	return rc;
}

int conf_load(struct config **out, const char *path, struct diag *why)
{
	const char *slash = strrchr(path, '/');
	struct diag unheard = { 0 };
	struct reader r = { .path = path, .why = why ? why : &unheard };
	int rc;

	r.conf = xzalloc(sizeof(*r.conf));
	r.conf->path = xstrdup(path);
	if (slash) /* of "/b2bua.conf" it is "/" */
		r.folder = xstrndup(path,
		                    slash == path ? 1 : (size_t)(slash - path));
	rc = fill(&r);
	if (rc < 0)
		conf_destroy(&r.conf);
	else
		*out = r.conf;
	free(r.folder);
	diag_free(&unheard);
	return rc;
}

void conf_destroy(struct config **cp)
{
	struct config *c = *cp;

	if (!c)
		return;
	for (size_t i = 0; i < c->sip.n_listen; i++)
		free(c->sip.listen[i].uri);
	free(c->sip.listen);
	free(c->sip.advertise);
	free(c->sip.nameservers);
	free(c->registrar.database);
	free(c->carriers.zone);
	free(c->tls.certificate);
	free(c->tls.key);
	free(c->tls.ca);
	free(c->guard.trusted);
	free(c->http.ca);
	free(c->http.denied);
	free(c->directory);
	free(c->cdr);
	free(c->control);
	free(c->path);
	free(c);
	*cp = NULL;
}
