/* floor.c - the least a SIP bridge can do on sofia-sip's nta: the yardstick for signalling cost.
 *
 * Every INVITE is sent on to a fixed target; answers, ACK and BYE are passed across. No registrar, no callflow,
 * no authentication, no media, no error handling worth the name. Not product code: a floor to measure against.
 *
 *   cc -O2 -o floor floor.c $(pkg-config --cflags --libs sofia-sip-ua)
 *   ./floor sip:127.0.0.1:5070 sip:service@127.0.0.1:5090...     several targets take turns
 */
#define SU_ROOT_MAGIC_T struct floor
#define NTA_LEG_MAGIC_T struct bridge
#define NTA_INCOMING_MAGIC_T struct bridge
#define NTA_OUTGOING_MAGIC_T struct bridge
#include <sofia-sip/nta.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/su_tagarg.h>
#include <sofia-sip/su_wait.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

struct floor {
	su_root_t *root;
	nta_agent_t *agent;
	char **targets;
	unsigned n_targets, next;
};

struct bridge {
	nta_leg_t *caller, *callee;
	nta_incoming_t *invite_in;
	nta_outgoing_t *invite_out;
};

static struct floor floor_;

static void bridge_free(struct bridge *b)
{
	if (b->invite_in)
		nta_incoming_destroy(b->invite_in);
	if (b->invite_out)
		nta_outgoing_destroy(b->invite_out);
	nta_leg_destroy(b->caller);
	nta_leg_destroy(b->callee);
	free(b);
}

static int bye_answered(struct bridge *b, nta_outgoing_t *bye, sip_t const *sip)
{
	if (sip && sip->sip_status->st_status < 200)
		return 0;
	nta_outgoing_destroy(bye);
	bridge_free(b);
	return 0;
}

static int in_dialog(struct bridge *b, nta_leg_t *leg, nta_incoming_t *irq, sip_t const *sip)
{
	(void)irq;
	if (sip->sip_request->rq_method != sip_method_bye)
		return 501;
	nta_outgoing_tcreate(leg == b->caller ? b->callee : b->caller, bye_answered, b, NULL, SIP_METHOD_BYE, NULL,
	                     TAG_END());
	return 200;
}

static int acked(struct bridge *b, nta_incoming_t *irq, sip_t const *sip)
{
	if (sip && sip->sip_request->rq_method == sip_method_ack) {
		nta_incoming_destroy(irq);
		b->invite_in = NULL;
	}
	return 0;
}

static void send_ack(struct bridge *b, nta_outgoing_t *invite, sip_t const *sip)
{
	nta_outgoing_t *ack;

	nta_leg_rtag(b->callee, sip->sip_to->a_tag);
	nta_leg_client_route(b->callee, sip->sip_record_route, sip->sip_contact);
	ack = nta_outgoing_tcreate(b->callee, NULL, NULL, NULL, SIP_METHOD_ACK, NULL,
	                           NTATAG_ACK_BRANCH(nta_outgoing_branch(invite)), TAG_END());
	if (ack)
		nta_outgoing_destroy(ack);
}

static int answered(struct bridge *b, nta_outgoing_t *invite, sip_t const *sip)
{
	int status = sip->sip_status->st_status;

	if (status == 100)
		return 0;
	if (status >= 200 && status < 300)
		send_ack(b, invite, sip);
	if (status >= 200) {
		nta_outgoing_destroy(invite);
		b->invite_out = NULL;
	}
	nta_incoming_treply(b->invite_in, status, sip->sip_status->st_phrase,
	                    SIPTAG_CONTACT(nta_agent_contact(floor_.agent)),
	                    SIPTAG_CONTENT_TYPE(sip->sip_content_type), SIPTAG_PAYLOAD(sip->sip_payload), TAG_END());
	return 0;
}

static int new_call(struct bridge *unused, nta_leg_t *leg, nta_incoming_t *irq, sip_t const *sip)
{
	struct bridge *b;
	const char *target = floor_.targets[floor_.next++ % floor_.n_targets];

	(void)unused, (void)leg;
	if (sip->sip_request->rq_method != sip_method_invite)
		return 501;
	if (sip->sip_to->a_tag)
		return 481;
	b = calloc(1, sizeof(*b));
	b->caller = nta_leg_tcreate(floor_.agent, in_dialog, b, SIPTAG_CALL_ID(sip->sip_call_id),
	                            SIPTAG_FROM(sip->sip_to), SIPTAG_TO(sip->sip_from), TAG_END());
	nta_leg_tag(b->caller, nta_incoming_tag(irq, NULL));
	nta_leg_server_route(b->caller, sip->sip_record_route, sip->sip_contact);
	b->invite_in = irq;
	nta_incoming_bind(irq, acked, b);
	nta_incoming_treply(irq, SIP_100_TRYING, TAG_END());
	b->callee = nta_leg_tcreate(floor_.agent, in_dialog, b, SIPTAG_FROM(sip->sip_from),
	                            SIPTAG_TO_STR(target), TAG_END());
	nta_leg_tag(b->callee, NULL);
	b->invite_out = nta_outgoing_tcreate(b->callee, answered, b, NULL, SIP_METHOD_INVITE,
	                                     URL_STRING_MAKE(target),
	                                     SIPTAG_CONTACT(nta_agent_contact(floor_.agent)),
	                                     SIPTAG_CONTENT_TYPE(sip->sip_content_type),
	                                     SIPTAG_PAYLOAD(sip->sip_payload), TAG_END());
	return 0;
}

static void stop(int sig)
{
	(void)sig;
	su_root_break(floor_.root);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: floor LISTEN-URI TARGET-URI...\n");
		return 2;
	}
	su_init();
	floor_.root = su_root_create(&floor_);
	floor_.targets = argv + 2;
	floor_.n_targets = (unsigned)argc - 2;
	floor_.agent = nta_agent_create(floor_.root, URL_STRING_MAKE(argv[1]), NULL, NULL, NTATAG_UA(1), TAG_END());
	if (!floor_.agent) {
		perror("floor: cannot listen");
		return 1;
	}
	nta_leg_tcreate(floor_.agent, new_call, NULL, NTATAG_NO_DIALOG(1), TAG_END());
	signal(SIGTERM, stop);
	signal(SIGINT, stop);
	su_root_run(floor_.root);
	return 0;
}
