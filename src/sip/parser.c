/* sip/parser.c - sofia's parser, but for one thing: PRACK is a method that
 * nta has no opinion on.
 *
 * To nta, as a user agent, a PRACK that no reliable response of its own waits
 * for is answered 481 before anybody else sees it.  Our reliable responses
 * are not nta's (doc/adr/0006), so in requests the method is one that it does
 * not know: by its name, which everything on the wire is written from, it
 * then comes to the leg. */
#include "sip/agent_priv.h"

#include <string.h>
#include <sofia-sip/msg_mclass.h>

static issize_t extract_body(msg_t *msg, msg_pub_t *pub, char b[], isize_t size,
                             int eos)
{
	sip_t *sip = (sip_t *)pub;

	if (sip->sip_request && sip->sip_cseq &&
	    sip->sip_request->rq_method == sip_method_prack &&
	    sip->sip_cseq->cs_method == sip_method_prack) {
		sip->sip_request->rq_method = sip_method_unknown;
		sip->sip_cseq->cs_method = sip_method_unknown;
	}
	return sip_default_mclass()->mc_extract_body(msg, pub, b, size, eos);
}

msg_mclass_t *parser_create(void)
{
	msg_mclass_t *mc = msg_mclass_clone(sip_default_mclass(), 0, 0);

	if (mc)
		mc->mc_extract_body = extract_body;
	return mc;
}

bool is_prack(const sip_t *sip)
{
	return sip->sip_request->rq_method == sip_method_unknown &&
	       strcmp(sip->sip_request->rq_method_name, "PRACK") == 0;
}
