#include "cmocka_all.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "integration/office.h"

struct desk {
	struct office *o;
	struct peer *frank1, *alice1;
	struct buf said;
	int fd;
};

static int set_up(void **state)
{
	struct desk *k = xzalloc(sizeof(*k));
	void *o = NULL;

	office_set_up(&o);
	k->o = o;
	k->frank1 = office_phone(o, "frank1");
	k->alice1 = office_phone(o, "alice1");
	office_flow(o, "1", "{'module':'device','data':{'id':'alice1'}}");
	*state = k;
	return 0;
}

static int tear_down(void **state)
{
	struct desk *k = *state;
	void *o = k->o;
	int rc = office_tear_down(&o);

	buf_free(&k->said);
	free(k);
	return rc;
}

static bool is_said(void *arg)
{
	struct desk *k = arg;
	char chunk[4096];
	ssize_t n;

	while ((n = recv(k->fd, chunk, sizeof(chunk), MSG_DONTWAIT)) > 0)
		buf_add(&k->said, chunk, (size_t)n);
	return n == 0;
}

/* The exit status; what was said is in k->said. */
static int ask(struct desk *k, const char *line)
{
	char *path = xasprintf("%s/control", documents_dir(k->o->files));
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char *rest;
	long status;

	buf_clear(&k->said);
	k->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	strcpy(un.sun_path, path);
	free(path);
	assert_int_equal(connect(k->fd, (struct sockaddr *)&un, sizeof(un)),
	                 0);
	assert_int_equal(send(k->fd, line, strlen(line), 0), strlen(line));
	assert_true(settle_until(k->o->loop, is_said, k));
	close(k->fd);
	status = strtol(buf_text(&k->said), &rest, 10);
	assert_int_equal(*rest, '\n');
	rest = xstrdup(rest + 1);
	buf_clear(&k->said);
	buf_str(&k->said, rest);
	free(rest);
	return (int)status;
}

static cJSON *ask_json(struct desk *k, const char *line)
{
	cJSON *got;

	assert_int_equal(ask(k, line), 0);
	got = cJSON_Parse(buf_text(&k->said));
	if (!got)
		fail_msg("no JSON: %s", buf_text(&k->said));
	return got;
}

static void says(const struct desk *k, const char *text)
{
	if (!strstr(buf_text(&k->said), text))
		fail_msg("'%s' is not in:\n%s", text, buf_text(&k->said));
}

static double number(const cJSON *o, const char *name)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, name);

	if (!cJSON_IsNumber(v))
		fail_msg("no number '%s'", name);
	return v->valuedouble;
}

static const char *text(const cJSON *o, const char *name)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, name);

	assert_non_null(v);
	return cJSON_IsNull(v) ? "null" : v->valuestring;
}

static struct dialog *call_up(struct desk *k)
{
	struct dialog *d = office_dial(k->o, k->frank1, "1");

	office_answer(k->o, k->alice1, office_rings(k->alice1), k->frank1);
	return d;
}

/* --- status ------------------------------------------------------------- */

static void status_counts(void **state)
{
	struct desk *k = *state;
	struct dialog *d = call_up(k);
	cJSON *j = ask_json(k, "status --json\n");

	assert_string_equal(text(j, "state"), "running");
	assert_int_equal(number(j, "calls"), 1);
	assert_int_equal(number(j, "legs"), 2);
	assert_int_equal(number(j, "registrations"), 2);
	assert_int_equal(number(j, "calls_total"), 1);
	assert_int_equal(number(j, "calls_answered"), 0);
	assert_int_equal(number(j, "cdr_written"), 0);
	assert_int_equal(number(j, "cdr_lost"), 0);
	assert_int_equal(number(j, "cdr_waiting"), 0);
	cJSON_Delete(j);
	office_hang_up(k->frank1, d, k->alice1);
	office_dial(k->o, k->frank1, "1");
	office_refuse(k->alice1, office_rings(k->alice1), 486);
	office_fails(k->frank1, "486");
	j = ask_json(k, "status --json\n");
	assert_int_equal(number(j, "calls"), 0);
	assert_int_equal(number(j, "calls_total"), 2);
	assert_int_equal(number(j, "calls_answered"), 1);
	assert_int_equal(number(j, "calls_failed"), 1);
	assert_true(number(j, "cdr_written") + number(j, "cdr_waiting") <= 2);
	cJSON_Delete(j);
	assert_int_equal(ask(k, "status\n"), 0);
	says(k, "running");
	says(k, "calls total");
	says(k, "cdr written");
}

/* --- calls -------------------------------------------------------------- */

static void calls_are_listed_while_they_ring_and_talk(void **state)
{
	struct desk *k = *state;
	const struct msg *invite;
	struct dialog *d;
	const cJSON *row;
	cJSON *j;

	j = ask_json(k, "calls --json\n");
	assert_int_equal(cJSON_GetArraySize(j), 0);
	cJSON_Delete(j);
	d = office_dial(k->o, k->frank1, "1");
	invite = office_rings(k->alice1);
	office_warp(k->o, 1500);
	j = ask_json(k, "calls --json\n");
	assert_int_equal(cJSON_GetArraySize(j), 1);
	row = cJSON_GetArrayItem(j, 0);
	assert_string_equal(text(row, "state"), "ringing");
	assert_string_equal(text(row, "account"), "hq");
	assert_string_equal(text(row, "caller"), "frank1");
	assert_string_equal(text(row, "from"), "frank1");
	assert_string_equal(text(row, "dialled"), "1");
	assert_string_equal(text(row, "callee"), "");
	assert_int_equal(number(row, "age_ms"), 1500);
	assert_int_equal(number(row, "talk_ms"), 0);
	cJSON_Delete(j);
	office_answer(k->o, k->alice1, invite, k->frank1);
	office_warp(k->o, 2000);
	j = ask_json(k, "calls --json\n");
	row = cJSON_GetArrayItem(j, 0);
	assert_string_equal(text(row, "state"), "up");
	assert_string_equal(text(row, "callee"), "alice1");
	assert_int_equal(number(row, "talk_ms"), 2000);
	cJSON_Delete(j);
	assert_int_equal(ask(k, "calls\n"), 0);
	says(k, "alice1");
	office_hang_up(k->frank1, d, k->alice1);
}

static void the_callee_listed_is_who_answered(void **state)
{
	struct desk *k = *state;
	struct peer *bob1 = office_phone(k->o, "bob1");
	const struct msg *a;
	struct dialog *d;
	cJSON *j;

	office_flow(k->o, "2",
	            "{'module':'ring_group','data':{'endpoints':['alice1',"
	            "'bob1']}}");
	d = office_dial(k->o, k->frank1, "2");
	a = office_rings(k->alice1);
	office_answer(k->o, bob1, office_rings(bob1), k->frank1);
	office_cancelled(k->alice1, a);
	j = ask_json(k, "calls --json\n");
	assert_string_equal(text(cJSON_GetArrayItem(j, 0), "callee"), "bob1");
	cJSON_Delete(j);
	office_hang_up(k->frank1, d, bob1);
}

static void a_call_is_hung_up_by_its_id(void **state)
{
	struct desk *k = *state;
	char *line;
	cJSON *j;

	call_up(k);
	j = ask_json(k, "calls --json\n");
	line = xasprintf("hangup %s\n", text(cJSON_GetArrayItem(j, 0), "id"));
	cJSON_Delete(j);
	assert_int_equal(ask(k, line), 0);
	says(k, "hung up");
	peer_reply(k->frank1, peer_pick(k->frank1, "BYE"), 200, "OK", NULL,
	           NULL);
	peer_reply(k->alice1, peer_pick(k->alice1, "BYE"), 200, "OK", NULL,
	           NULL);
	assert_int_equal(ask(k, line), 1);
	says(k, "no call");
	free(line);
	assert_int_equal(ask(k, "hangup\n"), 2);
	says(k, "usage");
}

static void a_ringing_call_may_be_hung_up_too(void **state)
{
	struct desk *k = *state;
	const struct msg *invite;
	char *line;
	cJSON *j;

	office_dial(k->o, k->frank1, "1");
	invite = office_rings(k->alice1);
	j = ask_json(k, "calls --json\n");
	line = xasprintf("hangup %s\n", text(cJSON_GetArrayItem(j, 0), "id"));
	cJSON_Delete(j);
	assert_int_equal(ask(k, line), 0);
	office_cancelled(k->alice1, invite);
	office_fails(k->frank1, "480");
	free(line);
}

/* --- the rest ----------------------------------------------------------- */

static void registrations_are_listed(void **state)
{
	struct desk *k = *state;
	cJSON *j = ask_json(k, "registrations --json\n");
	bool has_alice = false;
	const cJSON *row;

	assert_int_equal(cJSON_GetArraySize(j), 2);
	cJSON_ArrayForEach(row, j) {
		if (!str_eq(text(row, "aor"), "alice1@hq.test"))
			continue;
		has_alice = true;
		assert_string_equal(text(row, "contact"),
		                    peer_contact(k->alice1));
		assert_string_equal(text(row, "transport"), "udp");
		assert_true(cJSON_IsFalse(cJSON_GetObjectItem(row, "nat")));
		assert_int_equal(number(row, "expires_in_ms"), 3600000);
	}
	assert_true(has_alice);
	cJSON_Delete(j);
	assert_int_equal(ask(k, "registrations\n"), 0);
	says(k, "alice1@hq.test");
}

static void trunks_are_listed(void **state)
{
	struct desk *k = *state;
	const cJSON *row;
	cJSON *j;

	office_put(k->o, "resources/r.json",
	           "{'id':'r','name':'r','rules':['.*'],'gateways':["
	           "{'server':'192.0.2.7','port':5080},"
	           "{'server':'192.0.2.8','enabled':false}]}");
	office_put(k->o, "accounts/hq/resources/l.json",
	           "{'id':'l','name':'l','rules':['.*'],'gateways':["
	           "{'server':'gw.test'}]}");
	office_reload(k->o);
	j = ask_json(k, "trunks --json\n");
	assert_int_equal(cJSON_GetArraySize(j), 3);
	row = cJSON_GetArrayItem(j, 0);
	assert_string_equal(text(row, "gateway"), "r/0");
	assert_string_equal(text(row, "server"), "192.0.2.7");
	assert_int_equal(number(row, "port"), 5080);
	assert_true(cJSON_IsFalse(cJSON_GetObjectItem(
	        cJSON_GetArrayItem(j, 1), "enabled")));
	assert_string_equal(text(cJSON_GetArrayItem(j, 2), "account"), "hq");
	cJSON_Delete(j);
	assert_int_equal(ask(k, "trunks\n"), 0);
	says(k, "gw.test");
}

static void a_trunk_is_taken_down_and_brought_up(void **state)
{
	struct desk *k = *state;
	cJSON *j;

	office_put(k->o, "resources/r.json",
	           "{'id':'r','name':'r','rules':['.*'],'gateways':["
	           "{'server':'192.0.2.7','channels':7,'cps':3}]}");
	office_reload(k->o);
	j = ask_json(k, "trunks --json\n");
	assert_string_equal(text(cJSON_GetArrayItem(j, 0), "state"), "up");
	assert_string_equal(text(cJSON_GetArrayItem(j, 0), "health"), "null");
	assert_int_equal(number(cJSON_GetArrayItem(j, 0), "channels"), 7);
	assert_int_equal(number(cJSON_GetArrayItem(j, 0), "cps"), 3);
	assert_int_equal(number(cJSON_GetArrayItem(j, 0), "calls"), 0);
	cJSON_Delete(j);
	assert_int_equal(ask(k, "trunk r/0 down\n"), 0);
	says(k, "gateway r/0 is down");
	assert_int_equal(ask(k, "trunks\n"), 0);
	says(k, "down");
	assert_int_equal(ask(k, "trunk r/0 up\n"), 0);
	says(k, "gateway r/0 is up");
	assert_int_equal(ask(k, "trunk r/1 up\n"), 1);
	says(k, "no gateway r/1");
	assert_int_equal(ask(k, "trunk r/0\n"), 2);
	assert_int_equal(ask(k, "trunk r/0 sideways\n"), 2);
	says(k, "usage");
}

static void dead_addresses_are_listed(void **state)
{
	struct desk *k = *state;
	struct peer *dead = office_stranger(k->o, "127.0.0.12", false);
	const cJSON *row;
	cJSON *j;

	office_put(k->o, "resources/r.json",
	           "{'id':'r','name':'r','rules':['.*'],'gateways':["
	           "{'server':'127.0.0.12','port':%u}]}",
	           office_port_of(dead));
	office_flow(k->o, "7",
	            "{'module':'offnet','data':{'to_did':'+14155550000'}}");
	j = ask_json(k, "hops --json\n");
	assert_int_equal(cJSON_GetArraySize(j), 0);
	cJSON_Delete(j);
	office_dial(k->o, k->frank1, "7");
	j = ask_json(k, "hops --json\n");
	row = cJSON_GetArrayItem(j, 0);
	assert_string_equal(text(row, "state"), "free");
	assert_int_equal(number(row, "unanswered"), 1);
	cJSON_Delete(j);
	office_warp(k->o, 4100);
	office_fails(k->frank1, "408");
	j = ask_json(k, "hops --json\n");
	assert_int_equal(cJSON_GetArraySize(j), 1);
	row = cJSON_GetArrayItem(j, 0);
	assert_string_equal(text(row, "transport"), "udp");
	assert_string_equal(text(row, "state"), "last");
	assert_in_range(number(row, "held_ms"), 29000, 30000);
	cJSON_Delete(j);
	assert_int_equal(ask(k, "hops\n"), 0);
	says(k, "127.0.0.12:");
}

static void a_reload_swaps_documents_or_says_why_not(void **state)
{
	struct desk *k = *state;

	office_put(k->o, "accounts/hq/callflows/flow-1.json",
	           "{'id':'flow-1','numbers':['1'],'flow':{'module':"
	           "'response','data':{'code':603}}}");
	assert_int_equal(ask(k, "reload\n"), 0);
	says(k, "reloaded");
	office_dial(k->o, k->frank1, "1");
	office_fails(k->frank1, "603");
	office_put(k->o, "accounts/hq/callflows/flow-1.json",
	           "{'id':'flow-1','numbers':'1'}");
	assert_int_equal(ask(k, "reload\n"), 1);
	says(k, "flow-1.json: numbers:");
	says(k, "refused");
	office_dial(k->o, k->frank1, "1");
	office_fails(k->frank1, "603");
}

static void a_call_finishes_on_the_documents_it_began_with(void **state)
{
	struct desk *k = *state;
	const struct msg *invite;

	office_flow(k->o, "1",
	            "{'module':'device','data':{'id':'alice1'},'children':{"
	            "'_':{'module':'response','data':{'code':601}}}}");
	office_dial(k->o, k->frank1, "1");
	invite = office_rings(k->alice1);
	office_flow(k->o, "1",
	            "{'module':'response','data':{'code':602}}");
	office_refuse(k->alice1, invite, 486);
	office_fails(k->frank1, "601");
	office_dial(k->o, k->frank1, "1");
	office_fails(k->frank1, "602");
}

static void a_device_that_is_gone_loses_its_registration(void **state)
{
	struct desk *k = *state;
	struct dialog *d = call_up(k);
	char *path = xasprintf("%s/directory/accounts/hq/devices/alice1.json",
	                       documents_dir(k->o->files));
	cJSON *j;

	assert_int_equal(unlink(path), 0);
	assert_int_equal(ask(k, "reload\n"), 0);
	j = ask_json(k, "registrations --json\n");
	assert_int_equal(cJSON_GetArraySize(j), 1);
	cJSON_Delete(j);
	/* its call goes on */
	peer_expect_none(k->alice1);
	office_hang_up(k->frank1, d, k->alice1);
	free(path);
}

static void an_unknown_command_names_those_there_are(void **state)
{
	struct desk *k = *state;

	assert_int_equal(ask(k, "dance\n"), 2);
	says(k, "unknown command dance");
	says(k, "status calls registrations trunks trunk hops reload hangup");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(status_counts),
		TEST(calls_are_listed_while_they_ring_and_talk),
		TEST(the_callee_listed_is_who_answered),
		TEST(a_call_is_hung_up_by_its_id),
		TEST(a_ringing_call_may_be_hung_up_too),
		TEST(registrations_are_listed),
		TEST(trunks_are_listed),
		TEST(a_trunk_is_taken_down_and_brought_up),
		TEST(dead_addresses_are_listed),
		TEST(a_reload_swaps_documents_or_says_why_not),
		TEST(a_call_finishes_on_the_documents_it_began_with),
		TEST(a_device_that_is_gone_loses_its_registration),
		TEST(an_unknown_command_names_those_there_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
