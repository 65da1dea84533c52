/* b2bua/session_web.c - a flow that asks an HTTP server what comes next. */
#include "b2bua/session_priv.h"

#include <errno.h>

#include "b2bua/web.h"
#include "base/log.h"

#define SHOWN 500 /* bytes of an answer that the log has of a debugged pivot */

static bool is_good(const struct http_answer *a)
{
	return !a->failure && a->status / 100 == 2;
}

static void log_answer(const struct session *ss, const struct http_answer *a)
{
	const struct log_ctx *log = call_log(ss->call);

	if (a->failure)
		log_ctx_warn(log, "pivot: %s: %s: going on with its child '_'",
		             a->where, a->failure);
	else if (!is_good(a))
		log_ctx_warn(log, "pivot: %s: status %d: going on with its "
		                  "child '_'", a->where, a->status);
	else
		log_ctx_info(log, "pivot: %s: %zu bytes", a->where, a->len);
	if (ss->is_web_debugged)
		log_ctx_info(log, "pivot: %d %s: %.*s", a->status, a->type,
		             SHOWN, a->body);
}

static void on_answer(const struct http_answer *a, void *arg)
{
	struct session *ss = arg;

	OBJ_CHECK(ss, SESSION_MAGIC);
	ss->fetch = NULL;
	log_answer(ss, a);
	if (is_good(a))
		session_fetched(ss, a->body, a->len, a->type);
	else
		session_go_on(ss);
}

bool session_fetch(struct session *ss, const struct flow_request *rq)
{
	const struct log_ctx *log = call_log(ss->call);
	int rc = web_fetch(&ss->fetch, ss->server->web, rq, on_answer, ss);

	ss->is_web_debugged = rq->is_debugged;
	if (rq->is_debugged)
		log_ctx_info(log, "pivot: asks %s, body: %s", rq->url,
		             rq->body ? rq->body : "none");
	if (rc == -EINVAL)
		log_ctx_warn(log, "pivot: voice_url is not an http or https "
		                  "URL: going on with its child '_'");
	else if (rc < 0)
		log_ctx_warn(log, "pivot: too many requests wait already: "
		                  "going on with its child '_'");
	return rc == 0;
}
