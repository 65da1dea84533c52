/* tests/directory/bench_load.c - how long a large directory takes to load,
 * and how much memory it keeps.  Not a test: nothing is asserted.
 *
 *	bench_load [DEVICES [DIR]]
 *
 * writes DEVICES devices, as many callflows, a user for every four devices,
 * and groups of ten users below DIR (default: a new folder in /tmp, removed
 * again), then loads them and looks each of them up. */
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

static FILE *create(const char *dir, const char *folder, int n)
{
	char path[300];
	FILE *f;

	snprintf(path, sizeof(path), "%s/accounts/a/%s/%032x.json", dir, folder,
	         (unsigned)n);
	f = fopen(path, "w");
	if (!f) {
		perror(path);
		exit(1);
	}
	return f;
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
	        (unsigned)n, n, (unsigned)(n / 4), n >> 24 & 255, n >> 16 & 255,
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
	        (unsigned)n, n, 100000 + n, n, (unsigned)n, (unsigned)(n / 4));
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
		        (unsigned)(10 * n + i), i < 9 ? "," : "");
	fprintf(f, "  }\n}\n");
	fclose(f);
}

static void generate(const char *dir, int devices)
{
	static const char *const folders[] = {
		"", "/accounts", "/accounts/a", "/accounts/a/devices",
		"/accounts/a/users", "/accounts/a/groups",
		"/accounts/a/callflows"
	};
	long size = 0;
	char path[300];
	FILE *f;

	for (size_t i = 0; i < NELEM(folders); i++) {
		snprintf(path, sizeof(path), "%s%s", dir, folders[i]);
		mkdir(path, 0700);
	}
	snprintf(path, sizeof(path), "%s/accounts/a/account.json", dir);
	f = fopen(path, "w");
	fputs("{ \"id\": \"a\", \"realm\": \"a.example\" }\n", f);
	fclose(f);
	for (int i = 0; i < devices; i++) {
		size += write_device(dir, i);
		write_callflow(dir, i);
	}
	for (int i = 0; i < devices / 4; i++)
		write_user(dir, i);
	for (int i = 0; i < devices / 40; i++)
		write_group(dir, i);
	printf("a device's document: %ld bytes\n",
	       devices > 0 ? size / devices : 0);
}

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void look_up(const struct snapshot *s, int devices)
{
	const struct account *a = snapshot_account(s, "a");
	int64_t start = now_us();
	int found = 0;
	char text[40];

	for (int i = 0; i < devices; i++) {
		snprintf(text, sizeof(text), "user_%d", i);
		found += snapshot_device_by_auth(s, "A.example", text) != NULL;
		snprintf(text, sizeof(text), "%d", 100000 + i);
		found += account_callflow_by_number(a, text) != NULL;
		snprintf(text, sizeof(text), "+1415%07d", i);
		found += snapshot_number_owner(s, text, NULL) != NULL;
	}
	printf("%d look-ups, %d found, %.0f ns each\n", 3 * devices, found,
	       1000.0 * (double)(now_us() - start) / (3.0 * devices));
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *ftw)
{
	return remove(path);
}

int main(int argc, char **argv)
{
	int devices = argc > 1 ? atoi(argv[1]) : 45000;
	char temporary[] = "/tmp/b2bua-bench-XXXXXX";
	const char *dir = argc > 2 ? argv[2] : mkdtemp(temporary);
	struct diag why = { 0 };
	struct snapshot *s = NULL;
	struct snapshot_counts n;
	size_t before;
	int64_t start;
	int rc;

	if (!dir || devices <= 0)
		return 1;
	generate(dir, devices);
	before = mallinfo2().uordblks + mallinfo2().hblkhd;
	start = now_us();
	rc = snapshot_load(&s, dir, false, &why);
	printf("load: %.2f s, %u faults, %u warnings, returned %d\n",
	       (double)(now_us() - start) / 1e6, why.faults, why.warnings, rc);
	if (s) {
		n = snapshot_counts(s);
		printf("%zu devices, %zu callflows, %zu users, %zu groups\n",
		       n.devices, n.callflows, n.users, n.groups);
		printf("memory: %.1f MB, %zu bytes a document\n",
		       (double)(mallinfo2().uordblks + mallinfo2().hblkhd -
		                before) / 1e6,
		       (mallinfo2().uordblks + mallinfo2().hblkhd - before) /
		               (n.devices + n.callflows + n.users + n.groups));
		look_up(s, devices);
		start = now_us();
		snapshot_unref(&s);
		printf("free: %.3f s\n", (double)(now_us() - start) / 1e6);
	}
	diag_free(&why);
	if (argc <= 2)
		nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return rc < 0;
}
