/* registrar/store_sql.h - what store_db.c and store_rows.c share: the only
 * header that names SQLite. */
#ifndef B2BUA_REGISTRAR_STORE_SQL_H
#define B2BUA_REGISTRAR_STORE_SQL_H

#include <sqlite3.h>

#include "registrar/store_db.h"

struct store_db {
	sqlite3 *sql;               /* owned */
	sqlite3_stmt *save, *remove; /* owned */
};

#define STORE_SQL_SAVE                                                 \
	"REPLACE INTO binding (id, aor, contact, path, instance,"      \
	" user_agent, call_id, cseq, reg_id, q, expires_at_ms,"        \
	" updated_at_ms, source, local, transport, is_natted)"         \
	" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"  \
	" ?13, ?14, ?15, ?16)"
#define STORE_SQL_REMOVE "DELETE FROM binding WHERE id = ?1"
#define STORE_SQL_READ                                                 \
	"SELECT id, aor, contact, path, instance, user_agent, call_id," \
	" cseq, reg_id, q, expires_at_ms, updated_at_ms, source, local," \
	" transport, is_natted FROM binding ORDER BY updated_at_ms, id"

int store_sql_errno(sqlite3 *sql, int rc);

#endif
