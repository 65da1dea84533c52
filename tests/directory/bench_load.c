/* tests/directory/bench_load.c - how long a large directory takes to load,
 * how much memory it keeps, and how long a match takes.  Not a test: nothing
 * is asserted.
 *
 *	bench_load [DEVICES [ACCOUNTS [PATTERNS [DIR]]]]
 *
 * writes DEVICES devices, as many callflows, a user for every four devices,
 * and groups of ten users below DIR (default: a new folder in /tmp, removed
 * again), in ACCOUNTS accounts, and PATTERNS patterns in the first of them;
 * then loads them, looks each of them up and matches numbers.  The memory of
 * a device is that of a directory with devices alone. */
#include <ftw.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "directory/directory.h"
#include "directory/number.h"
#include "directory/patterns.h"
#include "directory/rule.h"

#define FLOW_PATTERNS 10 /* of one callflow */

static int n_accounts = 1, n_patterns;

static FILE *create(const char *dir, const char *folder, int n)
{
	char path[300];
	FILE *f;

	snprintf(path, sizeof(path), "%s/accounts/a%d/%s/%032x.json", dir,
	         n % n_accounts, folder, (unsigned)n);
	f = fopen(path, "w");
	if (!f) {
		perror(path);
		exit(1);
	}
	return f;
}

/* In its own account. */
static int owner_of(int n)
{
	return n % n_accounts + n / n_accounts / 4 * n_accounts;
}

static long write_device(const char *dir, int n)
{
	FILE *f = create(dir, "devices", n);
	long size;

	fprintf(f,
	        "{\n  \"id\": \"%032x\",\n  \"name\": \"Phone %d\",\n"
	        "  \"owner_id\": \"%032x\",\n  \"enabled\": true,\n"
	        "  \"device_type\": \"sip_device\",\n"
	        "  \"mac_address\": \"00:00:%02x:%02x:%02x:%02x\",\n"
	        "  \"sip\": {\n    \"method\": \"password\",\n"
	        "    \"username\": \"user_%d\",\n"
	        "    \"password\": \"secret%d\",\n"
	        "    \"invite_format\": \"contact\",\n"
	        "    \"expire_seconds\": 300\n  },\n"
	        "  \"media\": {\n    \"audio\": { \"codecs\": [ \"OPUS\", "
	        "\"PCMU\", \"PCMA\" ] },\n"
	        "    \"encryption\": { \"enforce_security\": false },\n"
	        "    \"ignore_early_media\": false\n  },\n"
	        "  \"call_restriction\": { \"international\": { \"action\": "
	        "\"inherit\" } },\n"
	        "  \"suppress_unregister_notifications\": false\n}\n",
	        (unsigned)n, n, (unsigned)owner_of(n), n >> 24 & 255, n >> 16 & 255,
	        n >> 8 & 255, n & 255, n, n);
	size = ftell(f);
	fclose(f);
	return size;
}

static void write_callflow(const char *dir, int n)
{
	FILE *f = create(dir, "callflows", n);

	fprintf(f,
	        "{\n  \"id\": \"%032x\",\n  \"name\": \"Extension %d\",\n"
	        "  \"numbers\": [ \"%d\", \"+1415%07d\" ],\n"
	        "  \"flow\": {\n    \"module\": \"device\",\n"
	        "    \"data\": { \"id\": \"%032x\", \"timeout\": 20, "
	        "\"can_call_self\": false },\n"
	        "    \"children\": { \"_\": { \"module\": \"user\", "
	        "\"data\": { \"id\": \"%032x\" }, \"children\": {} } }\n  }\n"
	        "}\n",
	        (unsigned)n, n, 100000 + n, n, (unsigned)n,
	        (unsigned)owner_of(n));
	fclose(f);
}

static void write_user(const char *dir, int n)
{
	FILE *f = create(dir, "users", n);

	fprintf(f,
	        "{\n  \"id\": \"%032x\",\n  \"first_name\": \"First\",\n"
	        "  \"last_name\": \"Last %d\",\n  \"enabled\": true,\n"
	        "  \"email\": \"user%d@example.com\",\n"
	        "  \"priv_level\": \"user\"\n}\n",
	        (unsigned)n, n, n);
	fclose(f);
}

static void write_group(const char *dir, int n)
{
	FILE *f = create(dir, "groups", n);

	fprintf(f, "{\n  \"id\": \"%032x\",\n  \"endpoints\": {\n",
	        (unsigned)n);
	for (int i = 0; i < 10; i++)
		fprintf(f, "    \"%032x\": { \"type\": \"user\" }%s\n",
		        (unsigned)(n % n_accounts + i * n_accounts),
		        i < 9 ? "," : "");
	fprintf(f, "  }\n}\n");
	fclose(f);
}

static void write_patterns(const char *dir)
{
	for (int i = 0; i < n_patterns; i += FLOW_PATTERNS) {
		char path[300];
		FILE *f;

		snprintf(path, sizeof(path),
		         "%s/accounts/a0/callflows/p%d.json", dir, i);
		f = fopen(path, "w");
		fprintf(f, "{ \"name\": \"P\", \"patterns\": [ ");
		for (int k = i; k < i + FLOW_PATTERNS; k++)
			fprintf(f, "%s\"^\\\\*%d(\\\\d{4})$\"",
			        k > i ? ", " : "", 10000 + k);
		fprintf(f, " ], \"flow\": { \"module\": \"hangup\", "
		           "\"data\": {} } }\n");
		fclose(f);
	}
}

static void make_account(const char *dir, int n)
{
	static const char *const folders[] = { "", "/devices", "/users",
		                               "/groups", "/callflows" };
	char path[300];
	FILE *f;

	for (size_t i = 0; i < NELEM(folders); i++) {
		snprintf(path, sizeof(path), "%s/accounts/a%d%s", dir, n,
		         folders[i]);
		mkdir(path, 0700);
	}
	snprintf(path, sizeof(path), "%s/accounts/a%d/account.json", dir, n);
	f = fopen(path, "w");
	fprintf(f, "{ \"id\": \"a%d\", \"name\": \"A\", \"realm\": "
	           "\"a%d.example\" }\n", n, n);
	fclose(f);
}

static void generate(const char *dir, int devices, bool has_devices_only)
{
	int users = (devices / n_accounts / 4 + 1) * n_accounts;
	long size = 0;
	char path[300];

	mkdir(dir, 0700);
	snprintf(path, sizeof(path), "%s/accounts", dir);
	mkdir(path, 0700);
	for (int i = 0; i < n_accounts; i++)
		make_account(dir, i);
	for (int i = 0; i < devices; i++)
		size += write_device(dir, i);
	printf("a device's document: %ld bytes\n",
	       devices > 0 ? size / devices : 0);
	for (int i = 0; i < users; i++)
		write_user(dir, i);
	for (int i = 0; i < devices && !has_devices_only; i++)
		write_callflow(dir, i);
	for (int i = 0; i < devices / 40 && !has_devices_only; i++)
		write_group(dir, i);
	if (!has_devices_only)
		write_patterns(dir);
}

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void look_up(const struct snapshot *s, int devices)
{
	int64_t start = now_us();
	int found = 0;
	char text[40], realm[40];

	for (int i = 0; i < devices; i++) {
		const struct account *a;

		snprintf(text, sizeof(text), "user_%d", i);
		snprintf(realm, sizeof(realm), "A%d.example", i % n_accounts);
		found += snapshot_device_by_auth(s, realm, text) != NULL;
		snprintf(text, sizeof(text), "+1415%07d", i);
		a = snapshot_number_owner(s, text, NULL);
		found += a != NULL;
		snprintf(text, sizeof(text), "%d", 100000 + i);
		found += a && account_callflow_by_number(a, text) != NULL;
	}
	printf("%d look-ups, %d found, %.0f ns each\n", 3 * devices, found,
	       1000.0 * (double)(now_us() - start) / (3.0 * devices));
}

static void match(const struct snapshot *s)
{
	const struct account *a = snapshot_account(s, "a0");
	const int times = 10000;
	int64_t start = now_us();
	int found = 0, tried = 0;

	for (int i = 0; i < times; i++) {
		struct pattern_search search;
		const struct pattern *p;
		struct rule_match m;
		char number[40];

		snprintf(number, sizeof(number), "*%d%04d",
		         10000 + i % n_patterns, i);
		patterns_search(&search, a, number);
		while ((p = patterns_next(&search))) {
			tried++;
			found += rule_match(p->rule, number, &m);
		}
	}
	printf("%zu patterns: %d of %d found, %.1f expressions and %.2f us "
	       "each\n",
	       a->n_patterns, found, times, (double)tried / times,
	       (double)(now_us() - start) / times);
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *ftw)
{
	return remove(path);
}

static size_t in_use(void)
{
	return mallinfo2().uordblks + mallinfo2().hblkhd;
}

static int measure(const char *dir, int devices)
{
	struct diag why = { 0 };
	struct snapshot *s = NULL;
	size_t before = in_use();
	int64_t start = now_us();
	struct snapshot_counts n;
	int rc = snapshot_load(&s, dir, false, &why);

	printf("load: %.2f s, %u faults, %u warnings, returned %d\n%.500s",
	       (double)(now_us() - start) / 1e6, why.faults, why.warnings, rc,
	       buf_text(&why.text));
	diag_free(&why);
	if (rc < 0)
		return rc;
	n = snapshot_counts(s);
	printf("%zu accounts, %zu devices, %zu callflows, %zu users, %zu "
	       "groups: %.1f MB\n",
	       n.accounts, n.devices, n.callflows, n.users, n.groups,
	       (double)(in_use() - before) / 1e6);
	if (n.callflows > 0)
		look_up(s, devices);
	else
		printf("%zu bytes a device\n",
		       (in_use() - before) / n.devices);
	if (n_patterns > 0 && n.callflows > 0)
		match(s);
	start = now_us();
	snapshot_unref(&s);
	printf("free: %.3f s\n", (double)(now_us() - start) / 1e6);
	return 0;
}

int main(int argc, char **argv)
{
	int devices = argc > 1 ? atoi(argv[1]) : 45000;
	char temporary[] = "/tmp/b2bua-bench-XXXXXX", alone[400];
	const char *dir = argc > 4 ? argv[4] : mkdtemp(temporary);
	int rc;

	if (argc > 2)
		n_accounts = atoi(argv[2]);
	if (argc > 3)
		n_patterns = atoi(argv[3]);
	if (!dir || devices <= 0 || n_accounts <= 0)
		return 1;
	generate(dir, devices, false);
	rc = measure(dir, devices);
	snprintf(alone, sizeof(alone), "%s/alone", dir);
	generate(alone, devices, true);
	if (rc == 0)
		rc = measure(alone, devices);
	if (argc <= 4)
		nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return rc < 0;
}
