/* Every order in which messages of a call can cross, for one to three
 * branches: from each state of a call, each sequence of events, sent before
 * anybody has heard of the one before.  The phones then behave as they should,
 * and whatever happened: one caller has one final answer, at most one callee
 * is up and only when the caller is, every 2xx has its ACK, and when the call
 * is over nothing is left of it.
 *
 * All pairs are played for one branch, and as many as ORDERS says (default
 * 150) of the pairs and triples for two and three; ORDERS=all plays every
 * pair.  ORDERS_SEED=N draws the same ones again, ORDERS_PLAY=NAME plays
 * one: "2/ringing/180-1/CANCEL". */
#include "cmocka_all.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "b2bua/session.h"
#include "base/id.h"
#include "integration/phone.h"
#include "support/warp.h"

#define MOST_BRANCHES 3
#define MOST_EVENTS   48
#define LONGEST       3
#define PLAYS_A_RIG   40
#define ROUND_MS      500
#define LAST_ROUND    90 /* 45 s: more than 64*T1 */

enum act {
	CANCEL, BYE, REINVITE, UPDATE, HEAR, LOSE, TIMEOUT,
	RING, PROGRESS, RELIABLE, ANSWER, BUSY, DECLINE
};
static const char *const act_names[] = {
	"CANCEL", "BYE", "re-INVITE", "UPDATE", "hear", "lose", "timeout",
	"180", "183", "183rel", "200", "486", "603"
};

enum base { DIALLED, RINGING, ANSWERED, UP, N_BASES };
static const char *const base_names[] = { "dialled", "ringing", "answered",
	                                  "up" };

struct event {
	enum act act;
	int who; /* 0: the caller */
};

struct script {
	int branches;
	enum base base;
	struct event events[LONGEST];
	int n;
};

struct scene {
	struct rig rig;
	struct phone phones[1 + MOST_BRANCHES];
	const struct script *script;
	bool is_late; /* who hears nothing for 64*T1 is no phone */
	size_t n_calls;
};

/* --- the events there are -------------------------------------------------- */

static int alphabet(int branches, struct event out[MOST_EVENTS])
{
	int n = 0;

	for (int act = CANCEL; act <= TIMEOUT; act++)
		out[n++] = (struct event){ (enum act)act, 0 };
	for (int who = 1; who <= branches; who++)
		for (int act = BYE; act <= DECLINE; act++)
			if (act != TIMEOUT)
				out[n++] = (struct event){ (enum act)act, who };
	return n;
}

static void name_of(const struct script *s, char *out, size_t size)
{
	int n = snprintf(out, size, "%d/%s", s->branches, base_names[s->base]);

	for (int i = 0; i < s->n; i++)
		n += snprintf(out + n, size - (size_t)n, "/%s-%d",
		              act_names[s->events[i].act], s->events[i].who);
}

/* --- playing --------------------------------------------------------------- */

static void hear_all(struct scene *sc)
{
	bool goes_on = true;

	while (goes_on) {
		goes_on = false;
		for (int i = 0; i <= sc->script->branches; i++)
			goes_on |= phone_hear(&sc->phones[i]);
	}
}

/* The phones behave until everything that had to happen has. */
static void come_to_rest(struct scene *sc)
{
	for (int i = 0; i < LAST_ROUND; i++) {
		hear_all(sc);
		warp_ms(sc->rig.loop, ROUND_MS);
		for (int k = 0; k <= sc->script->branches; k++)
			if (i % 8 == 1)
				phone_repeat(&sc->phones[k]);
	}
	hear_all(sc);
}

static void happen(struct scene *sc, const struct event *ev)
{
	struct phone *f = &sc->phones[ev->who];

	switch (ev->act) {
	case CANCEL:
		phone_cancel(f);
		break;
	case BYE:
		phone_ask(f, "BYE");
		break;
	case REINVITE:
		phone_ask(f, "INVITE");
		break;
	case UPDATE:
		phone_ask(f, "UPDATE");
		break;
	case HEAR:
		phone_hear(f);
		break;
	case LOSE:
		settle(sc->rig.loop);
		if (!sc->is_late)
			phone_lose(f);
		break;
	case TIMEOUT:
		warp_ms(sc->rig.loop, 33000);
		sc->is_late = true;
		break;
	case RING:
		phone_answer(f, 180, false);
		break;
	case PROGRESS:
		phone_answer(f, 183, true);
		break;
	case RELIABLE:
		phone_progress_reliably(f);
		break;
	case ANSWER:
		phone_answer(f, 200, true);
		break;
	case BUSY:
		phone_answer(f, 486, false);
		break;
	case DECLINE:
		phone_answer(f, 603, false);
		break;
	}
}

static void begin(struct scene *sc)
{
	static const char *const numbers[] = { "", "102", "200", "300" };
	const struct script *s = sc->script;

	sc->is_late = false;
	for (int i = 0; i <= s->branches; i++)
		phone_set_up(&sc->phones[i], sc->rig.phone[i],
		             RTP_A + 10 * (unsigned)i);
	phone_dial(&sc->phones[0], numbers[s->branches],
	           "Supported: 100rel\r\n");
	hear_all(sc);
	sc->n_calls++;
	if (s->base == DIALLED)
		return;
	for (int i = 1; i <= s->branches; i++)
		phone_answer(&sc->phones[i], 180, false);
	hear_all(sc);
	if (s->base == RINGING)
		return;
	phone_answer(&sc->phones[1], 200, true);
	settle(sc->rig.loop);
	if (s->base == UP)
		hear_all(sc);
}

/* --- what must hold --------------------------------------------------------- */

static int n_up(const struct scene *sc)
{
	int n = 0;

	for (int i = 1; i <= sc->script->branches; i++)
		n += phone_is_up(&sc->phones[i]);
	return n;
}

/* NULL: all is well. */
static const char *fault_in(const struct scene *sc)
{
	const struct phone *caller = &sc->phones[0];

	if (!caller->final && !caller->is_unheard)
		return "the caller has no final answer";
	if (caller->n_finals > 1)
		return "the caller has more than one final answer";
	for (int i = 1; i <= sc->script->branches; i++) {
		const struct phone *f = &sc->phones[i];

		if (f->invite && !f->final)
			return "a branch still rings";
		if (phone_is_up(f) && !f->is_acked)
			return "a 2xx has no ACK";
	}
	if (phone_is_up(caller) && n_up(sc) != 1)
		return "the caller is up and not exactly one callee";
	if (!phone_is_up(caller) && n_up(sc) != 0)
		return "a callee is up and the caller is not";
	return NULL;
}

static const char *leftover(struct scene *sc)
{
	struct agent_gauges g = agent_gauges(sc->rig.server->agent);

	if (sc->rig.server->n_sessions)
		return "a call is left";
	if (g.legs)
		return "a leg is left";
	if (g.transactions || g.requests)
		return "a transaction is left";
	if (media_gauges(sc->rig.server->media).endpoints)
		return "a media port is left";
	return NULL;
}

static const char *play(struct scene *sc)
{
	const char *fault;

	begin(sc);
	for (int i = 0; i < sc->script->n; i++)
		happen(sc, &sc->script->events[i]);
	come_to_rest(sc);
	if (!sc->phones[0].final) { /* nobody answers: it gives up */
		phone_cancel(&sc->phones[0]);
		come_to_rest(sc);
	}
	fault = fault_in(sc);
	if (fault)
		return fault;
	phone_ask(&sc->phones[0], "BYE");
	come_to_rest(sc);
	fault = fault_in(sc);
	return fault ? fault : leftover(sc);
}

/* --- many of them ----------------------------------------------------------- */

struct plays {
	struct scene *scene; /* NULL: none is set up */
	unsigned n, n_in_rig, n_faults;
};

static void close_scene(struct plays *y)
{
	if (!y->scene)
		return;
	rig_close(&y->scene->rig, y->scene->n_calls);
	test_free(y->scene);
	y->scene = NULL;
	y->n_in_rig = 0;
}

static void play_one(struct plays *y, const struct script *s)
{
	const char *fault;
	char name[128];

	if (!y->scene) {
		y->scene = test_calloc(1, sizeof(*y->scene));
		rig_open(&y->scene->rig, NULL);
	}
	name_of(s, name, sizeof(name));
	y->scene->script = s;
	buf_clear(&y->scene->rig.trace);
	fault = play(y->scene);
	y->n++;
	if (fault) {
		print_error("%s: %s\n", name, fault);
		if (getenv("ORDERS_PLAY"))
			peer_print_trace(y->scene->rig.phone[0]);
		if (++y->n_faults > 20)
			fail_msg("too many faults");
	}
	if (fault || ++y->n_in_rig == PLAYS_A_RIG) {
		if (fault)
			sessions_end(y->scene->rig.server);
		close_scene(y);
	}
}

static void end_plays(struct plays *y)
{
	close_scene(y);
	print_message("%u crossings played\n", y->n);
	assert_int_equal(y->n_faults, 0);
}

static void all_pairs(struct plays *y, int branches)
{
	struct event all[MOST_EVENTS];
	int n = alphabet(branches, all);

	for (int base = 0; base < N_BASES; base++)
		for (int i = 0; i < n; i++)
			for (int k = 0; k < n; k++) {
				struct script s = { branches, (enum base)base,
					            { all[i], all[k] }, 2 };

				play_one(y, &s);
			}
}

static uint64_t draw(uint64_t *seed, uint64_t n)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (*seed >> 33) % n;
}

static void some(struct plays *y, int branches, int length, unsigned count)
{
	const char *chosen = getenv("ORDERS_SEED");
	uint64_t seed = chosen ? strtoull(chosen, NULL, 10)
	                       : random_u64() >> 32;
	struct event all[MOST_EVENTS];
	int n = alphabet(branches, all);

	print_message("ORDERS_SEED=%" PRIu64 "\n", seed);
	while (count-- > 0) {
		struct script s = { branches, (enum base)draw(&seed, N_BASES),
			            { { 0 } }, length };

		for (int i = 0; i < length; i++)
			s.events[i] = all[draw(&seed, (uint64_t)n)];
		play_one(y, &s);
	}
}

static bool is_exhaustive(void)
{
	const char *how = getenv("ORDERS");

	return how && strcmp(how, "all") == 0;
}

static unsigned how_many(void)
{
	const char *how = getenv("ORDERS");

	return how ? (unsigned)strtoul(how, NULL, 10) : 150;
}

static void every_pair_of_events_crosses_well_with_one_branch(void **unused)
{
	struct plays y = { 0 };

	(void)unused;
	all_pairs(&y, 1);
	end_plays(&y);
}

static void pairs_of_events_cross_well_with_more_branches(void **unused)
{
	struct plays y = { 0 };

	(void)unused;
	for (int branches = 2; branches <= MOST_BRANCHES; branches++) {
		if (is_exhaustive())
			all_pairs(&y, branches);
		else
			some(&y, branches, 2, how_many());
	}
	end_plays(&y);
}

static void three_events_cross_well(void **unused)
{
	struct plays y = { 0 };

	(void)unused;
	for (int branches = 1; branches <= MOST_BRANCHES; branches++)
		some(&y, branches, 3, is_exhaustive() ? 1000 : how_many());
	end_plays(&y);
}

/* --- the one that a failure named -------------------------------------------- */

static bool read_event(struct script *s, const char *word)
{
	const char *dash = strrchr(word, '-');
	struct event all[MOST_EVENTS];
	int n = alphabet(s->branches, all);

	for (int i = 0; dash && i < n && s->n < LONGEST; i++)
		if (strlen(act_names[all[i].act]) == (size_t)(dash - word) &&
		    strncmp(act_names[all[i].act], word,
		            (size_t)(dash - word)) == 0 &&
		    atoi(dash + 1) == all[i].who) {
			s->events[s->n++] = all[i];
			return true;
		}
	return false;
}

static void the_named_one(void **unused)
{
	char name[128], *word, *rest = NULL;
	struct script s = { .n = 0 };
	struct plays y = { 0 };

	(void)unused;
	snprintf(name, sizeof(name), "%s", getenv("ORDERS_PLAY"));
	word = strtok_r(name, "/", &rest);
	s.branches = word ? atoi(word) : 0;
	assert_in_range(s.branches, 1, MOST_BRANCHES);
	word = strtok_r(NULL, "/", &rest);
	for (int i = 0; word && i < N_BASES; i++)
		if (strcmp(word, base_names[i]) == 0)
			s.base = (enum base)i;
	while ((word = strtok_r(NULL, "/", &rest)))
		assert_true(read_event(&s, word));
	play_one(&y, &s);
	end_plays(&y);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		        every_pair_of_events_crosses_well_with_one_branch),
		cmocka_unit_test(pairs_of_events_cross_well_with_more_branches),
		cmocka_unit_test(three_events_cross_well),
	};
	const struct CMUnitTest named[] = { cmocka_unit_test(the_named_one) };

	if (getenv("ORDERS_PLAY"))
		return cmocka_run_group_tests(named, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
