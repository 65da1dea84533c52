/* sip/client_proof.c - a client's credentials (RFC 3261 22, RFC 7616 3.4). */
#include "sip/client_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "sip/digest.h"

#define MOST_PROOFS 4 /* one request: a proxy's, a server's, each stale once */

static void forget(struct client_challenge *ch)
{
	for (size_t i = 0; ch->params && ch->params[i]; i++)
		free(ch->params[i]);
	free(ch->params);
	*ch = (struct client_challenge){ 0 };
}

void client_forget_challenges(struct client *c)
{
	forget(&c->challenges[BY_SERVER]);
	forget(&c->challenges[BY_PROXY]);
}

void client_begin_proof(struct client *c)
{
	c->proofs = 0;
	for (size_t i = 0; i < NELEM(c->challenges); i++)
		c->challenges[i].is_fresh = false;
}

static void keep(struct client_challenge *ch, const msg_auth_t *au)
{
	size_t n = 0;

	forget(ch);
	while (au->au_params[n])
		n++;
	ch->params = xcalloc(n + 1, sizeof(char *));
	for (size_t i = 0; i < n; i++)
		ch->params[i] = xstrdup(au->au_params[i]);
	ch->is_fresh = true;
}

static bool is_stale(const struct digest_params *p)
{
	char text[16];

	return digest_param(p, "stale", text, sizeof(text)) &&
	       str_eq_case(text, "true");
}

/* Only whom the password is for: a challenge of somebody else's gets none. */
static bool is_for_us(const struct client *c, const struct digest_params *p)
{
	char realm[256];

	return !c->realm || (digest_param(p, "realm", realm, sizeof(realm)) &&
	                     strcmp(realm, c->realm) == 0);
}

static bool respond(struct client *c, const struct digest_params *p,
                    unsigned nc, struct buf *out)
{
	struct digest_answer a = { c->username, c->password, c->method,
		                   c->uri, nc, NULL };

	return digest_respond(out, p, &a) == 0;
}

static bool may_answer(struct client *c, const struct client_challenge *ch,
                       const msg_auth_t *au)
{
	struct digest_params p = { (const char *const *)au->au_params };
	struct buf scratch = { 0 };
	bool may;

	if (!au->au_scheme || !str_eq_case(au->au_scheme, "Digest") ||
	    !au->au_params || !is_for_us(c, &p))
		return false;
	if (ch->is_fresh && !is_stale(&p))
		return false; /* the password was wrong */
	may = respond(c, &p, 1, &scratch);
	buf_free(&scratch);
	return may;
}

bool client_take_challenge(struct client *c, const sip_t *sip)
{
	int status = sip->sip_status->st_status;
	const msg_auth_t *au = status == 407 ? sip->sip_proxy_authenticate
	                                     : sip->sip_www_authenticate;
	struct client_challenge *ch =
	        &c->challenges[status == 407 ? BY_PROXY : BY_SERVER];

	if ((status != 401 && status != 407) || !c->username || !c->password)
		return false;
	/* RFC 8760 2.4: the topmost that we can answer */
	for (; au; au = au->au_next)
		if (c->proofs < MOST_PROOFS && may_answer(c, ch, au)) {
			keep(ch, au);
			c->proofs++;
			return true;
		}
	forget(ch); /* what was refused is not sent again */
	return false;
}

void client_write_credentials(struct client *c, struct buf *lines)
{
	static const char *const names[] = {
		[BY_SERVER] = "Authorization",
		[BY_PROXY] = "Proxy-Authorization",
	};

	for (size_t i = 0; i < NELEM(c->challenges); i++) {
		struct client_challenge *ch = &c->challenges[i];
		struct digest_params p = { (const char *const *)ch->params };
		struct buf value = { 0 };

		if (!ch->params)
			continue;
		if (respond(c, &p, ++ch->nc, &value))
			buf_fmt(lines, "%s: %s\r\n", names[i],
			        buf_text(&value));
		buf_free(&value);
	}
}
