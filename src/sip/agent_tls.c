/* sip/agent_tls.c - what the agent has to do with TLS. */
#include "sip/agent_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/strutil.h"

/* sofia looks for a certificate of its own here, and does without. */
#define NO_FOLDER "/dev/null"

struct tls *agent_tls(const struct agent *a)
{
	return a->tls;
}

int agent_start_tls(struct agent *a, const struct agent_conf *conf,
                    struct diag *why)
{
	for (size_t i = 0; i < conf->n_listen; i++)
		if (conf->listen[i].transport == SIP_TLS && conf->tls)
			return tls_create(&a->tls, a->loop, conf->tls, why);
	return 0;
}

void agent_tls_host(struct listener *l, const char *advertise)
{
	const char *colon, *bracket;

	if (str_is_empty(advertise))
		return;
	colon = strrchr(advertise, ':');
	bracket = strrchr(advertise, ']');
	if (!colon || (bracket && colon < bracket))
		colon = advertise + strlen(advertise);
	snprintf(l->host, sizeof(l->host), "%.*s:%u",
	         (int)(colon - advertise), advertise, addr_port(&l->bound));
}

bool agent_add_tport(struct agent *a, const struct listener *l,
                     const char *url, tag_type_t tag, tag_value_t value, ...)
{
	bool is_tls = l->transport == SIP_TLS, is_ours = true;
	ta_list ta;
	int rc;

	if (is_tls && !a->tls) {
		errno = EPROTONOSUPPORT;
		return false;
	}
	if (is_tls)
		tls_adopt_begin(a->tls);
	ta_start(ta, tag, value);
	rc = nta_agent_add_tport(a->nta, URL_STRING_MAKE(url),
	                         TAG_IF(is_tls, TPTAG_CERTIFICATE(NO_FOLDER)),
	                         ta_tags(ta));
	ta_end(ta);
	if (is_tls)
		is_ours = tls_adopt_end();
	if (rc == 0 && !is_ours)
		errno = ENOSYS; /* our answers are not asked for */
	return rc == 0 && is_ours;
}

void agent_expect(struct agent *a, const struct target *t)
{
	struct addr numeric;

	if (a->tls && t->transport == SIP_TLS && !t->flow &&
	    !str_is_empty(t->name) && addr_parse(&numeric, t->name, 0) < 0)
		tls_expect(a->tls, &t->dest, t->name);
}
