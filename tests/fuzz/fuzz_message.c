/* Datagrams from strangers, through a real socket: sofia's parser, the screen
 * and everything that reads a request.  Each ends with an answer or none; no
 * transaction of ours is left. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "sip/agent.h"
#include "sip/identity.h"
#include "sip/leg_refer.h"
#include "sip/presence_doc.h"
#include "sip/subscription.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LARGEST 65000
#define TURNS   3

static void read_contacts(const struct request *rq)
{
	struct request_contact c;

	for (size_t i = 0; request_contact(rq, i, &c); i++)
		request_contact_clear(&c);
}

static void read_credentials(const struct request *rq)
{
	const char *const *params;

	for (int proxy = 0; proxy < 2; proxy++)
		for (size_t i = 0;
		     (params = request_credentials(rq, proxy, i)); i++)
			while (*params && strlen(*params) < LARGEST)
				params++;
}

static void read_identity(const struct message *m)
{
	static const char *const names[] = { "P-Asserted-Identity",
		                             "Remote-Party-ID", "Privacy" };
	struct identity_value v;
	char *value;

	for (size_t i = 0; i < NELEM(names); i++) {
		value = message_header(m, names[i]);
		if (!value)
			continue;
		identity_parse(&v, value);
		identity_rpid_privacy(value);
		privacy_parse(value);
		free(value);
	}
}

static void read_subscription(const struct request *rq)
{
	const struct message *m = request_message(rq);

	if (strlen(request_event(rq)) > LARGEST)
		abort();
	request_accepts(rq, PIDF_TYPE);
	if (m->body)
		pidf_is_closed(m->body, m->body_len);
}

static void on_request(struct request *rq, void *arg)
{
	const struct message *m = request_message(rq);
	struct replaces replaces;
	enum invite_kind kind;

	(void)arg;
	free(request_path(rq));
	free(message_crossing(m));
	free(message_reason(m));
	free(message_contact(m, 0));
	message_replaces(&kind, &replaces, m);
	read_identity(m);
	read_subscription(rq);
	read_contacts(rq);
	read_credentials(rq);
	if (strlen(request_user(rq)) + strlen(request_from_name(rq)) +
	            strlen(request_call_id(rq)) >
	    2 * LARGEST)
		abort();
	request_reply(rq, 404, "Not Found", NULL);
}

static void on_flow_closed(uint64_t flow, void *arg)
{
	(void)flow;
	(void)arg;
}

/* A stranger: what it may be answered is measured, too. */
static enum admission on_admit(const struct addr *source, const char *method,
                               size_t len, void *arg)
{
	(void)source;
	(void)arg;
	if (len > strlen(method))
		abort();
	return ADMIT_STRANGER;
}

static struct {
	struct loop *loop;
	struct agent *agent;
	struct addr server;
	int fd;
} rig;

static void set_up(void)
{
	static const struct agent_ops ops = { on_request, on_flow_closed,
		                              on_admit, NULL };
	struct agent_listen listen = { .transport = SIP_UDP };
	struct agent_conf conf = { .listen = &listen, .n_listen = 1 };

	addr_parse(&listen.addr, "127.0.0.1", 0);
	rig.server = listen.addr;
	rig.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (rig.fd < 0 || loop_create(&rig.loop, NULL, NULL) < 0 ||
	    agent_create(&rig.agent, rig.loop, &conf, &ops, NULL, NULL) < 0)
		abort();
	addr_set_port(&rig.server, agent_port(rig.agent, 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!rig.agent)
		set_up();
	sendto(rig.fd, data, size < LARGEST ? size : LARGEST, 0,
	       &rig.server.u.sa, addr_len(&rig.server));
	for (int i = 0; i < TURNS; i++)
		loop_turn(rig.loop, 0);
	if (agent_gauges(rig.agent).requests > 0)
		abort();
	return 0;
}
