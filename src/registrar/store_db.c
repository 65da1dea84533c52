/* registrar/store_db.c - opening and verifying the database. */
#include "registrar/store_db.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "registrar/store_sql.h"

#define APPLICATION_ID 1647469173 /* "b2bu" */
#define VERSION 1
#define TEXT(x) TEXT_OF(x)
#define TEXT_OF(x) #x
#define BUSY_MS 2000

/* WAL with NORMAL: a commit does not wait for the disk, and a crash of the
 * machine loses the last commits but never tears the file. */
static const char settings[] = "PRAGMA journal_mode=WAL;"
			       "PRAGMA synchronous=NORMAL;";

static const char schema[] =
	"BEGIN IMMEDIATE;"
	"CREATE TABLE binding ("
	" id INTEGER PRIMARY KEY,"
	" aor TEXT NOT NULL,"
	" contact TEXT NOT NULL,"
	" path TEXT NOT NULL,"
	" instance TEXT NOT NULL,"
	" user_agent TEXT NOT NULL,"
	" call_id TEXT NOT NULL,"
	" cseq INTEGER NOT NULL,"
	" reg_id INTEGER NOT NULL,"
	" q INTEGER NOT NULL,"
	" expires_at_ms INTEGER NOT NULL,"
	" updated_at_ms INTEGER NOT NULL,"
	" source TEXT NOT NULL,"
	" local TEXT NOT NULL,"
	" transport TEXT NOT NULL,"
	" is_natted INTEGER NOT NULL);"
	"PRAGMA application_id=" TEXT(APPLICATION_ID) ";"
	"PRAGMA user_version=" TEXT(VERSION) ";"
	"COMMIT;";

int store_sql_errno(sqlite3 *sql, int rc)
{
	int system = sql ? sqlite3_system_errno(sql) : 0;

	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return 0;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return -EACCES;
	case SQLITE_CANTOPEN:
		return system > 0 ? -system : -ENOENT;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	default:
		return -EIO;
	}
}

/* One number out of one row. */
static int ask(sqlite3 *sql, const char *question, int64_t *out)
{
	sqlite3_stmt *st = NULL;
	int rc;

	rc = sqlite3_prepare_v2(sql, question, -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static int quick_check(sqlite3 *sql, bool *is_sound)
{
	sqlite3_stmt *st = NULL;
	int rc;

	rc = sqlite3_prepare_v2(sql, "PRAGMA quick_check(1)", -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	*is_sound = rc == SQLITE_ROW &&
	            strcmp((const char *)sqlite3_column_text(st, 0), "ok") == 0;
	sqlite3_finalize(st);
	return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static void check_table(sqlite3 *sql, struct buf *why)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(sql, STORE_SQL_READ, -1, &st, NULL);

	if (rc != SQLITE_OK)
		buf_str(why, sqlite3_errmsg(sql));
	sqlite3_finalize(st);
}

/* 0, or a negative errno with the reason in why. */
static int verify(sqlite3 *sql, bool *is_fresh, struct buf *why)
{
	int64_t tables = 0, id = 0, version = 0;
	bool is_sound = false;
	int rc;

	rc = ask(sql, "SELECT count(*) FROM sqlite_master", &tables);
	if (rc == SQLITE_OK)
		rc = ask(sql, "PRAGMA application_id", &id);
	if (rc == SQLITE_OK)
		rc = ask(sql, "PRAGMA user_version", &version);
	if (rc == SQLITE_OK)
		rc = quick_check(sql, &is_sound);
	if (rc != SQLITE_OK) {
		buf_str(why, sqlite3_errmsg(sql));
		return store_sql_errno(sql, rc);
	}
	*is_fresh = tables == 0 && id == 0 && version == 0;
	if (!is_sound)
		buf_str(why, "damaged");
	else if (!*is_fresh && id != APPLICATION_ID)
		buf_str(why, "another program's database");
	else if (!*is_fresh && version != VERSION)
		buf_fmt(why, "has version %lld, not %d", (long long)version,
		        VERSION);
	else if (!*is_fresh)
		check_table(sql, why);
	return why->len > 0 ? -EUCLEAN : 0;
}

static int run(sqlite3 *sql, const char *text, struct buf *why)
{
	int rc = sqlite3_exec(sql, text, NULL, NULL, NULL);

	if (rc != SQLITE_OK)
		buf_str(why, sqlite3_errmsg(sql));
	return store_sql_errno(sql, rc);
}

static int open_file(sqlite3 **out, const char *path, int flags,
                     struct buf *why)
{
	sqlite3 *sql = NULL;
	int rc;

	/* One thread at a time uses it: no mutex. */
	rc = sqlite3_open_v2(path, &sql, flags | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK) {
		int failed = store_sql_errno(sql, rc);

		buf_str(why, failed == -EISDIR ? "a directory"
		                               : strerror(-failed));
		sqlite3_close(sql);
		return failed;
	}
	sqlite3_busy_timeout(sql, BUSY_MS);
	*out = sql;
	return 0;
}

static int prepare(struct store_db *db, struct buf *why)
{
	if (sqlite3_prepare_v3(db->sql, STORE_SQL_SAVE, -1,
	                       SQLITE_PREPARE_PERSISTENT, &db->save,
	                       NULL) == SQLITE_OK &&
	    sqlite3_prepare_v3(db->sql, STORE_SQL_REMOVE, -1,
	                       SQLITE_PREPARE_PERSISTENT, &db->remove,
	                       NULL) == SQLITE_OK)
		return 0;
	buf_str(why, sqlite3_errmsg(db->sql));
	return -EUCLEAN;
}

static int set_up(struct store_db *db, bool *is_fresh, struct buf *why)
{
	int rc;

	/* SQLite opens what it may not write for reading only. */
	if (sqlite3_db_readonly(db->sql, "main") == 1) {
		buf_str(why, "not writable");
		return -EACCES;
	}
	rc = verify(db->sql, is_fresh, why);
	if (rc == 0)
		rc = run(db->sql, settings, why);
	if (rc == 0 && *is_fresh)
		rc = run(db->sql, schema, why);
	return rc < 0 ? rc : prepare(db, why);
}

int store_db_open(struct store_db **out, const char *path, bool *is_fresh,
                  struct buf *why)
{
	struct store_db *db = xzalloc(sizeof(*db));
	int rc;

	rc = open_file(&db->sql, path,
	               SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, why);
	if (rc == 0)
		rc = set_up(db, is_fresh, why);
	if (rc < 0 && db->sql) /* somebody may want it as it was */
		sqlite3_db_config(db->sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
		                  NULL);
	if (rc < 0)
		store_db_close(&db);
	else
		*out = db;
	return rc;
}

void store_db_close(struct store_db **dp)
{
	struct store_db *db = *dp;

	if (!db)
		return;
	sqlite3_finalize(db->save);
	sqlite3_finalize(db->remove);
	sqlite3_close(db->sql);
	free(db);
	*dp = NULL;
}

/* Without a log beside it the file is complete in itself, and need not even
 * be locked: then nothing is made beside it that the server, which may run
 * as somebody else, could not write. */
static void make_uri(struct buf *uri, const char *path)
{
	char *log = xasprintf("%s-wal", path);

	buf_str(uri, "file:");
	for (const char *p = path; *p; p++) {
		if (strchr("%?#", *p))
			buf_fmt(uri, "%%%02X", (unsigned char)*p);
		else
			buf_char(uri, *p);
	}
	if (access(log, F_OK) != 0)
		buf_str(uri, "?immutable=1");
	free(log);
}

int store_db_check(const char *path, struct buf *why)
{
	struct buf uri = { 0 };
	sqlite3 *sql = NULL;
	bool is_fresh;
	int rc;

	make_uri(&uri, path);
	rc = open_file(&sql, buf_text(&uri),
	               SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, why);
	if (rc == 0)
		rc = verify(sql, &is_fresh, why);
	sqlite3_close(sql);
	buf_free(&uri);
	return rc;
}

uint64_t store_db_last_row(struct store_db *db)
{
	int64_t row = 0;

	ask(db->sql, "SELECT ifnull(max(id), 0) FROM binding", &row);
	return row > 0 ? (uint64_t)row : 0;
}
