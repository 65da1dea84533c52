/* callflow/play.c - plays callflows in a small office, step by step. */
#include "cmocka_all.h"

#include "callflow/play.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/strutil.h"

static void put_device(struct play *p, const char *id, const char *owner,
                       const char *rest)
{
	char *path = xasprintf("accounts/office/devices/%s.json", id);
	struct buf o = { 0 };

	if (owner)
		buf_fmt(&o, "'owner_id': '%s',", owner);
	documents_putf(p->docs, path,
	               "{'id': '%s', 'name': '%s', %s %s"
	               "'sip': {'username': '%s', 'password': 'secret'}}",
	               id, id, buf_text(&o), rest, id);
	buf_free(&o);
	free(path);
}

static void put_user(struct play *p, const char *id, const char *rest)
{
	char *path = xasprintf("accounts/office/users/%s.json", id);

	documents_putf(p->docs, path,
	               "{'id': '%s', %s 'first_name': '%s',"
	               " 'last_name': 'Doe'}",
	               id, rest, id);
	free(path);
}

static void furnish(struct play *p)
{
	documents_put(p->docs, "accounts/office/account.json",
	              "{'id': 'office', 'name': 'Office',"
	              " 'realm': 'office.example'}");
	put_user(p, "alice", "");
	put_user(p, "bob", "");
	put_user(p, "carol", "");
	put_user(p, "nobody", "");
	put_user(p, "away", "'do_not_disturb': {'enabled': true},");
	put_user(p, "gone", "'enabled': false,");
	put_device(p, "alice1", "alice", "");
	put_device(p, "alice2", "alice", "");
	put_device(p, "bob1", "bob", "");
	put_device(p, "carol1", "carol", "");
	put_device(p, "away1", "away", "");
	put_device(p, "gone1", "gone", "");
	put_device(p, "desk1", NULL, "");
	put_device(p, "desk2", NULL, "");
	put_device(p, "off1", NULL, "'enabled': false,");
	put_device(p, "quiet1", NULL, "'do_not_disturb': {'enabled': true},");
}

int play_setup(void **state)
{
	struct play *p = xzalloc(sizeof(*p));

	p->docs = documents_create();
	p->caller = "desk2";
	p->number = "+14155550100";
	p->dialled = "4155550100";
	p->seed = 1;
	p->unix_s = 1700000000;
	p->saved_stderr = -1;
	furnish(p);
	*state = p;
	return 0;
}

static void release_log(struct play *p)
{
	if (p->saved_stderr < 0)
		return;
	dup2(p->saved_stderr, STDERR_FILENO);
	close(p->saved_stderr);
	unlink(p->log);
	p->saved_stderr = -1;
}

int play_teardown(void **state)
{
	struct play *p = *state;

	release_log(p);
	flow_destroy(&p->flow);
	snapshot_unref(&p->snapshot);
	documents_destroy(&p->docs);
	cJSON_Delete(p->raw);
	free(p->text);
	free(p);
	return 0;
}

void play_put(struct play *p, const char *path, const char *json)
{
	documents_put(p->docs, path, json);
}

/* Each callflow has a number of its own that nobody dials. */
void play_callflow(struct play *p, const char *id, const char *action)
{
	char *path = xasprintf("accounts/office/callflows/%s.json", id);

	documents_putf(p->docs, path,
	               "{'id': '%s', 'numbers': ['flow-%s'], 'flow': %s}", id,
	               id, action);
	free(path);
}

/* --- steps as text -------------------------------------------------------- */

static void tell_dial(struct buf *b, const struct dial_plan *d)
{
	buf_fmt(b, "dial %s %ds:",
	        d->strategy == DIAL_SINGLE ? "in turn" : "together",
	        d->timeout_ms / 1000);
	for (size_t i = 0; i < d->n_targets; i++) {
		const struct dial_target *t = &d->targets[i];

		if (t->forward != FORWARD_OFF)
			buf_fmt(b, " %s%s:%s",
			        t->forward == FORWARD_FAILOVER ? "?" : ">",
			        t->device ? t->device->id : t->user->id,
			        t->to.number);
		else
			buf_fmt(b, " %s", t->device->id);
		if (t->delay_ms)
			buf_fmt(b, "+%d", t->delay_ms / 1000);
		if (t->timeout_ms)
			buf_fmt(b, "/%d", t->timeout_ms / 1000);
	}
}

static void tell_carriers(struct buf *b, const struct carrier_request *c)
{
	if (!c->is_local)
		buf_fmt(b, "carriers global %s", c->number);
	else
		buf_fmt(b, "carriers local %s %s",
		        c->hunt_account ? c->hunt_account->id : "nowhere",
		        c->number);
}

static void tell_change(struct buf *b, const struct change_request *c)
{
	static const char *const types[] = { [DOCUMENT_DEVICE] = "device",
		                             [DOCUMENT_USER] = "user",
		                             [DOCUMENT_CALLFLOW] =
		                                     "callflow" };

	buf_fmt(b, "change %s %s: %s %s", types[c->type], c->id,
	        change_what_text(c->change.what),
	        change_to_text(c->change.to));
	if (c->change.number)
		buf_fmt(b, " %s", c->change.number);
	if (c->change.user)
		buf_fmt(b, " of %s", c->change.user);
}

static const char *const lamps[] = { "idle", "ringing", "busy" };

static void tell_request(struct buf *b, const struct flow_step *s)
{
	static const char *const verbs[] = { "GET", "POST", "PUT" };
	const struct flow_request *rq = &s->u.request;

	if (s->kind == FLOW_FETCH)
		buf_fmt(b, "fetch%s %d ms", rq->is_debugged ? " debugged" : "",
		        rq->timeout_ms);
	else
		buf_fmt(b, "notify %d retries", rq->retries);
	buf_fmt(b, " %s %s", verbs[rq->verb], rq->url);
	if (rq->body)
		buf_fmt(b, " -> %s %s", rq->type, rq->body);
	if (rq->header)
		buf_fmt(b, ", %s", rq->header);
}

static const char *tell(struct play *p)
{
	const struct flow_step *s = p->step;
	struct buf b = { 0 };

	assert_non_null(s);
	assert_non_null(s->module);
	switch (s->kind) {
	case FLOW_DIAL:
		tell_dial(&b, &s->u.dial);
		break;
	case FLOW_CARRIERS:
		tell_carriers(&b, &s->u.carriers);
		break;
	case FLOW_FETCH:
	case FLOW_NOTIFY:
		tell_request(&b, s);
		break;
	case FLOW_WAIT:
		buf_fmt(&b, "wait%s", s->u.wait.answers ? " answered" : "");
		if (s->u.wait.ms < 0)
			buf_str(&b, " for ever");
		else
			buf_fmt(&b, " %d ms", s->u.wait.ms);
		break;
	case FLOW_CHANGE:
		tell_change(&b, &s->u.change);
		break;
	case FLOW_LAMP:
		buf_fmt(&b, "lamp %s %s", s->u.lamp.name,
		        lamps[s->u.lamp.state]);
		break;
	case FLOW_RESPOND:
		buf_fmt(&b, "respond %d", s->u.respond.status);
		if (s->u.respond.reason)
			buf_fmt(&b, " %s", s->u.respond.reason);
		break;
	case FLOW_HANGUP:
		buf_str(&b, "hangup");
		if (s->u.cause)
			buf_fmt(&b, " %s", s->u.cause);
		break;
	case FLOW_END:
		buf_str(&b, "end");
		break;
	}
	free(p->text);
	p->text = buf_take(&b);
	return p->text;
}

static void tell_vars(struct buf *b, const struct call_vars *vars)
{
	for (size_t i = 0; i < vars->n; i++)
		buf_fmt(b, " %s=%s%s", vars->v[i].name, vars->v[i].value,
		        vars->v[i].is_both ? "+" : "");
}

const char *play_shown(struct play *p)
{
	const struct call_data *d = flow_call_data(p->flow);
	char *name = call_data_name(d, d->name ? d->name : p->caller_name);
	char *number =
	        call_data_number(d, d->number ? d->number : p->caller_number);
	struct buf b = { 0 };

	buf_fmt(&b, "%s <%s>", name, number);
	if (d->has_privacy)
		buf_fmt(&b, " hides%s%s%s", d->hides & HIDES_NAME ? " name" : "",
		        d->hides & HIDES_NUMBER ? " number" : "",
		        d->merges_privacy ? " and more" : "");
	if (d->alert_info)
		buf_fmt(&b, " alert %s", d->alert_info);
	if (d->owner)
		buf_fmt(&b, " of %s", d->owner->id);
	tell_vars(&b, &d->channel_vars);
	tell_vars(&b, &d->application_vars);
	free(name);
	free(number);
	free(p->text);
	p->text = buf_take(&b);
	return p->text;
}

/* --- playing -------------------------------------------------------------- */

static const struct account *office(struct play *p)
{
	const struct account *a;

	if (!p->snapshot)
		p->snapshot = documents_load(p->docs);
	a = snapshot_account(p->snapshot, "office");
	assert_non_null(a);
	return a;
}

static const char *start(struct play *p, const struct callflow *c)
{
	const struct account *a = office(p), *home = a;
	struct flow_input in = { 0 };

	flow_destroy(&p->flow);
	in.snapshot = p->snapshot;
	in.caller.account = a;
	if (p->home)
		home = snapshot_account(p->snapshot, p->home);
	assert_non_null(home);
	if (p->caller) {
		in.caller.device = account_device(home, p->caller);
		assert_non_null(in.caller.device);
	}
	assert_non_null(c);
	in.callflow = c;
	in.dialled = p->dialled;
	in.number = p->number;
	in.capture = p->capture;
	in.caller_name = p->caller_name;
	in.caller_number = p->caller_number;
	in.invite = p->invite;
	in.seed = p->seed;
	in.unix_s = p->unix_s;
	assert_int_equal(flow_begin(&p->flow, &in, &p->step), 0);
	return tell(p);
}

const char *play_start(struct play *p, const char *id)
{
	return start(p, account_callflow(office(p), id));
}

const char *play_raw(struct play *p, const char *action)
{
	char *text = xstrdup(action);

	flow_destroy(&p->flow);
	cJSON_Delete(p->raw);
	for (char *s = text; *s; s++)
		if (*s == '\'')
			*s = '"';
	p->raw = cJSON_Parse(text);
	assert_non_null(p->raw);
	free(text);
	p->raw_flow.id = "raw";
	p->raw_flow.account = office(p);
	p->raw_flow.flow = p->raw;
	return start(p, &p->raw_flow);
}

const char *play_action(struct play *p, const char *action)
{
	flow_destroy(&p->flow);
	snapshot_unref(&p->snapshot); /* the documents change */
	play_callflow(p, "main", action);
	return play_start(p, "main");
}

static const char *resume(struct play *p, enum outcome_kind kind,
                          const char *cause, int status)
{
	struct flow_outcome o = { .kind = kind, .cause = cause,
		                  .status = status };

	p->step = flow_resume(p->flow, &o);
	return tell(p);
}

const char *play_failed(struct play *p, const char *cause, int status)
{
	return resume(p, OUTCOME_FAILED, cause, status);
}

const char *play_error(struct play *p)
{
	return resume(p, OUTCOME_ERROR, NULL, 0);
}

const char *play_answered(struct play *p)
{
	return resume(p, OUTCOME_ANSWERED, NULL, 0);
}

const char *play_done(struct play *p)
{
	return resume(p, OUTCOME_DONE, NULL, 0);
}

const char *play_fetched(struct play *p, const char *type, const char *text)
{
	char *json = xstrdup(text);
	struct flow_outcome o = { .kind = OUTCOME_FETCHED, .type = type,
		                  .text = json, .len = strlen(json) };

	for (char *s = json; *s; s++)
		if (*s == '\'')
			*s = '"';
	p->step = flow_resume(p->flow, &o);
	free(json); /* nothing may point there any more */
	return tell(p);
}

const char *play_gone(struct play *p)
{
	return resume(p, OUTCOME_CALLER_GONE, NULL, 0);
}

/* --- the log -------------------------------------------------------------- */

void play_catch_log(struct play *p)
{
	int fd;

	snprintf(p->log, sizeof(p->log), "/tmp/log.XXXXXX");
	fd = mkstemp(p->log);
	assert_true(fd >= 0);
	p->saved_stderr = dup(STDERR_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

unsigned play_logged(struct play *p, const char *text)
{
	FILE *in = fopen(p->log, "r");
	char line[1024];
	unsigned n = 0;

	assert_non_null(in);
	while (fgets(line, sizeof(line), in))
		n += strstr(line, text) != NULL;
	fclose(in);
	return n;
}
