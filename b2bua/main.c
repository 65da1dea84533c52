/* b2bua/main.c - the program: options, configuration, one server. */
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "b2bua/daemon.h"
#include "b2bua/options.h"
#include "b2bua/server.h"
#include "sip/loop.h"

/* sofia parses list headers by recursion, one level per comma: with messages
 * bounded to 64 KB this is several times what the longest list needs. */
#define STACK_BYTES (16u << 20)

struct run {
	const struct config *conf;
	int status; /* for exit */
};

/* Each call takes four sockets. */
static void raise_descriptor_limit(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
		rl.rlim_cur = rl.rlim_max;
		setrlimit(RLIMIT_NOFILE, &rl);
	}
}

/* The signalling thread is not the first one, and the heaps of other threads
 * grow and shrink a page at a time, a system call each: all share the main
 * heap, which keeps some of what it got. */
static void tune_memory(void)
{
#ifdef __GLIBC__
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_TOP_PAD, 1 << 20);
	mallopt(M_TRIM_THRESHOLD, 4 << 20);
#endif
}

static void say(const struct diag *why)
{
	fputs(buf_text(&why->text), stderr);
}

static void *serve(void *arg)
{
	struct run *r = arg;
	struct daemon_signals *signals = NULL;
	struct server *s = NULL;
	struct diag why = { 0 };
	char text[ADDR_TEXT];

	r->status = 1;
	if (server_create(&s, r->conf, NULL, &why) < 0) {
		say(&why);
		diag_free(&why);
		return NULL;
	}
	if (daemon_watch(&signals, s) == 0) {
		for (size_t i = 0; i < r->conf->sip.n_listen; i++) {
			struct addr a = r->conf->sip.listen[i].addr;

			addr_set_port(&a, agent_port(s->agent, i));
			log_info("listening on %s %s",
			         sip_transport_name(
			                 (enum sip_transport)r->conf->sip
			                         .listen[i]
			                         .transport),
			         addr_ip_port(&a, text));
		}
		log_info("ready");
		loop_run(s->loop);
		r->status = 0;
	}
	daemon_unwatch(&signals);
	server_destroy(&s);
	diag_free(&why);
	return NULL;
}

static int run(const struct config *conf)
{
	struct run r = { conf, 1 };
	pthread_attr_t attr;
	pthread_t thread;

	log_setup(conf->log.level, conf->log.format);
	loop_steady_time();
	raise_descriptor_limit();
	daemon_block_signals();
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	if (pthread_create(&thread, &attr, serve, &r) != 0) {
		fputs("b2bua: cannot start the signalling thread\n", stderr);
		return 1;
	}
	pthread_attr_destroy(&attr);
	pthread_join(thread, NULL);
	return r.status;
}

static int test_certificate(const struct config *conf, struct diag *why)
{
	struct tls_conf tls = server_tls_conf(conf);

	return conf->tls.certificate[0] ? tls_check(&tls, why) : 0;
}

/* -t: configuration, documents, certificate and database, one line a
 * fault. */
static int test(const struct config *conf)
{
	struct snapshot *snapshot = NULL;
	struct diag why = { 0 };
	char *reason = NULL;
	int rc = snapshot_load(&snapshot, conf->directory, false, &why);

	if (test_certificate(conf, &why) < 0)
		rc = -1;
	say(&why);
	diag_free(&why);
	snapshot_unref(&snapshot);
	if (conf->registrar.database[0] &&
	    store_check(conf->registrar.database, &reason) < 0) {
		fprintf(stderr, "%s\n", reason);
		rc = -1;
	}
	free(reason);
	return rc < 0 ? 1 : 0;
}

/* -t --explain */
static int tell(const struct config *conf, const struct explain_query *q)
{
	struct snapshot *snapshot = NULL;
	struct diag why = { 0 };
	struct buf out = { 0 };
	int status = 1;

	log_setup(LOG_LVL_ERROR, conf->log.format);
	if (snapshot_load(&snapshot, conf->directory, false, &why) == 0)
		status = (int)explain(&out, &why, conf, snapshot, q);
	say(&why);
	fputs(buf_text(&out), stdout);
	buf_free(&out);
	diag_free(&why);
	snapshot_unref(&snapshot);
	return status;
}

int main(int argc, char **argv)
{
	struct options opt;
	struct config *conf = NULL;
	struct diag why = { 0 };
	int status = 1, rc = options_parse(&opt, argc, argv);

	tune_memory();
	if (rc < 0) {
		fputs(buf_text(&opt.text), stderr);
		status = 2;
	} else if (opt.action == OPTIONS_HELP ||
	           opt.action == OPTIONS_VERSION) {
		fputs(buf_text(&opt.text), stdout);
		status = 0;
	} else if (conf_load(&conf, opt.conf_path, &why) < 0) {
		say(&why);
	} else {
		status = opt.action == OPTIONS_TEST      ? test(conf)
		         : opt.action == OPTIONS_EXPLAIN ? tell(conf, &opt.explain)
		                                         : run(conf);
	}
	diag_free(&why);
	conf_destroy(&conf);
	options_free(&opt);
	return status;
}
