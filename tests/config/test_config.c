#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "config/config.h"

/* --- a folder of files ------------------------------------------------- */

struct place {
	char folder[64];
	struct config *conf;
	struct diag why;
};

static int set_up(void **state)
{
	struct place *p = xzalloc(sizeof(*p));

	strcpy(p->folder, "/tmp/test_config.XXXXXX");
	*state = p;
	return mkdtemp(p->folder) ? 0 : -1;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	char *rm = xasprintf("rm -rf '%s'", p->folder);
	int rc = system(rm);

	free(rm);
	conf_destroy(&p->conf);
	diag_free(&p->why);
	free(p);
	return rc;
}

static void put_file(struct place *p, const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", p->folder, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	free(path);
}

static int load(struct place *p, const char *text)
{
	char *path = xasprintf("%s/b2bua.conf", p->folder);
	int rc;

	conf_destroy(&p->conf);
	diag_free(&p->why);
	if (text)
		put_file(p, "b2bua.conf", text);
	rc = conf_load(&p->conf, path, &p->why);
	free(path);
	assert_true((rc == 0) == (p->conf != NULL));
	assert_true((rc == 0) == (p->why.faults == 0));
	return rc;
}

/* text is refused, and `fault` (with "%" for the folder) is said. */
static void refuses(struct place *p, const char *text, const char *fault)
{
	char *full;

	assert_int_equal(load(p, text), -EINVAL);
	full = xasprintf("%s/%s\n", p->folder, fault);
	if (!strstr(buf_text(&p->why.text), full))
		fail_msg("for <%s>\nexpected: %sgot:      %s", text, full,
		         buf_text(&p->why.text));
	free(full);
}

static void is_in_folder(struct place *p, const char *path, const char *name)
{
	char *full = xasprintf("%s/%s", p->folder, name);

	assert_string_equal(path, full);
	free(full);
}

/* --- what holds where the file is silent ------------------------------- */

static void holds_the_defaults(struct place *p)
{
	struct config *c = p->conf;
	char text[ADDR_TEXT];

	is_in_folder(p, c->path, "b2bua.conf");
	assert_int_equal(c->sip.n_listen, 2);
	assert_int_equal(c->sip.listen[0].transport, CONF_UDP);
	assert_int_equal(c->sip.listen[1].transport, CONF_TCP);
	assert_string_equal(c->sip.listen[0].uri,
	                    "sip:0.0.0.0:5060;transport=udp");
	assert_string_equal(addr_ip_port(&c->sip.listen[1].addr, text),
	                    "0.0.0.0:5060");
	assert_string_equal(c->sip.advertise, "");
	assert_int_equal(c->sip.max_calls, 10000);
	assert_int_equal(c->sip.max_ring_time_s, 120);
	assert_int_equal(c->sip.session_expires_s, 1800);
	assert_int_equal(c->sip.min_session_expires_s, 90);
	assert_true(c->sip.diversion);
	assert_int_equal(c->sip.t1_ms, 500);
	assert_int_equal(c->sip.max_connections, 5000);
	assert_int_equal(c->sip.max_connections_per_source, 100);
	assert_string_equal(c->tls.certificate, "");
	assert_string_equal(c->tls.key, "");
	assert_string_equal(c->tls.ca, "");
	assert_false(c->tls.verify_client);
	assert_true(c->tls.verify_server);
	assert_string_equal(c->sip.nameservers, "");
	assert_int_equal(c->sip.connect_s, 4);
	assert_int_equal(c->sip.hold_down_s, 30);
	assert_int_equal(c->sip.max_unanswered, 200);
	assert_int_equal(c->sip.n_digest, 3);
	assert_int_equal(c->sip.digest[0], CONF_MD5);
	assert_int_equal(c->sip.digest[1], CONF_SHA256);
	assert_int_equal(c->sip.digest[2], CONF_SHA512_256);
	assert_false(addr_is_set(&c->media.address));
	assert_false(addr_is_set(&c->media.advertise));
	assert_int_equal(c->media.port_min, 20000);
	assert_int_equal(c->media.port_max, 39999);
	assert_int_equal(c->media.threads, 0);
	assert_int_equal(c->media.timeout_s, 60);
	assert_int_equal(c->registrar.min_expires_s, 60);
	assert_int_equal(c->registrar.default_expires_s, 600);
	assert_int_equal(c->registrar.max_expires_s, 3600);
	assert_int_equal(c->registrar.max_contacts, 5);
	assert_int_equal(c->registrar.keepalive_s, 30);
	is_in_folder(p, c->registrar.database, "b2bua.db");
	assert_int_equal(c->guard.n_trusted, 2);
	assert_string_equal(addr_ip(&c->guard.trusted[0].addr, text),
	                    "127.0.0.0");
	assert_int_equal(c->guard.trusted[0].bits, 8);
	assert_int_equal(c->guard.trusted[1].bits, 128);
	assert_int_equal(c->http.max_transfers, 200);
	assert_int_equal(c->http.max_transfers_of_host, 100);
	assert_int_equal(c->http.max_waiting, 2000);
	assert_int_equal(c->http.max_answer, 65536);
	assert_int_equal(c->http.connect_s, 5);
	assert_int_equal(c->http.max_redirects, 5);
	assert_int_equal(c->http.pivot_timeout_s, 5);
	assert_int_equal(c->http.webhook_timeout_s, 10);
	assert_string_equal(c->http.ca, "");
	assert_int_equal(c->http.n_denied, 5);
	assert_string_equal(addr_ip(&c->http.denied[1].addr, text),
	                    "127.0.0.0");
	assert_int_equal(c->http.denied[3].bits, 127);
	assert_int_equal(c->guard.rate[CONF_REGISTER], 10);
	assert_int_equal(c->guard.burst[CONF_REGISTER], 100);
	assert_int_equal(c->guard.all[CONF_REGISTER], 1000);
	assert_int_equal(c->guard.rate[CONF_INVITE], 10);
	assert_int_equal(c->guard.burst[CONF_INVITE], 50);
	assert_int_equal(c->guard.all[CONF_INVITE], 500);
	assert_int_equal(c->guard.rate[CONF_REST], 20);
	assert_int_equal(c->guard.burst[CONF_REST], 100);
	assert_int_equal(c->guard.all[CONF_REST], 1000);
	assert_int_equal(c->guard.sources, 65536);
	assert_int_equal(c->guard.pending, 20000);
	assert_int_equal(c->guard.known_s, 3600);
	assert_int_equal(c->guard.ban_score, 100);
	assert_int_equal(c->guard.ban_forget_s, 600);
	assert_int_equal(c->guard.ban_time_s, 600);
	assert_int_equal(c->guard.max_bans, 10000);
	assert_int_equal(c->guard.lag_ms, 200);
	assert_int_equal(c->guard.memory_mb, 0);
	assert_int_equal(c->trunks.options_interval_s, 0);
	assert_int_equal(c->trunks.options_failures, 3);
	assert_int_equal(c->trunks.options_successes, 2);
	assert_int_equal(c->trunks.timeout_s, 4);
	assert_int_equal(c->trunks.expires_s, 600);
	assert_int_equal(c->trunks.retry_min_s, 10);
	assert_int_equal(c->trunks.retry_max_s, 300);
	assert_int_equal(c->trunks.channels, 0);
	assert_int_equal(c->trunks.cps, 0);
	assert_string_equal(c->carriers.zone, "local");
	assert_int_equal(c->carriers.shortdial_min, 2);
	assert_int_equal(c->carriers.shortdial_max, 5);
	assert_int_equal(c->carriers.shortdial_fixed, 0);
	assert_false(c->carriers.honors_diversions);
	assert_int_equal(c->presence.min_expires_s, 60);
	assert_int_equal(c->presence.max_expires_s, 3600);
	assert_int_equal(c->presence.max_subscriptions, 200);
	assert_int_equal(c->presence.notify_interval_ms, 500);
	is_in_folder(p, c->directory, "directory");
	is_in_folder(p, c->cdr, "cdr.jsonl");
	is_in_folder(p, c->control, "b2bua.sock");
	assert_int_equal(c->drain_s, 300);
	assert_int_equal(c->log.level, LOG_LVL_INFO);
	assert_int_equal(c->log.format, LOG_FMT_TEXT);
}

static void an_empty_file_gives_every_default(void **state)
{
	assert_int_equal(load(*state, ""), 0);
	holds_the_defaults(*state);
}

static void the_sample_tells_the_defaults(void **state)
{
	const char *top = getenv("top_srcdir");
	struct place *p = *state;
	char *cp = xasprintf("cp '%s/config/b2bua.conf' %s/", top ? top : ".",
	                     p->folder);

	assert_int_equal(system(cp), 0);
	free(cp);
	assert_int_equal(load(p, NULL), 0);
	holds_the_defaults(p);
}

static void every_key_is_taken_from_the_file(void **state)
{
	struct place *p = *state;
	char text[ADDR_TEXT];
	struct config *c;

	assert_int_equal(
		load(p,
	             "sip = { listen = ( \"sip:127.0.0.1:5080;transport=tcp\","
	             " \"SIP:[::1]\" ); advertise = \"pbx.example.org:5070\";"
	             " max_calls = 7; max_ring_time = 30;"
	             " session_expires = 900; min_session_expires = 600;"
	             " t1 = 100; diversion = false;"
	             " nameservers = \"192.0.2.53,[::1]:5353\";"
	             " connect_timeout = 2; hold_down = 0;"
	             " max_unanswered = 7;"
	             " digest = [ \"sha-512-256\", \"MD5\" ]; };\n"
	             "media = { address = \"10.0.0.1\";"
	             " advertise = \"192.0.2.1\"; ports = [ 1024, 65535 ];"
	             " threads = 64; timeout = 0; };\n"
	             "presence = { min_expires = 1; max_expires = 2;"
	             " max_subscriptions = 0; notify_interval = 7; };\n"
	             "registrar = { min_expires = 1; default_expires = 2;"
	             " max_expires = 3; max_contacts = 100; keepalive = 0;"
	             " database = \"/var/db/b.db\"; };\n"
	             "guard = { trusted = [ \"10.0.0.0/8\" ];"
	             " register_rate = 1; register_burst = 2;"
	             " all_registers = 3; invite_rate = 4; invite_burst = 5;"
	             " all_invites = 6; other_rate = 7; other_burst = 8;"
	             " all_others = 9; sources = 16; pending = 11;"
	             " known_for = 12; ban_score = 13; ban_forget = 14;"
	             " ban_time = 15; max_bans = 17; lag = 18;"
	             " memory = 19; };\n"
	             "trunks = { options_interval = 1; options_failures = 2;"
	             " options_successes = 3; timeout = 5; expires = 31;"
	             " retry_min = 6; retry_max = 7; channels = 8; cps = 9; };"
	             "carriers = { zone = \"eu-1\"; shortdial_min = 3;"
	             " shortdial_max = 4; shortdial_fixed = 6;"
	             " honor_diversions = true; };\n"
	             "directory = \"/d\"; cdr = \"a/b.jsonl\"; control = \"s\";"
	             " drain = 0x10L;\n"
	             "log = { level = \"debug\"; format = \"json\"; };\n"),
		0);
	c = p->conf;
	assert_int_equal(c->sip.n_listen, 2);
	assert_int_equal(c->sip.listen[0].transport, CONF_TCP);
	assert_string_equal(addr_ip_port(&c->sip.listen[0].addr, text),
	                    "127.0.0.1:5080");
	assert_int_equal(c->sip.listen[1].transport, CONF_UDP);
	assert_string_equal(addr_ip_port(&c->sip.listen[1].addr, text),
	                    "[::1]:5060");
	assert_string_equal(c->sip.advertise, "pbx.example.org:5070");
	assert_int_equal(c->sip.max_calls, 7);
	assert_int_equal(c->sip.max_ring_time_s, 30);
	assert_int_equal(c->sip.session_expires_s, 900);
	assert_int_equal(c->sip.min_session_expires_s, 600);
	assert_int_equal(c->sip.t1_ms, 100);
	assert_string_equal(c->sip.nameservers,
	                    "192.0.2.53,[::1]:5353");
	assert_int_equal(c->sip.connect_s, 2);
	assert_int_equal(c->sip.hold_down_s, 0);
	assert_int_equal(c->sip.max_unanswered, 7);
	assert_false(c->sip.diversion);
	assert_int_equal(c->sip.n_digest, 2);
	assert_int_equal(c->sip.digest[0], CONF_SHA512_256);
	assert_int_equal(c->sip.digest[1], CONF_MD5);
	assert_string_equal(addr_ip(&c->media.address, text), "10.0.0.1");
	assert_string_equal(addr_ip(&c->media.advertise, text), "192.0.2.1");
	assert_int_equal(c->media.port_min, 1024);
	assert_int_equal(c->media.port_max, 65535);
	assert_int_equal(c->media.threads, 64);
	assert_int_equal(c->media.timeout_s, 0);
	assert_int_equal(c->registrar.min_expires_s, 1);
	assert_int_equal(c->registrar.default_expires_s, 2);
	assert_int_equal(c->registrar.max_expires_s, 3);
	assert_int_equal(c->registrar.max_contacts, 100);
	assert_int_equal(c->registrar.keepalive_s, 0);
	assert_string_equal(c->registrar.database, "/var/db/b.db");
	assert_int_equal(c->guard.n_trusted, 1);
	assert_int_equal(c->guard.rate[CONF_REGISTER], 1);
	assert_int_equal(c->guard.burst[CONF_REGISTER], 2);
	assert_int_equal(c->guard.all[CONF_REGISTER], 3);
	assert_int_equal(c->guard.rate[CONF_INVITE], 4);
	assert_int_equal(c->guard.burst[CONF_INVITE], 5);
	assert_int_equal(c->guard.all[CONF_INVITE], 6);
	assert_int_equal(c->guard.rate[CONF_REST], 7);
	assert_int_equal(c->guard.burst[CONF_REST], 8);
	assert_int_equal(c->guard.all[CONF_REST], 9);
	assert_int_equal(c->guard.sources, 16);
	assert_int_equal(c->guard.pending, 11);
	assert_int_equal(c->guard.known_s, 12);
	assert_int_equal(c->guard.ban_score, 13);
	assert_int_equal(c->guard.ban_forget_s, 14);
	assert_int_equal(c->guard.ban_time_s, 15);
	assert_int_equal(c->guard.max_bans, 17);
	assert_int_equal(c->guard.lag_ms, 18);
	assert_int_equal(c->guard.memory_mb, 19);
	assert_int_equal(c->trunks.options_interval_s, 1);
	assert_int_equal(c->trunks.options_failures, 2);
	assert_int_equal(c->trunks.options_successes, 3);
	assert_int_equal(c->trunks.timeout_s, 5);
	assert_int_equal(c->trunks.expires_s, 31);
	assert_int_equal(c->trunks.retry_min_s, 6);
	assert_int_equal(c->trunks.retry_max_s, 7);
	assert_int_equal(c->trunks.channels, 8);
	assert_int_equal(c->trunks.cps, 9);
	assert_string_equal(c->carriers.zone, "eu-1");
	assert_int_equal(c->carriers.shortdial_min, 3);
	assert_int_equal(c->carriers.shortdial_max, 4);
	assert_int_equal(c->carriers.shortdial_fixed, 6);
	assert_true(c->carriers.honors_diversions);
	assert_int_equal(c->presence.min_expires_s, 1);
	assert_int_equal(c->presence.max_expires_s, 2);
	assert_int_equal(c->presence.max_subscriptions, 0);
	assert_int_equal(c->presence.notify_interval_ms, 7);
	assert_string_equal(c->directory, "/d");
	is_in_folder(p, c->cdr, "a/b.jsonl");
	is_in_folder(p, c->control, "s");
	assert_int_equal(c->drain_s, 16);
	assert_int_equal(c->log.level, LOG_LVL_DEBUG);
	assert_int_equal(c->log.format, LOG_FMT_JSON);
}

static void a_path_without_a_folder_stays_as_it_is(void **state)
{
	struct place *p = *state;
	char *was = getcwd(NULL, 0);

	put_file(p, "here.conf", "@include \"more.conf\"\ncdr = \"c\";");
	put_file(p, "more.conf", "drain = 5;");
	assert_int_equal(chdir(p->folder), 0);
	assert_int_equal(conf_load(&p->conf, "here.conf", &p->why), 0);
	assert_int_equal(chdir(was), 0);
	free(was);
	assert_string_equal(p->conf->cdr, "c");
	assert_int_equal(p->conf->drain_s, 5);
}

/* --- keys nobody knows ------------------------------------------------- */

static void an_unknown_key_names_the_nearest_known_one(void **state)
{
	struct place *p = *state;

	refuses(p, "sip = {\n  max_cals = 5;\n};",
	        "b2bua.conf:2: sip.max_cals: unknown key 'max_cals', did you "
	        "mean 'max_calls'?");
	refuses(p, "\n\nmdia = { };",
	        "b2bua.conf:3: mdia: unknown key 'mdia', did you mean "
	        "'media'?");
	refuses(p, "cdrs = \"x\";",
	        "b2bua.conf:1: cdrs: unknown key 'cdrs', did you mean 'cdr'?");
	refuses(p, "registrar = { max_calls = 3; };",
	        "b2bua.conf:1: registrar.max_calls: unknown key 'max_calls' "
	        "here, did you mean 'sip.max_calls'?");
	refuses(p, "media = { drain = 3; };",
	        "b2bua.conf:1: media.drain: unknown key 'drain' here: it "
	        "stands at the top");
	refuses(p, "keepalive = 3;",
	        "b2bua.conf:1: keepalive: unknown key 'keepalive' here, did "
	        "you mean 'registrar.keepalive'?");
	refuses(p, "sip = { snorkel = 3; };",
	        "b2bua.conf:1: sip.snorkel: unknown key 'snorkel'");
}

static void all_faults_are_told_at_once(void **state)
{
	struct place *p = *state;

	refuses(p, "sip = { t1 = 1; x = 2; };\nlog = { level = \"loud\"; };\n",
	        "b2bua.conf:1: sip.t1: must be between 10 and 5000, not 1");
	assert_int_equal(p->why.faults, 3);
}

/* --- types and ranges -------------------------------------------------- */

static void a_number_is_of_its_type_and_range(void **state)
{
	static const struct {
		const char *text, *key;
		long long min, max;
	} numbers[] = {
		{ "sip = { max_calls = %lld; };", "sip.max_calls", 1, 1000000 },
		{ "sip = { max_ring_time = %lld; };", "sip.max_ring_time", 1,
		  3600 },
		{ "sip = { session_expires = %lld; };", "sip.session_expires",
		  90, 86400 },
		{ "sip = { session_expires = 0;"
		  " min_session_expires = %lld; };",
		  "sip.min_session_expires", 90, 86400 },
		{ "sip = { t1 = %lld; };", "sip.t1", 10, 5000 },
		{ "sip = { connect_timeout = %lld; };", "sip.connect_timeout",
		  1, 32 },
		{ "sip = { hold_down = %lld; };", "sip.hold_down", 0, 3600 },
		{ "sip = { max_unanswered = %lld; };", "sip.max_unanswered", 0,
		  1000000 },
		{ "media = { threads = %lld; };", "media.threads", 0, 64 },
		{ "media = { timeout = %lld; };", "media.timeout", 0, 86400 },
		{ "media = { ports = [ %lld, 65535 ]; };", "media.ports[0]",
		  1024, 65535 },
		{ "registrar = { min_expires = %lld;"
		  " default_expires = 604800; max_expires = 604800; };",
		  "registrar.min_expires", 1, 604800 },
		{ "registrar = { min_expires = 1; default_expires = %lld;"
		  " max_expires = 604800; };",
		  "registrar.default_expires", 1, 604800 },
		{ "registrar = { min_expires = 1; default_expires = 1;"
		  " max_expires = %lld; };",
		  "registrar.max_expires", 1, 604800 },
		{ "registrar = { max_contacts = %lld; };",
		  "registrar.max_contacts", 1, 100 },
		{ "presence = { min_expires = %lld; max_expires = 86400; };",
		  "presence.min_expires", 1, 86400 },
		{ "presence = { min_expires = 1; max_expires = %lld; };",
		  "presence.max_expires", 1, 86400 },
		{ "presence = { max_subscriptions = %lld; };",
		  "presence.max_subscriptions", 0, 10000 },
		{ "presence = { notify_interval = %lld; };",
		  "presence.notify_interval", 0, 60000 },
		{ "registrar = { keepalive = %lld; };", "registrar.keepalive",
		  0, 3600 },
		{ "drain = %lld;", "drain", 0, 86400 },
	};
	struct place *p = *state;

	for (size_t i = 0; i < NELEM(numbers); i++) {
		long long min = numbers[i].min, max = numbers[i].max;
		long long bad[2] = { min - 1, max + 1 };
		char text[200], fault[200];

/* the formats above are literals, each with one %lld */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(text, sizeof(text), numbers[i].text, min);
		assert_int_equal(load(p, text), 0);
		snprintf(text, sizeof(text), numbers[i].text, max);
		if (!strstr(text, "ports"))
			assert_int_equal(load(p, text), 0);
		for (size_t j = 0; j < 2; j++) {
			snprintf(text, sizeof(text), numbers[i].text, bad[j]);
			snprintf(fault, sizeof(fault),
			         "b2bua.conf:1: %s: must be between %lld and "
			         "%lld, not %lld",
			         numbers[i].key, min, max, bad[j]);
			refuses(p, text, fault);
		}
#pragma GCC diagnostic pop
	}
	refuses(p, "drain = \"5\";",
	        "b2bua.conf:1: drain: must be an integer, not a string");
	refuses(p, "drain = 5.0;",
	        "b2bua.conf:1: drain: must be an integer, not a number with a "
	        "fraction");
	refuses(p, "drain = true;",
	        "b2bua.conf:1: drain: must be an integer, not true or false");
	refuses(p, "drain = 99999999999L;",
	        "b2bua.conf:1: drain: must be between 0 and 86400, not "
	        "99999999999");
}

static void session_intervals_go_together(void **state)
{
	struct place *p = *state;

	assert_int_equal(load(p, "sip = { session_expires = 0;"
	                         " min_session_expires = 600; };"), 0);
	assert_int_equal(p->conf->sip.session_expires_s, 0);
	refuses(p, "sip = { session_expires = 599;\n"
	           " min_session_expires = 600; };",
	        "b2bua.conf:2: sip.min_session_expires: 600 is more than "
	        "session_expires, which is 599");
}

static void a_number_too_large_is_never_cut(void **state)
{
	struct place *p = *state;

	/* libconfig alone would read 10000 here */
	refuses(p, "# 4294977296\nsip = { max_calls = 4294977296; };",
	        "b2bua.conf:2: the number 4294977296 is too large");
	refuses(p, "drain = 0x100000010;",
	        "b2bua.conf:1: the number 0x100000010 is too large");
	refuses(p, "drain = 99999999999999999999999999L;",
	        "b2bua.conf:1: the number 99999999999999999999999999 is too "
	        "large");
	assert_int_equal(load(p, "/* 99999999999 \n*/ cdr = \"99999999999\\\""
	                         " 99999999999\"; // 99999999999\n"),
	                 0);
}

static void a_group_must_be_a_group(void **state)
{
	struct place *p = *state;

	refuses(p, "sip = 5;",
	        "b2bua.conf:1: sip: must be a group { ... }, not an integer");
	refuses(p, "\nlog = [ \"a\" ];",
	        "b2bua.conf:2: log: must be a group { ... }, not a list");
}

static void a_string_is_a_string_of_the_right_words(void **state)
{
	struct place *p = *state;

	refuses(p, "cdr = 5;",
	        "b2bua.conf:1: cdr: must be a string, not an integer");
	refuses(p, "directory = { };",
	        "b2bua.conf:1: directory: must be a string, not a group "
	        "{ ... }");
	refuses(p, "cdr = \"\";", "b2bua.conf:1: cdr: must not be empty");
	refuses(p, "log = { level = \"loud\"; };",
	        "b2bua.conf:1: log.level: must be \"error\", \"warn\", "
	        "\"info\" or \"debug\", not \"loud\"");
	refuses(p, "log = { format = \"xml\"; };",
	        "b2bua.conf:1: log.format: must be \"text\" or \"json\", not "
	        "\"xml\"");
}

static void the_control_path_must_fit_a_socket(void **state)
{
	struct place *p = *state;
	char text[200] = "control = \"/", full[120] = "/";

	memset(full + 1, 'x', 107);
	strcat(strcat(text, full + 1), "\";");
	assert_int_equal(load(p, text), -EINVAL);
	assert_non_null(
		strstr(buf_text(&p->why.text), "b2bua.conf:1: control: '/xxx"));
	assert_non_null(strstr(buf_text(&p->why.text),
	                       "xxx' is too long for a socket: 108 bytes, at "
	                       "most 107\n"));
	text[12 + 106] = '"';
	text[12 + 107] = ';';
	text[12 + 108] = '\0';
	assert_int_equal(load(p, text), 0);
}

static void expiries_stand_in_order(void **state)
{
	struct place *p = *state;

	refuses(p, "registrar = { min_expires = 601; };",
	        "b2bua.conf:1: registrar.min_expires: 601 is more than "
	        "default_expires, which is 600");
	refuses(p, "registrar = { max_expires = 599; };",
	        "b2bua.conf:1: registrar.max_expires: 599 is less than "
	        "default_expires, which is 600");
	refuses(p, "registrar = { default_expires = 59; };",
	        "b2bua.conf:1: registrar.default_expires: 59 is less than "
	        "min_expires, which is 60");
	refuses(p, "trunks = { retry_min = 301; };",
	        "b2bua.conf:1: trunks.retry_min: 301 is more than "
	        "retry_max, which is 300");
	assert_int_equal(load(p, "registrar = { min_expires = 600;"
	                         " max_expires = 600; };"),
	                 0);
}

static void ports_are_a_pair_wide_enough_for_a_call(void **state)
{
	struct place *p = *state;
	static const char few[] = " is too few: a call takes four ports";
	char fault[120];

	refuses(p, "media = { ports = [ 20000 ]; };",
	        "b2bua.conf:1: media.ports: must be [ lowest, highest ]");
	refuses(p, "media = { ports = 20000; };",
	        "b2bua.conf:1: media.ports: must be [ lowest, highest ]");
	refuses(p, "media = { ports = ( 20000, \"x\" ); };",
	        "b2bua.conf:1: media.ports[1]: must be an integer, not a "
	        "string");
	snprintf(fault, sizeof(fault),
	         "b2bua.conf:1: media.ports: from 30000 to 20000%s", few);
	refuses(p, "media = { ports = [ 30000, 20000 ]; };", fault);
	snprintf(fault, sizeof(fault),
	         "b2bua.conf:1: media.ports: from 20000 to 20002%s", few);
	refuses(p, "media = { ports = [ 20000, 20002 ]; };", fault);
	assert_int_equal(load(p, "media = { ports = [ 20000, 20003 ]; };"), 0);
}

/* --- addresses --------------------------------------------------------- */

static void a_listen_uri_that_cannot_be_is_refused(void **state)
{
	static const struct {
		const char *uri, *reason;
	} bad[] = {
		{ "", "must begin with sip: or sips:" },
		{ "0.0.0.0:5060", "must begin with sip: or sips:" },
		{ "sip:", "must be a numeric address of this machine, "
		          "0.0.0.0 or [::], with a port of 0 to 65535" },
		{ "sip:localhost", "must be a numeric address of this machine, "
		                   "0.0.0.0 or [::], with a port of 0 to "
		                   "65535" },
		{ "sip:1.2.3.4:65536",
		  "must be a numeric address of this machine, 0.0.0.0 or [::], "
		  "with a port of 0 to 65535" },
		{ "sip:1.2.3.4:", "must be a numeric address of this machine, "
		                  "0.0.0.0 or [::], with a port of 0 to "
		                  "65535" },
		{ "sip:::1", "an IPv6 address stands in [ ]" },
		{ "sip:a@1.2.3.4", "a listen address has no user part" },
		{ "sip:239.1.1.1", "is a multicast address" },
		{ "sip:1.2.3.4;transport=sctp",
		  "transport must be udp, tcp or tls" },
		{ "sip:1.2.3.4;transport=udp;lr",
		  "transport must be udp, tcp or tls" },
		{ "sip:1.2.3.4;maddr=2.3.4.5",
		  "the only parameter here is transport=" },
		{ "sips:1.2.3.4;transport=udp", "sips: does not go over UDP" },
	};
	struct place *p = *state;

	for (size_t i = 0; i < NELEM(bad); i++) {
		char text[200], fault[300];

		snprintf(text, sizeof(text),
		         "sip = {\nlisten = [ \"sip:127.0.0.1:0\",\n\"%s\" ]; "
		         "};",
		         bad[i].uri);
		snprintf(fault, sizeof(fault),
		         "b2bua.conf:3: sip.listen[1]: '%s': %s", bad[i].uri,
		         bad[i].reason);
		refuses(p, text, fault);
	}
}

static void tls_needs_its_files(void **state)
{
	static const char *const uris[] = { "sips:1.2.3.4",
		                            "sips:1.2.3.4;transport=tcp",
		                            "sip:1.2.3.4:5061;transport=TLS" };
	struct place *p = *state;

	for (size_t i = 0; i < NELEM(uris); i++) {
		char *text = xasprintf("sip = { listen = [ \"%s\" ]; };\n",
		                       uris[i]);

		refuses(p, text,
		        "b2bua.conf:1: sip.listen: sips needs tls.certificate "
		        "and tls.key");
		free(text);
		text = xasprintf("sip = { listen = [ \"%s\" ]; };\n"
		                 "tls = { certificate = \"c.pem\"; "
		                 "key = \"/k.pem\"; };\n",
		                 uris[i]);
		assert_int_equal(load(p, text), 0);
		assert_int_equal(p->conf->sip.listen[0].transport, CONF_TLS);
		is_in_folder(p, p->conf->tls.certificate, "c.pem");
		assert_string_equal(p->conf->tls.key, "/k.pem");
		free(text);
	}
	refuses(p, "tls = { verify_client = true; };\n",
	        "b2bua.conf:1: tls.verify_client: needs tls.ca: whose "
	        "certificates are taken");
	refuses(p, "tls = { verify_server = 1; };\n",
	        "b2bua.conf:1: tls.verify_server: must be true or false, not "
	        "an integer");
}

static void digest_algorithms_are_checked(void **state)
{
	static const char *const bad[][2] = {
		{ "sip = { digest = []; };",
		  "b2bua.conf:1: sip.digest: must name at least one "
		  "algorithm" },
		{ "sip = { digest = \"MD5\"; };",
		  "b2bua.conf:1: sip.digest: must be a list of algorithms, "
		  "not a string" },
		{ "sip = { digest = [ \"MD5\", \"SHA-1\" ]; };",
		  "b2bua.conf:1: sip.digest[1]: must be \"MD5\", "
		  "\"SHA-256\" or \"SHA-512-256\", not \"SHA-1\"" },
		{ "sip = { digest = [ \"MD5\", \"md5\" ]; };",
		  "b2bua.conf:1: sip.digest[1]: 'md5' is listed twice" },
		{ "sip = { digest = [ 5 ]; };",
		  "b2bua.conf:1: sip.digest[0]: must be a string, not an "
		  "integer" },
	};

	for (size_t i = 0; i < NELEM(bad); i++)
		refuses(*state, bad[i][0], bad[i][1]);
}

static void a_listen_list_has_members_and_none_twice(void **state)
{
	struct place *p = *state;

	refuses(p, "sip = { listen = []; };",
	        "b2bua.conf:1: sip.listen: must name at least one address");
	refuses(p, "sip = { listen = \"sip:1.2.3.4\"; };",
	        "b2bua.conf:1: sip.listen: must be a list of URIs, not a "
	        "string");
	refuses(p, "sip = { listen = [ 5060 ]; };",
	        "b2bua.conf:1: sip.listen[0]: must be a string, not an "
	        "integer");
	refuses(p,
	        "sip = { listen = [ \"sip:1.2.3.4\", \"sip:1.2.3.4:5060\" ]; "
	        "};",
	        "b2bua.conf:1: sip.listen[1]: 'sip:1.2.3.4:5060' is listed "
	        "twice");
	/* port 0 is whichever the kernel chooses */
	assert_int_equal(load(p, "sip = { listen = [ \"sip:127.0.0.1:0\", "
	                         "\"sip:127.0.0.1:0\" ]; };"),
	                 0);
	assert_int_equal(addr_port(&p->conf->sip.listen[1].addr), 0);
}

static void advertise_is_a_host_and_perhaps_a_port(void **state)
{
	static const char *const good[] = {
		"192.0.2.1",          "192.0.2.1:5070",  "[2001:db8::1]",
		"[2001:db8::1]:5070", "pbx.example.org", "pbx:1"
	};
	static const char *const bad[] = {
		"2001:db8::1", "pbx:0",   "pbx:65536", "pbx:",
		":5060",       "a b",     "[::1",      "sip:pbx",
		"-pbx",        "[::1]:0", "[::1]x"
	};
	struct place *p = *state;
	char text[200], fault[200];

	for (size_t i = 0; i < NELEM(good); i++) {
		snprintf(text, sizeof(text), "sip = { advertise = \"%s\"; };",
		         good[i]);
		assert_int_equal(load(p, text), 0);
		assert_string_equal(p->conf->sip.advertise, good[i]);
	}
	for (size_t i = 0; i < NELEM(bad); i++) {
		snprintf(text, sizeof(text), "sip = { advertise = \"%s\"; };",
		         bad[i]);
		snprintf(fault, sizeof(fault),
		         "b2bua.conf:1: sip.advertise: '%s' is not host, "
		         "host:port, [IPv6] or [IPv6]:port",
		         bad[i]);
		refuses(p, text, fault);
	}
}

static void media_addresses_are_numeric_and_of_one_family(void **state)
{
	struct place *p = *state;

	assert_int_equal(load(p, "media = { address = \"::\"; };"), 0);
	assert_true(addr_is_any(&p->conf->media.address));
	refuses(p, "media = { address = \"eth0\"; };",
	        "b2bua.conf:1: media.address: 'eth0' is not an IPv4 or IPv6 "
	        "address");
	refuses(p, "media = { advertise = \"0.0.0.0\"; };",
	        "b2bua.conf:1: media.advertise: '0.0.0.0' is not an address "
	        "to send to");
	refuses(p, "media = { address = \"239.0.0.1\"; };",
	        "b2bua.conf:1: media.address: '239.0.0.1' is a multicast "
	        "address");
	refuses(p,
	        "media = { address = \"10.0.0.1\";\n"
	        "advertise = \"2001:db8::1\"; };",
	        "b2bua.conf:2: media.advertise: must be of the same family as "
	        "address: both IPv4 or both IPv6");
}

/* --- the file itself --------------------------------------------------- */

static void trusted_networks_are_checked(void **state)
{
	struct place *p = *state;

	assert_int_equal(load(p, "guard = { trusted = [ ]; };"), 0);
	assert_int_equal(p->conf->guard.n_trusted, 0);
	refuses(p, "guard = { trusted = \"10.0.0.0/8\"; };",
	        "b2bua.conf:1: guard.trusted: must be a list of networks, not "
	        "a string");
	refuses(p, "guard = { trusted = [ \"10.0.0.1/8\" ]; };",
	        "b2bua.conf:1: guard.trusted[0]: '10.0.0.1/8' is no network: "
	        "ADDRESS or ADDRESS/BITS, and no bit set beyond");
	refuses(p, "guard = { trusted = [ 5 ]; };",
	        "b2bua.conf:1: guard.trusted[0]: must be a string, not an "
	        "integer");
}

static void denied_networks_are_checked(void **state)
{
	struct place *p = *state;
	char text[ADDR_TEXT];

	assert_int_equal(load(p, "http = { deny = [ ]; };"), 0);
	assert_int_equal(p->conf->http.n_denied, 0);
	assert_int_equal(load(p, "http = { deny = [ \"10.0.0.0/8\" ]; };"),
	                 0);
	assert_int_equal(p->conf->http.n_denied, 1);
	assert_string_equal(addr_ip(&p->conf->http.denied[0].addr, text),
	                    "10.0.0.0");
	assert_int_equal(p->conf->guard.n_trusted, 2);
	refuses(p, "http = { deny = [ \"localhost\" ]; };",
	        "b2bua.conf:1: http.deny[0]: 'localhost' is no network: "
	        "ADDRESS or ADDRESS/BITS, and no bit set beyond");
}

static void limits_of_http_have_ranges(void **state)
{
	struct place *p = *state;

	assert_int_equal(load(p, "http = { max_transfers = 1;"
	                         " max_waiting = 0; max_answer = 1048576;"
	                         " max_redirects = 0; pivot_timeout = 1; };"),
	                 0);
	assert_int_equal(p->conf->http.max_waiting, 0);
	assert_int_equal(p->conf->http.pivot_timeout_s, 1);
	refuses(p, "http = { max_transfers = 0; };",
	        "b2bua.conf:1: http.max_transfers: must be between 1 and "
	        "100000, not 0");
	refuses(p, "http = { max_answer = 10485760; };",
	        "b2bua.conf:1: http.max_answer: must be between 1 and "
	        "1048576, not 10485760");
	refuses(p, "http = { pivot_timeout = 6; };",
	        "b2bua.conf:1: http.pivot_timeout: must be between 1 and 5, "
	        "not 6");
}

static void a_missing_file_is_told(void **state)
{
	struct place *p = *state;

	assert_int_equal(load(p, NULL), -ENOENT);
	assert_non_null(strstr(buf_text(&p->why.text),
	                       "b2bua.conf: cannot be read: No such file or "
	                       "directory\n"));
	assert_int_equal(conf_load(&p->conf, p->folder, &p->why), -EISDIR);
	assert_int_equal(conf_load(&p->conf, "/nope", NULL), -ENOENT);
	assert_null(p->conf);
}

static void a_syntax_error_is_told_with_its_line(void **state)
{
	struct place *p = *state;

	refuses(p, "cdr = \"a\";\nsip = { = };", "b2bua.conf:2: syntax error");
	refuses(p, "cdr = \"a\";\ncdr = \"b\";",
	        "b2bua.conf:2: duplicate setting name");
	refuses(p, "sip = { listen = [ \"sip:1.2.3.4\", 5 ]; };",
	        "b2bua.conf:1: mismatched element type in array");
	refuses(p, "drain = 5;\ncdr = \"a;\ncontrol = 5;\n",
	        "b2bua.conf:2: this string has no end");
	refuses(p, "drain = 5;\n\n/* cdr = \"a\";\n",
	        "b2bua.conf:3: this comment has no end");
}

static void an_included_file_is_found_beside_the_file(void **state)
{
	struct place *p = *state;
	char *folder = xasprintf("%s/more", p->folder);

	assert_int_equal(mkdir(folder, 0700), 0);
	free(folder);
	put_file(p, "more/a.conf",
	         "\nsip = { t1 = 200; };\n"
	         "@include \"b.conf\"\n");
	put_file(p, "b.conf", "drain = 7;\n");
	assert_int_equal(load(p, "  @include \"more/a.conf\"\n"), 0);
	assert_int_equal(p->conf->sip.t1_ms, 200);
	assert_int_equal(p->conf->drain_s, 7);

	put_file(p, "b.conf", "\ndrain = -7;\n");
	refuses(p, "@include \"more/a.conf\"\n",
	        "b.conf:2: drain: must be between 0 and 86400, not -7");
	put_file(p, "b.conf", "drain = 99999999999;\n");
	refuses(p, "@include \"more/a.conf\"\n",
	        "b.conf:1: the number 99999999999 is too large");
}

static void an_include_that_fails_is_a_fault_and_not_an_exit(void **state)
{
	struct place *p = *state;

	refuses(p, "\n@include \"nope.conf\"\n",
	        "b2bua.conf:2: cannot include 'nope.conf': No such file or "
	        "directory");
	refuses(p, "@include \".\"\n",
	        "b2bua.conf:1: cannot include '.': Is a directory");
	refuses(p, "@include \"/etc/passwd\"\n",
	        "b2bua.conf:1: @include takes a path relative to the "
	        "configuration file");
	refuses(p, "@include \"b2bua.conf\n",
	        "b2bua.conf:1: @include takes a file name in quotes");
	refuses(p, "@include \"b2bua.conf\"\n@include \"b2bua.conf\"\n",
	        "b2bua.conf:1: cannot include 'b2bua.conf': nested too deep");
	assert_in_range(p->why.faults, 1, 30);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(an_empty_file_gives_every_default),
		TEST(the_sample_tells_the_defaults),
		TEST(every_key_is_taken_from_the_file),
		TEST(a_path_without_a_folder_stays_as_it_is),
		TEST(an_unknown_key_names_the_nearest_known_one),
		TEST(all_faults_are_told_at_once),
		TEST(a_number_is_of_its_type_and_range),
		TEST(session_intervals_go_together),
		TEST(a_number_too_large_is_never_cut),
		TEST(a_group_must_be_a_group),
		TEST(a_string_is_a_string_of_the_right_words),
		TEST(the_control_path_must_fit_a_socket),
		TEST(expiries_stand_in_order),
		TEST(ports_are_a_pair_wide_enough_for_a_call),
		TEST(a_listen_uri_that_cannot_be_is_refused),
		TEST(a_listen_list_has_members_and_none_twice),
		TEST(tls_needs_its_files),
		TEST(digest_algorithms_are_checked),
		TEST(advertise_is_a_host_and_perhaps_a_port),
		TEST(media_addresses_are_numeric_and_of_one_family),
		TEST(trusted_networks_are_checked),
		TEST(denied_networks_are_checked),
		TEST(limits_of_http_have_ranges),
		TEST(a_missing_file_is_told),
		TEST(a_syntax_error_is_told_with_its_line),
		TEST(an_included_file_is_found_beside_the_file),
		TEST(an_include_that_fails_is_a_fault_and_not_an_exit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
