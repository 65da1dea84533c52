/* config/source.c - a look at the file before libconfig takes it.
 *
 * libconfig 1.5 silently keeps the low 32 bits of an integer that does not
 * fit, takes an unterminated @include for nothing, tells of an unterminated
 * string at the last line, and its scanner ends the process when an included
 * file turns out to be a folder.  Here these are faults with their line. */
#include "config/read.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

#define MAX_BYTES  (16u << 20)
#define MAX_DEPTH  10 /* libconfig's own */
#define MAX_FAULTS 20 /* a file that includes itself has no end of them */

struct source {
	const char *path;   /* borrowed */
	const char *folder; /* borrowed; what @include starts from */
	struct diag *why;   /* borrowed */
	const char *at;     /* where we are */
	unsigned line;
	unsigned depth;   /* how many files include this one */
	unsigned stop_at; /* this many faults in why */
};

static int check_file(struct source *s);

static void source_fault(struct source *s, const char *fmt, ...)
	printf_like(2, 3);
static void source_fault(struct source *s, const char *fmt, ...)
{
	char *where = xasprintf("%s:%u", s->path, s->line);
	struct buf text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	buf_vfmt(&text, fmt, ap);
	va_end(ap);
	diag_fault(s->why, where, NULL, "%s", buf_text(&text));
	buf_free(&text);
	free(where);
}

/* 0 and the file's text (to be freed), or -errno. */
static int slurp(const char *path, char **out)
{
	struct buf text = { 0 };
	struct stat st;
	char chunk[4096];
	size_t n;
	FILE *f = fopen(path, "re");
	int rc = 0;

	if (!f)
		return -errno;
	if (fstat(fileno(f), &st) < 0)
		rc = -errno;
	else if (S_ISDIR(st.st_mode))
		rc = -EISDIR;
	else if (!S_ISREG(st.st_mode))
		rc = -EINVAL; /* a pipe could be read only once */
	while (rc == 0 && (n = fread(chunk, 1, sizeof(chunk), f)) > 0) {
		buf_add(&text, chunk, n);
		if (text.len > MAX_BYTES)
			rc = -EFBIG;
	}
	if (rc == 0 && ferror(f))
		rc = -EIO;
	if (rc == 0 && text.len && memchr(text.p, '\0', text.len))
		rc = -EILSEQ; /* no text at all */
	fclose(f);
	if (rc == 0)
		*out = buf_take(&text);
	buf_free(&text);
	return rc;
}

/* Moves past a token, counting its lines. */
static void advance_to(struct source *s, const char *end)
{
	for (; s->at < end; s->at++)
		if (*s->at == '\n')
			s->line++;
}

static void skip_comment(struct source *s)
{
	const char *end;

	if (s->at[0] == '/' && s->at[1] == '*') {
		end = strstr(s->at + 2, "*/");
		if (!end)
			source_fault(s, "this comment has no end");
		advance_to(s, end ? end + 2 : s->at + strlen(s->at));
		return;
	}
	advance_to(s, s->at + strcspn(s->at, "\n"));
}

static void skip_string(struct source *s)
{
	const char *p = s->at + 1;

	while (*p && *p != '"')
		p += *p == '\\' && p[1] ? 2 : 1;
	if (!*p)
		source_fault(s, "this string has no end");
	advance_to(s, *p ? p + 1 : p);
}

/* A name may hold digits, which are no number. */
static void skip_name(struct source *s)
{
	const char *p = s->at;

	while (isalnum((unsigned char)*p) || (*p && strchr("_-*", *p)))
		p++;
	advance_to(s, p);
}

static bool is_in_range(const char *digits, bool is_hex, bool is_long)
{
	unsigned long long n;

	errno = 0;
	n = strtoull(digits, NULL, is_hex ? 16 : 10);
	if (errno == ERANGE)
		return false;
	if (is_hex)
		return is_long || n <= UINT_MAX;
	return n <= (is_long ? (unsigned long long)LLONG_MAX : INT_MAX);
}

/* s->at is on a digit that begins a number. */
static void check_number(struct source *s)
{
	const char *p = s->at;
	bool is_hex = p[0] == '0' && (p[1] == 'x' || p[1] == 'X');
	const char *digits = is_hex ? p + 2 : p;

	for (p = digits;
	     is_hex ? isxdigit((unsigned char)*p) : isdigit((unsigned char)*p);
	     p++)
		;
	/* fractions and exponents are floats, which libconfig minds */
	if (!strchr(".eE", *p) || *p == '\0')
		if (!is_in_range(digits, is_hex, *p == 'L'))
			source_fault(s, "the number %.*s is too large",
			             (int)(p - s->at > 40 ? 40 : p - s->at),
			             s->at);
	while (isalnum((unsigned char)*p) || *p == '.' || *p == '_')
		p++;
	advance_to(s, p);
}

static void check_include(struct source *s)
{
	const char *open = s->at + strlen("@include");
	struct source in = *s;
	char *name, *path;
	size_t n;
	int rc;

	open += strspn(open, " \t");
	n = *open == '"' ? strcspn(open + 1, "\"\n") : 0;
	if (*open != '"' || open[1 + n] != '"') {
		source_fault(s, "@include takes a file name in quotes");
		skip_comment(s); /* the rest of the line */
		return;
	}
	name = xstrndup(open + 1, n);
	path = s->folder ? xasprintf("%s/%s", s->folder, name) : xstrdup(name);
	in.path = path;
	in.depth++;
	if (*name == '/')
		source_fault(s, "@include takes a path relative to the "
		                "configuration file");
	else if (in.depth > MAX_DEPTH)
		source_fault(s, "cannot include '%s': nested too deep", name);
	else if ((rc = check_file(&in)) < 0)
		source_fault(s, "cannot include '%s': %s", name, strerror(-rc));
	free(path);
	free(name);
	advance_to(s, open + 1 + n + 1);
}

/* libconfig knows the directive only where a line begins. */
static bool is_include(const struct source *s, const char *text)
{
	const char *p = s->at;

	if (strncmp(p, "@include", 8) != 0)
		return false;
	while (p > text && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	return p == text || p[-1] == '\n';
}

static bool begins_comment(const char *p)
{
	return *p == '#' || (p[0] == '/' && (p[1] == '/' || p[1] == '*'));
}

static void check_text(struct source *s, const char *text)
{
	s->at = text;
	s->line = 1;
	while (*s->at && s->why->faults < s->stop_at) {
		unsigned char c = (unsigned char)*s->at;

		if (begins_comment(s->at))
			skip_comment(s);
		else if (c == '"')
			skip_string(s);
		else if (is_include(s, text))
			check_include(s);
		else if (isdigit(c))
			check_number(s);
		else if (isalpha(c))
			skip_name(s);
		else
			advance_to(s, s->at + 1);
	}
}

static int check_file(struct source *s)
{
	char *text;
	int rc = slurp(s->path, &text);

	if (rc < 0)
		return rc;
	check_text(s, text);
	free(text);
	return 0;
}

int source_check(const char *path, const char *folder, struct diag *why)
{
	unsigned faults = why->faults;
	struct source s = { .path = path,
		            .folder = folder,
		            .why = why,
		            .stop_at = faults + MAX_FAULTS };
	int rc = check_file(&s);

	if (rc < 0)
		diag_fault(why, path, NULL, "cannot be read: %s",
		           strerror(-rc));
	else if (why->faults > faults)
		rc = -EINVAL;
	return rc;
}
