#include "cmocka_all.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/worker.h"
#include "registrar/store.h"

#define NOW 1700000000000
#define NOBODY 65534

struct world { /* a server: bindings, their file and the storage thread */
	char dir[32], path[64];
	char *why;
	struct worker *w;
	struct store *s;
	struct registrar *r;
};

static void on_saved(struct binding *b, void *arg)
{
	store_save(((struct world *)arg)->s, b);
}

static void on_removed(struct binding *b, void *arg)
{
	store_remove(((struct world *)arg)->s, b);
}

static const struct registrar_ops ops = { on_saved, on_removed };

static const struct registrar_conf conf = { .min_expires_s = 60,
	                                    .default_expires_s = 600,
	                                    .max_expires_s = 3600,
	                                    .max_contacts = 5 };

static int open_store(struct world *w)
{
	worker_create(&w->w, "storage");
	registrar_create(&w->r, &conf, &ops, w);
	return store_open(&w->s, w->path, w->w, &w->why);
}

static void stop(struct world *w)
{
	store_close(&w->s);
	worker_destroy(&w->w);
	registrar_destroy(&w->r);
	free(w->why);
	w->why = NULL;
}

/* A start as the server does it; returns how many bindings came back. */
static size_t start(struct world *w)
{
	assert_int_equal(open_store(w), 0);
	return store_load(w->s, w->r, NOW);
}

static int fresh(void **state)
{
	static struct world w;

	memset(&w, 0, sizeof(w));
	/* not in the build folder: others may not be let into that */
	strcpy(w.dir, "/tmp/store-test-XXXXXX");
	if (!mkdtemp(w.dir))
		return -1;
	snprintf(w.path, sizeof(w.path), "%s/b2bua.db", w.dir);
	*state = &w;
	return 0;
}

/* Root may do everything: somebody else tries. */
static void as_nobody(const struct world *w, mode_t dir_mode)
{
	if (geteuid() == 0) {
		assert_int_equal(chown(w->dir, NOBODY, (gid_t)-1), 0);
		assert_int_equal(chmod(w->dir, dir_mode), 0);
		assert_int_equal(seteuid(NOBODY), 0);
		return;
	}
	assert_int_equal(chmod(w->dir, dir_mode), 0);
}

static void as_before(void)
{
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
}

static int done(void **state)
{
	struct world *w = *state;
	struct dirent *e;
	DIR *d;

	as_before();
	stop(w);
	chmod(w->dir, 0700);
	d = opendir(w->dir);
	while (d && (e = readdir(d)) != NULL)
		unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	return rmdir(w->dir);
}

static int reg_as(struct world *w, int user, uint32_t cseq, int64_t expires_s,
                  enum binding_transport transport, bool is_natted)
{
	char aor[64], uri[64];
	struct register_contact c = { .uri = uri,
		                      .expires_s = expires_s,
		                      .q = 500,
		                      .instance = "\"<urn:uuid:x>\"",
		                      .reg_id = 1,
		                      .is_natted = is_natted };
	struct register_request rq = { .aor = aor,
		                       .call_id = "call-id",
		                       .cseq = cseq,
		                       .expires_s = -1,
		                       .contacts = &c,
		                       .n_contacts = 1,
		                       .path = "<sip:edge;lr>",
		                       .user_agent = "Phone \xff 1.0",
		                       .transport = transport,
		                       .flow = transport ? 7 : 0,
		                       .now_ms = NOW };

	snprintf(aor, sizeof(aor), "user%d@example.com", user);
	snprintf(uri, sizeof(uri), "sip:user%d@192.0.2.1", user);
	addr_parse(&rq.source, "192.0.2.1", 5062);
	addr_parse(&rq.local, "2001:db8::1", 5060);
	return registrar_apply(w->r, &rq).status;
}

static void reg(struct world *w, int user, uint32_t cseq)
{
	assert_int_equal(reg_as(w, user, cseq, 600, BINDING_UDP, false), 200);
}

static void take(const struct binding *b, void *arg)
{
	*(struct binding *)arg = *b;
}

static struct binding find(struct world *w, int user)
{
	struct binding b = { 0 };
	char aor[64];

	snprintf(aor, sizeof(aor), "user%d@example.com", user);
	assert_int_equal(registrar_each(w->r, aor, NOW, take, &b), 1);
	return b;
}

static void bindings_survive_a_restart_with_all_they_have(void **state)
{
	struct world *w = *state;
	struct binding b;
	char text[ADDR_TEXT];

	assert_int_equal(start(w), 0);
	assert_int_equal(reg_as(w, 1, 77, 100, BINDING_TCP, false), 200);
	stop(w);
	assert_int_equal(start(w), 1);
	assert_null(w->why);
	b = find(w, 1);
	assert_string_equal(b.contact, "sip:user1@192.0.2.1");
	assert_string_equal(b.path, "<sip:edge;lr>");
	assert_string_equal(b.instance, "\"<urn:uuid:x>\"");
	assert_string_equal(b.user_agent, "Phone \xff 1.0");
	assert_string_equal(b.call_id, "call-id");
	assert_int_equal(b.cseq, 77);
	assert_int_equal(b.reg_id, 1);
	assert_int_equal(b.q, 500);
	assert_int_equal(b.expires_at_ms, NOW + 100000);
	assert_int_equal(b.updated_at_ms, NOW);
	assert_string_equal(addr_ip_port(&b.source, text), "192.0.2.1:5062");
	assert_string_equal(addr_ip_port(&b.local, text), "[2001:db8::1]:5060");
	assert_int_equal(b.transport, BINDING_TCP);
	assert_false(b.is_natted);
	assert_int_equal(b.flow, 0); /* the connection is gone */
	assert_int_equal(b.row, 1);
	/* and go on as if nothing had happened */
	assert_int_equal(reg_as(w, 1, 77, 100, BINDING_TCP, false), 500);
	assert_int_equal(reg_as(w, 1, 78, 100, BINDING_TCP, false), 200);
	stop(w);
	assert_int_equal(start(w), 1);
	assert_int_equal(find(w, 1).cseq, 78);
}

static void what_was_removed_does_not_come_back(void **state)
{
	struct world *w = *state;

	start(w);
	for (int i = 0; i < 10; i++)
		reg(w, i, 1);
	store_kick(w->s);
	worker_flush(w->w);
	assert_int_equal(reg_as(w, 3, 2, 0, BINDING_UDP, false), 200);
	assert_int_equal(registrar_forget(w->r, "user4@example.com"), 1);
	reg(w, 5, 2);
	assert_int_equal(registrar_forget(w->r, "user5@example.com"), 1);
	reg(w, 100, 1);
	assert_int_equal(registrar_forget(w->r, "user100@example.com"), 1);
	reg(w, 5, 3); /* gone and back within one batch */
	stop(w);
	assert_int_equal(start(w), 8);
	assert_int_equal(find(w, 5).cseq, 3);
}

static void what_has_expired_meanwhile_does_not_come_back(void **state)
{
	struct world *w = *state;

	start(w);
	reg_as(w, 1, 1, 100, BINDING_UDP, false);
	reg_as(w, 2, 1, 200, BINDING_UDP, false);
	stop(w);
	assert_int_equal(open_store(w), 0);
	assert_int_equal(store_load(w->s, w->r, NOW + 100000), 1);
	stop(w);
	assert_int_equal(start(w), 1); /* the other row has been deleted */
}

static void a_natted_phone_on_a_connection_is_not_restored(void **state)
{
	struct world *w = *state;

	start(w);
	reg_as(w, 1, 1, 600, BINDING_UDP, true);
	reg_as(w, 2, 1, 600, BINDING_TCP, true);
	reg_as(w, 3, 1, 600, BINDING_TLS, true);
	reg_as(w, 4, 1, 600, BINDING_TLS, false);
	stop(w);
	assert_int_equal(start(w), 2);
	assert_true(find(w, 1).is_natted);
	assert_int_equal(find(w, 4).transport, BINDING_TLS);
}

static void a_row_is_never_used_for_two_bindings(void **state)
{
	struct world *w = *state;
	uint64_t row;

	start(w);
	reg(w, 1, 1);
	reg(w, 2, 1);
	stop(w);
	start(w);
	reg(w, 3, 1);
	row = find(w, 3).row;
	assert_true(row != find(w, 1).row && row != find(w, 2).row);
	stop(w);
	assert_int_equal(start(w), 3);
}

static void a_kick_without_changes_does_nothing(void **state)
{
	struct world *w = *state;

	start(w);
	store_kick(w->s);
	assert_int_equal(worker_backlog(w->w), 0);
	reg(w, 1, 1);
	assert_int_equal(worker_backlog(w->w), 0);
}

static void hold(void *arg)
{
	int *fd = arg;
	char c;

	while (read(fd[0], &c, 1) < 0 && errno == EINTR)
		;
}

/* While the disk is slow the batches do not queue up one behind another. */
static void one_batch_at_most_is_with_the_storage_thread(void **state)
{
	struct world *w = *state;
	int fd[2];

	assert_int_equal(pipe(fd), 0);
	start(w);
	worker_post(w->w, hold, fd);
	for (int i = 0; i < 30; i++) {
		reg(w, i % 3, (uint32_t)i + 1);
		store_kick(w->s);
		assert_in_range(worker_backlog(w->w), 2, 2);
	}
	assert_int_equal(write(fd[1], "x", 1), 1);
	stop(w);
	assert_int_equal(start(w), 3);
	assert_int_equal(find(w, 2).cseq, 30);
	close(fd[0]);
	close(fd[1]);
}

static void a_long_batch_is_written_without_a_kick(void **state)
{
	struct world *w = *state;
	int fd[2];

	assert_int_equal(pipe(fd), 0);
	start(w);
	worker_post(w->w, hold, fd);
	for (int i = 0; i < 6000; i++)
		reg(w, i, 1);
	assert_int_equal(worker_backlog(w->w), 2);
	assert_int_equal(write(fd[1], "x", 1), 1);
	stop(w);
	assert_int_equal(start(w), 6000);
	close(fd[0]);
	close(fd[1]);
}

/* --- bad files ------------------------------------------------------------- */

static size_t broken_files(const struct world *w)
{
	struct dirent *e;
	DIR *d = opendir(w->dir);
	size_t n = 0;

	while ((e = readdir(d)) != NULL)
		n += strncmp(e->d_name, "b2bua.db.broken-", 16) == 0 &&
		     !strstr(e->d_name, "-wal");
	closedir(d);
	return n;
}

static void fill(struct world *w, int n)
{
	start(w);
	for (int i = 0; i < n; i++)
		reg(w, i, 1);
	stop(w);
}

/* The file cannot be used: said, kept aside, and gone on without it. */
static void expect_set_aside(struct world *w, const char *reason)
{
	char *why = NULL;

	assert_true(store_check(w->path, &why) < 0);
	assert_non_null(strstr(why, w->path));
	assert_non_null(strstr(why, reason));
	free(why);
	assert_int_equal(broken_files(w), 0);
	assert_int_equal(start(w), 0);
	assert_non_null(w->why);
	assert_non_null(strstr(w->why, w->path));
	assert_non_null(strstr(w->why, reason));
	assert_non_null(strstr(w->why, ".broken-"));
	assert_int_equal(broken_files(w), 1);
	reg(w, 1, 1);
	stop(w);
	assert_int_equal(start(w), 1);
	assert_null(w->why);
	assert_int_equal(broken_files(w), 1);
}

static void write_file(const char *path, const void *data, size_t len,
                       off_t at)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0644);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, len, at), len);
	close(fd);
}

static void sql(const char *path, const char *text)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 2000);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void a_missing_file_is_made_and_said(void **state)
{
	struct world *w = *state;

	assert_int_equal(store_check(w->path, &w->why), 0);
	assert_null(w->why);
	assert_int_equal(start(w), 0);
	assert_non_null(strstr(w->why, "new"));
	assert_int_equal(access(w->path, F_OK), 0);
	stop(w);
	start(w);
	assert_null(w->why);
	assert_int_equal(store_check(w->path, &w->why), 0);
}

static void a_file_that_is_no_database_is_set_aside(void **state)
{
	struct world *w = *state;
	char text[] = "This is a letter to my landlord.\n";

	for (off_t i = 0; i < 100; i++)
		write_file(w->path, text, strlen(text),
		           i * (off_t)strlen(text));
	expect_set_aside(w, "not a database");
}

static void a_truncated_file_is_set_aside(void **state)
{
	struct world *w = *state;
	struct stat st;

	fill(w, 2000);
	assert_int_equal(stat(w->path, &st), 0);
	assert_int_equal(truncate(w->path, st.st_size / 2), 0);
	expect_set_aside(w, "");
}

static void a_file_with_garbage_inside_is_set_aside(void **state)
{
	struct world *w = *state;
	char garbage[4096];

	fill(w, 2000);
	memset(garbage, 0xa5, sizeof(garbage));
	write_file(w->path, garbage, sizeof(garbage), 3 * 4096);
	expect_set_aside(w, "damaged");
}

static void another_programs_database_is_set_aside(void **state)
{
	struct world *w = *state;

	sql(w->path, "CREATE TABLE cats (name TEXT);");
	expect_set_aside(w, "another program");
}

static void a_database_of_a_later_version_is_set_aside(void **state)
{
	struct world *w = *state;

	fill(w, 3);
	sql(w->path, "PRAGMA user_version=2;");
	expect_set_aside(w, "version 2");
}

static void our_mark_on_another_table_is_set_aside(void **state)
{
	struct world *w = *state;

	fill(w, 3);
	sql(w->path, "ALTER TABLE binding DROP COLUMN q;");
	expect_set_aside(w, "q");
}

static void rows_that_somebody_spoilt_are_left_out(void **state)
{
	struct world *w = *state;

	fill(w, 6);
	sql(w->path, "UPDATE binding SET transport='pigeon' WHERE id=1;"
	             "UPDATE binding SET source='nowhere' WHERE id=2;"
	             "UPDATE binding SET contact='' WHERE id=3;"
	             "UPDATE binding SET contact=char(13) WHERE id=4;"
	             "UPDATE binding SET call_id=x'00ff' WHERE id=5;");
	assert_int_equal(start(w), 1);
	assert_null(w->why);
}

static void random_damage_never_stops_the_server(void **state)
{
	struct world *w = *state;
	char junk[64];

	srand(5);
	for (int round = 0; round < 40; round++) {
		unlink(w->path);
		fill(w, 200);
		for (size_t i = 0; i < sizeof(junk); i++)
			junk[i] = (char)rand();
		write_file(w->path, junk, sizeof(junk), rand() % 40000);
		start(w);
		reg(w, 1, 1000);
		stop(w);
	}
}

static void a_folder_that_is_read_only_is_an_error_with_a_reason(void **state)
{
	struct world *w = *state;
	char *why = NULL;
	int check, rc;

	as_nobody(w, 0500);
	check = store_check(w->path, &why);
	rc = open_store(w);
	as_before();
	assert_int_equal(rc, -EACCES);
	assert_null(w->s);
	assert_non_null(strstr(w->why, "Permission denied"));
	assert_int_equal(check, -EACCES);
	assert_non_null(strstr(why, "Permission denied"));
	free(why);
}

static void a_file_that_is_read_only_is_set_aside(void **state)
{
	struct world *w = *state;

	fill(w, 3);
	assert_int_equal(chmod(w->path, 0444), 0);
	as_nobody(w, 0700);
	expect_set_aside(w, "");
	as_before();
}

static void a_bad_file_that_cannot_be_set_aside_is_an_error(void **state)
{
	struct world *w = *state;
	char junk[] = "junk junk junk junk junk";
	int rc;

	if (geteuid() != 0)
		skip(); /* it takes a file of another user */
	write_file(w->path, junk, sizeof(junk), 0);
	assert_int_equal(chmod(w->path, 0666), 0);
	assert_int_equal(chmod(w->dir, 01777), 0);
	assert_int_equal(seteuid(NOBODY), 0);
	rc = open_store(w);
	as_before();
	assert_int_equal(rc, -EPERM);
	assert_non_null(strstr(w->why, "cannot be set aside"));
}

static void a_folder_in_the_files_place_is_left_alone(void **state)
{
	struct world *w = *state;
	char *why = NULL;

	assert_int_equal(mkdir(w->path, 0700), 0);
	assert_true(open_store(w) < 0);
	assert_non_null(w->why);
	assert_true(store_check(w->path, &why) < 0);
	free(why);
	assert_int_equal(rmdir(w->path), 0);
}

static void a_folder_that_is_not_there_is_an_error(void **state)
{
	struct world *w = *state;

	snprintf(w->path, sizeof(w->path), "%s/no/where.db", w->dir);
	assert_int_equal(store_check(w->path, &w->why), -ENOENT);
	free(w->why);
	assert_int_equal(open_store(w), -ENOENT);
	assert_non_null(strstr(w->why, w->path));
	stop(w);
	w->path[0] = '\0';
	assert_int_equal(open_store(w), -EINVAL);
}

static void a_check_changes_nothing_beside_the_file(void **state)
{
	struct world *w = *state;
	struct dirent *e;
	size_t n = 0;
	DIR *d;

	fill(w, 3);
	assert_int_equal(store_check(w->path, &w->why), 0);
	d = opendir(w->dir);
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	closedir(d);
	assert_int_equal(n, 1);
	start(w); /* while the server runs */
	reg(w, 9, 1);
	store_kick(w->s);
	worker_flush(w->w);
	assert_int_equal(store_check(w->path, &w->why), 0);
}

static void a_disk_that_fails_for_a_while_loses_nothing(void **state)
{
	struct world *w = *state;

	start(w);
	reg(w, 1, 1);
	reg(w, 2, 1);
	sql(w->path, "ALTER TABLE binding RENAME TO hidden;");
	store_kick(w->s);
	worker_flush(w->w);
	reg(w, 2, 2);
	assert_int_equal(registrar_forget(w->r, "user1@example.com"), 1);
	reg(w, 3, 1);
	store_kick(w->s);
	worker_flush(w->w);
	sql(w->path, "ALTER TABLE hidden RENAME TO binding;");
	reg(w, 4, 1);
	stop(w);
	assert_int_equal(start(w), 3);
	assert_int_equal(find(w, 2).cseq, 2);
}

/* --- crashes ---------------------------------------------------------------- */

/* A server that dies by SIGKILL, with or without its batch written. */
static void crash(struct world *w, int from, int n, bool is_written)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (open_store(w) < 0)
			_exit(1);
		store_load(w->s, w->r, NOW);
		for (int i = from; i < from + n; i++)
			reg_as(w, i, 1, 600, BINDING_UDP, false);
		store_kick(w->s);
		if (is_written)
			worker_flush(w->w);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static void a_batch_that_was_written_survives_a_kill(void **state)
{
	struct world *w = *state;

	crash(w, 0, 500, true);
	assert_int_equal(start(w), 500);
	assert_null(w->why);
	stop(w);
	crash(w, 500, 500, true);
	assert_int_equal(start(w), 1000);
}

static void a_kill_amid_a_batch_leaves_all_of_it_or_nothing(void **state)
{
	struct world *w = *state;
	size_t before = 0;

	for (int i = 0; i < 10; i++) {
		size_t now;

		crash(w, i * 300, 300, false);
		now = start(w);
		assert_int_equal((now - before) % 300, 0);
		assert_true(now - before <= 300);
		if (i > 0)
			assert_null(w->why);
		stop(w);
		before = now;
	}
}

static void the_log_of_a_torn_file_goes_aside_with_it(void **state)
{
	struct world *w = *state;
	struct dirent *e;
	char junk[4096];
	size_t n = 0;
	DIR *d;

	fill(w, 500);
	crash(w, 500, 5, true); /* these are in the log only */
	memset(junk, 'x', sizeof(junk));
	write_file(w->path, junk, sizeof(junk), 5 * 4096);
	expect_set_aside(w, "damaged");
	d = opendir(w->dir);
	while ((e = readdir(d)) != NULL)
		n += strstr(e->d_name, ".broken-") && strstr(e->d_name, "-wal");
	closedir(d);
	assert_int_equal(n, 1);
}

static void a_log_makes_up_for_a_damaged_first_page(void **state)
{
	struct world *w = *state;
	char junk[100];

	crash(w, 0, 500, true); /* the log has every page */
	memset(junk, 'x', sizeof(junk));
	write_file(w->path, junk, sizeof(junk), 0);
	assert_int_equal(start(w), 500);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bindings_survive_a_restart_with_all_they_have),
		TEST(what_was_removed_does_not_come_back),
		TEST(what_has_expired_meanwhile_does_not_come_back),
		TEST(a_natted_phone_on_a_connection_is_not_restored),
		TEST(a_row_is_never_used_for_two_bindings),
		TEST(a_kick_without_changes_does_nothing),
		TEST(one_batch_at_most_is_with_the_storage_thread),
		TEST(a_long_batch_is_written_without_a_kick),
		TEST(a_missing_file_is_made_and_said),
		TEST(a_file_that_is_no_database_is_set_aside),
		TEST(a_truncated_file_is_set_aside),
		TEST(a_file_with_garbage_inside_is_set_aside),
		TEST(another_programs_database_is_set_aside),
		TEST(a_database_of_a_later_version_is_set_aside),
		TEST(our_mark_on_another_table_is_set_aside),
		TEST(rows_that_somebody_spoilt_are_left_out),
		TEST(random_damage_never_stops_the_server),
		TEST(a_folder_that_is_read_only_is_an_error_with_a_reason),
		TEST(a_file_that_is_read_only_is_set_aside),
		TEST(a_bad_file_that_cannot_be_set_aside_is_an_error),
		TEST(a_folder_in_the_files_place_is_left_alone),
		TEST(a_folder_that_is_not_there_is_an_error),
		TEST(a_check_changes_nothing_beside_the_file),
		TEST(a_disk_that_fails_for_a_while_loses_nothing),
		TEST(a_batch_that_was_written_survives_a_kill),
		TEST(a_kill_amid_a_batch_leaves_all_of_it_or_nothing),
		TEST(the_log_of_a_torn_file_goes_aside_with_it),
		TEST(a_log_makes_up_for_a_damaged_first_page),
	};

	log_setup(LOG_LVL_ERROR, LOG_FMT_TEXT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
