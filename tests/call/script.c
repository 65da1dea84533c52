/* call/script.c - events as words. */
#include "cmocka_all.h"

#include "call/script.h"

#include <stdlib.h>
#include <string.h>

#define LARGEST FORK_ACTIONS(16)

static const char *why_text(enum fork_why why)
{
	switch (why) {
	case FORK_WHY_TIMEOUT:
		return "/whole";
	case FORK_WHY_LEG_TIMEOUT:
		return "/leg";
	case FORK_WHY_PROGRESS_TIMEOUT:
		return "/progress";
	default:
		return "";
	}
}

void script_action(struct buf *out, const struct fork_action *a)
{
	if (out->len > 0)
		buf_char(out, ' ');
	switch (a->kind) {
	case FORK_DO_START:
		buf_fmt(out, "start%zu", a->branch);
		break;
	case FORK_DO_CANCEL:
		buf_fmt(out, "%s%zu%s",
		        a->why == FORK_WHY_LOST ? "lost" : "cancel", a->branch,
		        why_text(a->why));
		break;
	case FORK_DO_PROGRESS:
		buf_fmt(out, "told%d", a->status);
		if (a->has_sdp)
			buf_fmt(out, "s%zu", a->branch);
		break;
	case FORK_DO_WIN:
		buf_fmt(out, "win%zu", a->branch);
		break;
	case FORK_DO_FAIL:
		buf_fmt(out, "fail%d%s", a->status, why_text(a->why));
		break;
	}
}

static struct fork_event event_of(const char *word, int64_t *now_ms)
{
	struct fork_event ev = { .kind = FORK_EV_TICK };
	char *end;

	if (*word == '+') {
		*now_ms += atoi(word + 1);
	} else if (strcmp(word, "start") == 0) {
		ev.kind = FORK_EV_START;
	} else if (strcmp(word, "stop") == 0) {
		ev.kind = FORK_EV_STOP;
	} else if (*word != '!') {
		ev.branch = strtoul(word, &end, 10);
		assert_int_equal(*end, ':');
		ev.status = (int)strtol(end + 1, &end, 10);
		ev.has_sdp = *end == 's';
		ev.kind = ev.status < 200   ? FORK_EV_PROGRESS
		          : ev.status < 300 ? FORK_EV_ANSWER
		                            : FORK_EV_FAIL;
	}
	ev.now_ms = *now_ms;
	return ev;
}

void script_step(struct fork *f, int64_t *now_ms, const char *word,
                 struct buf *out)
{
	struct fork_action actions[LARGEST];
	struct fork_event ev = event_of(word, now_ms);
	size_t n = fork_feed(f, &ev, actions);

	for (size_t i = 0; i < n; i++)
		script_action(out, &actions[i]);
}

void script_run(const struct fork_conf *conf, const char *line,
                struct buf *out)
{
	struct fork *f = NULL;
	char *copy = strdup(line), *rest = copy, *word;
	int64_t now_ms = 1000;

	buf_clear(out);
	assert_int_equal(fork_create(&f, conf), 0);
	while ((word = strsep(&rest, " ")))
		script_step(f, &now_ms, word, out);
	fork_destroy(&f);
	free(copy);
}
