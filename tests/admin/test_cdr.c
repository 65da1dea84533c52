#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "admin/cdr.h"
#include "base/mem.h"
#include "base/strutil.h"

/* --- the line ---------------------------------------------------------- */

static const struct cdr_attempt attempts[] = {
	{ .target = "dev1",
	  .kind = "device",
	  .uri = "sip:dev1@192.0.2.7:5062",
	  .call_id = "b-leg-1",
	  .start_ms = 1000000001000,
	  .ring_ms = 1000000001200,
	  .end_ms = 1000000004000,
	  .status = 486,
	  .cause = "USER_BUSY",
	  .result = "failed" },
	{ .target = "dev2",
	  .kind = "device",
	  .start_ms = 1000000001000,
	  .answer_ms = 1000000004000,
	  .end_ms = 1000000009500,
	  .status = 200,
	  .cause = "NORMAL_CLEARING",
	  .result = "answered" },
};

static const struct cdr answered = {
	.id = "c1",
	.account_id = "acc",
	.realm = "example.org",
	.direction = "internal",
	.caller_kind = "device",
	.caller_id = "dev0",
	.caller_call_id = "a-leg",
	.caller_source = "192.0.2.5:5060",
	.from_user = "100",
	.from_name = "J\xc3\xb6rg \"X\"\n",
	.dialled = "200",
	.number = "+1200",
	.callflow_id = "flow",
	.attempts = attempts,
	.n_attempts = 2,
	.start_ms = 1000000001000,
	.ring_ms = 1000000001200,
	.answer_ms = 1000000004000,
	.end_ms = 1000000009500,
	.cause = "NORMAL_CLEARING",
	.status = 200,
	.hung_up_by = "callee",
};

static double number(const cJSON *in, const char *key)
{
	const cJSON *v = cJSON_GetObjectItem(in, key);

	assert_true(cJSON_IsNumber(v));
	return v->valuedouble;
}

static const char *text(const cJSON *in, const char *key)
{
	const cJSON *v = cJSON_GetObjectItem(in, key);

	assert_true(cJSON_IsString(v));
	return v->valuestring;
}

static bool is_null(const cJSON *in, const char *key)
{
	return cJSON_IsNull(cJSON_GetObjectItem(in, key));
}

static cJSON *format(const struct cdr *c)
{
	struct buf out = { 0 };
	cJSON *record;

	cdr_format(&out, c);
	assert_null(strchr(buf_text(&out), '\n'));
	record = cJSON_Parse(buf_text(&out));
	assert_non_null(record);
	buf_free(&out);
	return record;
}

static void a_record_tells_the_whole_call(void **unused)
{
	cJSON *r = format(&answered), *a;

	(void)unused;
	assert_string_equal(text(r, "id"), "c1");
	assert_string_equal(text(r, "account_id"), "acc");
	assert_string_equal(text(r, "realm"), "example.org");
	assert_string_equal(text(r, "direction"), "internal");
	assert_string_equal(text(r, "caller_kind"), "device");
	assert_string_equal(text(r, "caller_id"), "dev0");
	assert_string_equal(text(r, "caller_call_id"), "a-leg");
	assert_string_equal(text(r, "caller_source"), "192.0.2.5:5060");
	assert_string_equal(text(r, "from_user"), "100");
	assert_string_equal(text(r, "from_name"), "J\xc3\xb6rg \"X\"\n");
	assert_string_equal(text(r, "dialled"), "200");
	assert_string_equal(text(r, "number"), "+1200");
	assert_string_equal(text(r, "callflow_id"), "flow");
	assert_true(number(r, "start_ms") == 1000000001000.0);
	assert_true(number(r, "ring_ms") == 1000000001200.0);
	assert_true(number(r, "answer_ms") == 1000000004000.0);
	assert_true(number(r, "end_ms") == 1000000009500.0);
	assert_true(number(r, "duration_ms") == 8500);
	assert_true(number(r, "billable_ms") == 5500);
	assert_true(number(r, "status") == 200);
	assert_string_equal(text(r, "cause"), "NORMAL_CLEARING");
	assert_string_equal(text(r, "hung_up_by"), "callee");

	a = cJSON_GetArrayItem(cJSON_GetObjectItem(r, "attempts"), 0);
	assert_string_equal(text(a, "target"), "dev1");
	assert_string_equal(text(a, "kind"), "device");
	assert_string_equal(text(a, "uri"), "sip:dev1@192.0.2.7:5062");
	assert_string_equal(text(a, "call_id"), "b-leg-1");
	assert_true(number(a, "ring_ms") == 1000000001200.0);
	assert_true(is_null(a, "answer_ms"));
	assert_true(number(a, "status") == 486);
	assert_string_equal(text(a, "cause"), "USER_BUSY");
	assert_string_equal(text(a, "result"), "failed");
	a = cJSON_GetArrayItem(cJSON_GetObjectItem(r, "attempts"), 1);
	assert_true(is_null(a, "uri"));
	assert_true(number(a, "answer_ms") == 1000000004000.0);
	cJSON_Delete(r);
}

static void a_call_never_answered_bills_nothing(void **unused)
{
	struct cdr c = { .id = "c2",
		         .start_ms = 1000,
		         .ring_ms = 2000,
		         .end_ms = 9000,
		         .status = 487 };
	cJSON *r = format(&c);

	(void)unused;
	assert_true(is_null(r, "answer_ms"));
	assert_true(is_null(r, "from_name"));
	assert_true(number(r, "billable_ms") == 0);
	assert_true(number(r, "duration_ms") == 8000);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(r, "attempts")),
	                 0);
	cJSON_Delete(r);
}

static void a_clock_set_back_never_makes_time_negative(void **unused)
{
	struct cdr c = {
		.id = "c3", .start_ms = 9000, .answer_ms = 9500, .end_ms = 4000
	};
	cJSON *r = format(&c);

	(void)unused;
	assert_true(number(r, "billable_ms") == 0);
	assert_true(number(r, "duration_ms") == 0);
	assert_true(is_null(r, "status"));
	cJSON_Delete(r);
}

/* --- the file ---------------------------------------------------------- */

struct place {
	char folder[64];
	char *path;
	struct worker *worker;
	struct cdr_file *file;
};

static int set_up(void **state)
{
	struct place *p = xzalloc(sizeof(*p));

	strcpy(p->folder, "/tmp/test_cdr.XXXXXX");
	*state = p;
	if (!mkdtemp(p->folder))
		return -1;
	p->path = xasprintf("%s/cdr.jsonl", p->folder);
	return worker_create(&p->worker, "test");
}

static int tear_down(void **state)
{
	struct place *p = *state;
	char *rm = xasprintf("rm -rf '%s'", p->folder);
	int rc;

	cdr_close(&p->file);
	worker_destroy(&p->worker);
	rc = system(rm);
	free(rm);
	free(p->path);
	free(p);
	return rc;
}

static char *contents(const char *path)
{
	struct buf out = { 0 };
	FILE *f = fopen(path, "r");
	int c;

	assert_non_null(f);
	while ((c = getc(f)) != EOF)
		buf_char(&out, (char)c);
	fclose(f);
	return buf_take(&out);
}

static void put(const char *path, const char *what)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(what, f);
	fclose(f);
}

static void write_id(struct place *p, const char *id)
{
	struct cdr c = { .id = id };

	cdr_write(p->file, &c);
}

/* The file's lines are records with these ids, in this order. */
static void holds(const char *path, const char *const *ids, size_t n)
{
	char *all = contents(path), *rest = NULL, *line;
	size_t i = 0;

	assert_true(all[0] == '\0' || all[strlen(all) - 1] == '\n');
	for (line = strtok_r(all, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		cJSON *r = cJSON_Parse(line);

		assert_non_null(r);
		assert_true(i < n);
		assert_string_equal(text(r, "id"), ids[i++]);
		cJSON_Delete(r);
	}
	assert_int_equal(i, n);
	free(all);
}

#define HOLDS(path, ...)                                                       \
	holds((path), (const char *const[]){ __VA_ARGS__ },                    \
	      NELEM(((const char *const[]){ __VA_ARGS__ })))

static void records_are_appended_in_order(void **state)
{
	struct place *p = *state;
	struct cdr_stats stats;

	put(p->path, "{\"id\":\"old\"}\n");
	assert_int_equal(cdr_open(&p->file, p->path, p->worker), 0);
	write_id(p, "a");
	write_id(p, "b");
	worker_flush(p->worker);
	HOLDS(p->path, "old", "a", "b");
	cdr_stats(p->file, &stats);
	assert_int_equal(stats.written, 2);
	assert_int_equal(stats.waiting, 0);
	assert_int_equal(stats.lost, 0);
}

static void a_new_file_is_not_for_everybody(void **state)
{
	struct place *p = *state;
	mode_t was = umask(0);
	struct stat st;

	assert_int_equal(cdr_open(&p->file, p->path, p->worker), 0);
	umask(was);
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
}

static void a_file_that_cannot_be_opened_is_an_error(void **state)
{
	struct place *p = *state;

	assert_int_equal(cdr_open(&p->file, "/nope/cdr", p->worker), -ENOENT);
	assert_int_equal(cdr_open(&p->file, p->folder, p->worker), -EISDIR);
	assert_null(p->file);
}

static void a_line_torn_by_a_crash_spoils_no_record(void **state)
{
	struct place *p = *state;
	char *all;

	put(p->path, "{\"id\":\"to");
	assert_int_equal(cdr_open(&p->file, p->path, p->worker), 0);
	write_id(p, "a");
	worker_flush(p->worker);
	all = contents(p->path);
	assert_true(str_starts(all, "{\"id\":\"to\n{\"id\":\"a\","));
	free(all);
}

static void reopen_follows_a_rotation(void **state)
{
	struct place *p = *state;
	char *old = xasprintf("%s.1", p->path);

	assert_int_equal(cdr_open(&p->file, p->path, p->worker), 0);
	write_id(p, "a");
	worker_flush(p->worker);
	assert_int_equal(rename(p->path, old), 0);
	write_id(p, "b");
	cdr_reopen(p->file);
	write_id(p, "c");
	worker_flush(p->worker);
	HOLDS(old, "a", "b");
	HOLDS(p->path, "c");
	free(old);
}

static void a_failed_reopen_keeps_the_old_file(void **state)
{
	struct place *p = *state;
	char *old = xasprintf("%s.1", p->path);

	assert_int_equal(cdr_open(&p->file, p->path, p->worker), 0);
	worker_flush(p->worker);
	assert_int_equal(rename(p->path, old), 0);
	assert_int_equal(mkdir(p->path, 0700), 0);
	cdr_reopen(p->file);
	write_id(p, "a");
	worker_flush(p->worker);
	HOLDS(old, "a");
	free(old);
}

static void what_a_full_disk_refuses_is_written_later(void **state)
{
	struct place *p = *state;
	struct cdr_stats stats;

	assert_int_equal(symlink("/dev/full", p->path), 0);
	assert_int_equal(cdr_open(&p->file, p->path, p->worker), 0);
	write_id(p, "a");
	write_id(p, "b");
	worker_flush(p->worker);
	cdr_stats(p->file, &stats);
	assert_int_equal(stats.written, 0);
	assert_int_equal(stats.waiting, 2);

	assert_int_equal(unlink(p->path), 0);
	cdr_reopen(p->file);
	write_id(p, "c");
	worker_flush(p->worker);
	HOLDS(p->path, "a", "b", "c");
	cdr_stats(p->file, &stats);
	assert_int_equal(stats.written, 3);
	assert_int_equal(stats.waiting, 0);
	assert_int_equal(stats.lost, 0);
}

static void limit_file_size(rlim_t size)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_line_half_written_is_taken_back_and_retried(void **state)
{
	struct place *p = *state;
	struct cdr_stats stats;
	struct stat st;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(cdr_open(&p->file, p->path, p->worker), 0);
	write_id(p, "a");
	worker_flush(p->worker);
	assert_int_equal(stat(p->path, &st), 0);
	limit_file_size((rlim_t)st.st_size + 20);
	write_id(p, "b");
	worker_flush(p->worker);
	HOLDS(p->path, "a");
	cdr_stats(p->file, &stats);
	assert_int_equal(stats.waiting, 1);

	limit_file_size(RLIM_INFINITY);
	cdr_retry(p->file);
	worker_flush(p->worker);
	HOLDS(p->path, "a", "b");
	cdr_stats(p->file, &stats);
	assert_int_equal(stats.waiting, 0);
}

static void close_writes_what_is_posted(void **state)
{
	struct place *p = *state;

	assert_int_equal(cdr_open(&p->file, p->path, p->worker), 0);
	write_id(p, "a");
	write_id(p, "b");
	cdr_close(&p->file);
	assert_null(p->file);
	worker_flush(p->worker);
	HOLDS(p->path, "a", "b");
}

static void beyond_a_bound_the_oldest_is_lost_and_counted(void **state)
{
	int null = open("/dev/null", O_WRONLY), was = dup(STDERR_FILENO);
	struct place *p = *state;
	struct cdr_stats stats;

	assert_int_equal(symlink("/dev/full", p->path), 0);
	assert_int_equal(cdr_open(&p->file, p->path, p->worker), 0);
	for (int i = 0; i < 10003; i++) {
		char id[16];

		snprintf(id, sizeof(id), "%d", i);
		write_id(p, id);
	}
	dup2(null, STDERR_FILENO); /* lost records go to the log */
	worker_flush(p->worker);
	cdr_stats(p->file, &stats);
	assert_int_equal(stats.waiting, 10000);
	assert_int_equal(stats.lost, 3);
	cdr_close(&p->file);
	worker_flush(p->worker);
	dup2(was, STDERR_FILENO);
	close(was);
	close(null);
}

int main(void)
{
#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_tells_the_whole_call),
		cmocka_unit_test(a_call_never_answered_bills_nothing),
		cmocka_unit_test(a_clock_set_back_never_makes_time_negative),
		FILE_TEST(records_are_appended_in_order),
		FILE_TEST(a_new_file_is_not_for_everybody),
		FILE_TEST(a_file_that_cannot_be_opened_is_an_error),
		FILE_TEST(a_line_torn_by_a_crash_spoils_no_record),
		FILE_TEST(reopen_follows_a_rotation),
		FILE_TEST(a_failed_reopen_keeps_the_old_file),
		FILE_TEST(what_a_full_disk_refuses_is_written_later),
		FILE_TEST(a_line_half_written_is_taken_back_and_retried),
		FILE_TEST(close_writes_what_is_posted),
		FILE_TEST(beyond_a_bound_the_oldest_is_lost_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
