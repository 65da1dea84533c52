/* Figures for the registrar: bytes a binding, operations a second, and how
 * long the file takes.  Usage: bench_registrar [BINDINGS [FILE]] */
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/timer.h"
#include "registrar/store.h"

#define NOW 1700000000000

static struct store *store;

static void on_saved(struct binding *b, void *arg)
{
	if (store)
		store_save(store, b);
}

static void on_removed(struct binding *b, void *arg)
{
	if (store)
		store_remove(store, b);
}

static const struct registrar_ops ops = { on_saved, on_removed };

static const struct registrar_conf conf = { 60, 600, 3600, 5 };

static int64_t since_ms;

static void lap(const char *what, size_t n)
{
	int64_t ms = clock_mono_ms() - since_ms;

	printf("%-34s %7" PRId64 " ms", what, ms);
	if (n > 0 && ms > 0)
		printf(" %10.0f/s", (double)n * 1000 / (double)ms);
	printf("\n");
	since_ms = clock_mono_ms();
}

/* What a phone behind a NAT sends; over TCP, each on its own connection. */
static void reg(struct registrar *r, size_t i, uint32_t cseq, bool is_tcp)
{
	char aor[64], uri[128], call_id[64], instance[64];
	struct register_contact c = { .uri = uri,
		                      .expires_s = -1,
		                      .q = 1000,
		                      .instance = instance,
		                      .is_natted = !is_tcp };
	struct register_request rq = { .aor = aor,
		                       .call_id = call_id,
		                       .cseq = cseq,
		                       .expires_s = 600,
		                       .contacts = &c,
		                       .n_contacts = 1,
		                       .user_agent = "Yealink SIP-T46U "
		                                     "108.86.0.20",
		                       .transport = is_tcp ? BINDING_TCP
		                                           : BINDING_UDP,
		                       .flow = is_tcp ? i + 1 : 0,
		                       .now_ms = NOW + cseq };

	snprintf(aor, sizeof(aor), "user%06zu@account.example.com", i);
	snprintf(uri, sizeof(uri), "sip:user%06zu@192.168.1.%zu:5060", i,
	         i % 250);
	snprintf(call_id, sizeof(call_id), "1_%010zu@192.168.1.1", i);
	snprintf(instance, sizeof(instance),
	         "\"<urn:uuid:00000000-0000-1000-8000-%012zu>\"", i);
	addr_parse(&rq.source, "192.0.2.1", 5060);
	addr_parse(&rq.local, "192.0.2.2", 5060);
	registrar_apply(r, &rq);
}

static void nothing(const struct binding *b, void *arg)
{
}

static void look_up(struct registrar *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char aor[64];

		snprintf(aor, sizeof(aor), "user%06zu@account.example.com", i);
		registrar_each(r, aor, NOW, nothing, NULL);
	}
}

static void in_memory(size_t n, bool is_tcp)
{
	size_t before = mallinfo2().uordblks;
	struct registrar *r = NULL;

	printf("%s, %zu bindings\n", is_tcp ? "TCP" : "UDP", n);
	since_ms = clock_mono_ms();
	registrar_create(&r, &conf, &ops, NULL);
	for (size_t i = 0; i < n; i++)
		reg(r, i, 1, is_tcp);
	lap("  register", n);
	printf("  %zu bytes a binding\n",
	       (mallinfo2().uordblks - before) / (n ? n : 1));
	for (size_t i = 0; i < n; i++)
		reg(r, i, 2, is_tcp);
	lap("  refresh", n);
	look_up(r, n);
	lap("  look up", n);
	if (is_tcp) {
		for (size_t i = 0; i < n; i++)
			registrar_flow_closed(r, i + 1);
		lap("  close the connections", n);
	} else {
		registrar_expire(r, NOW + 700000);
		lap("  expire", n);
	}
	registrar_destroy(&r);
}

static void on_disk(size_t n, const char *path)
{
	struct registrar *r = NULL;
	struct worker *w = NULL;
	char *why = NULL;

	printf("with the file %s\n", path);
	worker_create(&w, "storage");
	registrar_create(&r, &conf, &ops, NULL);
	since_ms = clock_mono_ms();
	if (store_open(&store, path, w, &why) < 0) {
		fprintf(stderr, "%s\n", why);
		exit(1);
	}
	for (size_t i = 0; i < n; i++)
		reg(r, i, 1, false);
	lap("  register and queue", n);
	store_close(&store);
	lap("  rest of the writing", 0);
	registrar_destroy(&r);
	free(why);
	registrar_create(&r, &conf, &ops, NULL);
	since_ms = clock_mono_ms();
	store_open(&store, path, w, &why);
	lap("  open and check", 0);
	store_load(store, r, NOW);
	lap("  load", registrar_count(r));
	for (uint32_t round = 2; round < 5; round++) {
		for (size_t i = 0; i < n; i++)
			reg(r, i, round, false);
		lap("  refresh and queue", n);
		store_kick(store);
		worker_flush(w);
		lap("  write", 0);
	}
	store_close(&store);
	worker_destroy(&w);
	registrar_destroy(&r);
	free(why);
	unlink(path);
}

int main(int argc, char **argv)
{
	size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;

	in_memory(n, false);
	in_memory(n, true);
	on_disk(n, argc > 2 ? argv[2] : "bench_registrar.db");
	return 0;
}
