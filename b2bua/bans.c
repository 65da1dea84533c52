/* b2bua/bans.c - b2buactl bans, ban, unban. */
#include "b2bua/bans.h"

#include <errno.h>
#include <stdlib.h>

#include "admin/table.h"
#include "b2bua/shield.h"
#include "base/strutil.h"

#define LONGEST_S (365 * 86400u)

struct rows {
	struct table *table;
	int64_t now_ms;
};

static void row(const struct guard_ban *b, void *arg)
{
	struct rows *r = arg;
	char text[ADDR_TEXT];

	table_str(r->table, source_text(&b->source, text));
	table_str(r->table, b->why);
	table_duration(r->table, r->now_ms - b->since_ms);
	table_duration(r->table, b->until_ms - r->now_ms);
	table_int(r->table, (int64_t)b->dropped);
}

int bans_list(struct server *s, const struct control_command *c,
              struct buf *out)
{
	static const char *const names[] = { "source", "reason", "age_ms",
		                             "expires_in_ms", "dropped" };
	struct rows r = { NULL, loop_now_ms(s->loop) };

	table_create(&r.table, c->wants_json ? TABLE_JSON : TABLE_TEXT, names,
	             NELEM(names));
	guard_each_ban(shield_guard(s->shield), row, &r);
	table_end(&r.table, out);
	return 0;
}

static bool read_seconds(const char *text, unsigned *out)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end || n < 1 || n > LONGEST_S)
		return false;
	*out = (unsigned)n;
	return true;
}

int bans_add(struct server *s, const struct control_command *c,
             struct buf *out)
{
	unsigned seconds = 0;

	if (c->argc < 2 || c->argc > 3 ||
	    (c->argc == 3 && !read_seconds(c->argv[2], &seconds))) {
		buf_str(out, "usage: ban ADDRESS [SECONDS]\n");
		return 2;
	}
	switch (shield_ban(s->shield, c->argv[1], seconds)) {
	case 0:
		log_warn("banned source=%s seconds=%u reason=\"by hand\"",
		         c->argv[1],
		         seconds ? seconds : s->conf->guard.ban_time_s);
		buf_fmt(out, "%s banned\n", c->argv[1]);
		return 0;
	case -EPERM:
		buf_fmt(out, "%s is trusted\n", c->argv[1]);
		return 1;
	case -ENOSPC:
		buf_str(out, "guard.max_bans is 0\n");
		return 1;
	default:
		buf_fmt(out, "%s is no address\n", c->argv[1]);
		return 1;
	}
}

int bans_remove(struct server *s, const struct control_command *c,
                struct buf *out)
{
	if (c->argc != 2) {
		buf_str(out, "usage: unban ADDRESS\n");
		return 2;
	}
	switch (shield_unban(s->shield, c->argv[1])) {
	case 0:
		log_info("unbanned source=%s", c->argv[1]);
		buf_fmt(out, "%s unbanned\n", c->argv[1]);
		return 0;
	case -ENOENT:
		buf_fmt(out, "%s is not banned\n", c->argv[1]);
		return 1;
	default:
		buf_fmt(out, "%s is no address\n", c->argv[1]);
		return 1;
	}
}
