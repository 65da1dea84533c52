/* registrar/store_rows.c - bindings to rows and back. */
#include <errno.h>
#include <string.h>

#include "base/strutil.h"
#include "registrar/store_sql.h"

static const char *const transports[] = { [BINDING_UDP] = "udp",
	                                  [BINDING_TCP] = "tcp",
	                                  [BINDING_TLS] = "tls" };

static void bind_text(sqlite3_stmt *st, int i, const char *s)
{
	sqlite3_bind_text(st, i, s, -1, SQLITE_STATIC);
}

static void bind_addr(sqlite3_stmt *st, int i, const struct addr *a)
{
	char text[ADDR_TEXT] = "";

	if (addr_is_set(a))
		addr_ip_port(a, text);
	sqlite3_bind_text(st, i, text, -1, SQLITE_TRANSIENT);
}

static void bind_binding(sqlite3_stmt *st, const struct store_op *op)
{
	const struct binding *b = &op->b;

	sqlite3_bind_int64(st, 1, (int64_t)op->row);
	bind_text(st, 2, b->aor);
	bind_text(st, 3, b->contact);
	bind_text(st, 4, b->path);
	bind_text(st, 5, b->instance);
	bind_text(st, 6, b->user_agent);
	bind_text(st, 7, b->call_id);
	sqlite3_bind_int64(st, 8, b->cseq);
	sqlite3_bind_int64(st, 9, b->reg_id);
	sqlite3_bind_int64(st, 10, b->q);
	sqlite3_bind_int64(st, 11, b->expires_at_ms);
	sqlite3_bind_int64(st, 12, b->updated_at_ms);
	bind_addr(st, 13, &b->source);
	bind_addr(st, 14, &b->local);
	bind_text(st, 15, transports[b->transport]);
	sqlite3_bind_int(st, 16, b->is_natted);
}

static int write_op(struct store_db *db, const struct store_op *op)
{
	sqlite3_stmt *st = op->is_removal ? db->remove : db->save;
	int rc;

	if (op->is_removal)
		sqlite3_bind_int64(st, 1, (int64_t)op->row);
	else
		bind_binding(st, op);
	rc = sqlite3_step(st);
	sqlite3_reset(st);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int store_db_write(struct store_db *db, const struct store_op *ops,
                   struct buf *why)
{
	int rc;

	rc = sqlite3_exec(db->sql, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	for (const struct store_op *op = ops; op && rc == SQLITE_OK;
	     op = op->hh.next)
		rc = write_op(db, op);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db->sql, "COMMIT", NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		return 0;
	buf_str(why, sqlite3_errmsg(db->sql));
	if (!sqlite3_get_autocommit(db->sql))
		sqlite3_exec(db->sql, "ROLLBACK", NULL, NULL, NULL);
	return store_sql_errno(db->sql, rc);
}

static const char *text(sqlite3_stmt *st, int i)
{
	const char *s = (const char *)sqlite3_column_text(st, i);

	return s ? s : "";
}

static bool read_addr(sqlite3_stmt *st, int i, struct addr *out)
{
	const char *s = text(st, i);

	memset(out, 0, sizeof(*out));
	return !*s || addr_parse_hostport(out, s, 0) == 0;
}

static bool read_transport(sqlite3_stmt *st, int i, enum binding_transport *out)
{
	for (size_t t = 0; t < NELEM(transports); t++) {
		if (!str_eq(text(st, i), transports[t]))
			continue;
		*out = (enum binding_transport)t;
		return true;
	}
	return false;
}

/* False for a row that somebody else has written. */
static bool read_binding(sqlite3_stmt *st, struct binding *b)
{
	*b = (struct binding){
		.row = (uint64_t)sqlite3_column_int64(st, 0),
		.aor = text(st, 1),
		.contact = text(st, 2),
		.path = text(st, 3),
		.instance = text(st, 4),
		.user_agent = text(st, 5),
		.call_id = text(st, 6),
		.cseq = (uint32_t)sqlite3_column_int64(st, 7),
		.reg_id = (unsigned)sqlite3_column_int64(st, 8),
		.q = (unsigned)sqlite3_column_int64(st, 9),
		.expires_at_ms = sqlite3_column_int64(st, 10),
		.updated_at_ms = sqlite3_column_int64(st, 11),
		.is_natted = sqlite3_column_int(st, 15) != 0,
	};
	return sqlite3_column_int64(st, 0) > 0 && b->q <= 1000 &&
	       read_addr(st, 12, &b->source) && read_addr(st, 13, &b->local) &&
	       read_transport(st, 14, &b->transport);
}

/* Behind a NAT, only the connection that is gone led to the phone. */
static int remove_useless(struct store_db *db, int64_t now_ms)
{
	sqlite3_stmt *st = NULL;
	int rc;

	rc = sqlite3_prepare_v2(db->sql,
	                        "DELETE FROM binding WHERE expires_at_ms <= ?1"
	                        " OR (is_natted AND transport <> 'udp')",
	                        -1, &st, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_bind_int64(st, 1, now_ms);
		rc = sqlite3_step(st);
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int store_db_read(struct store_db *db, int64_t now_ms, binding_fn *fn,
                  void *arg)
{
	sqlite3_stmt *st = NULL;
	int rc;

	rc = remove_useless(db, now_ms);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(db->sql, STORE_SQL_READ, -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	for (; rc == SQLITE_ROW; rc = sqlite3_step(st)) {
		struct binding b;

		if (read_binding(st, &b))
			fn(&b, arg);
	}
	sqlite3_finalize(st);
	return store_sql_errno(db->sql, rc);
}
