/* base/log.c - lines to standard error, as text or as JSON. */
#include "base/log.h"

#include <ctype.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"

#define TIMESTAMP "0000-00-00T00:00:00.000Z"

static enum log_level log_threshold = LOG_LVL_INFO;
static enum log_format log_style = LOG_FMT_TEXT;

static const char *const level_names[] = { "error", "warn", "info", "debug" };

void log_setup(enum log_level level, enum log_format format)
{
	log_threshold = level;
	log_style = format;
}

bool log_level_parse(const char *name, enum log_level *out)
{
	for (size_t i = 0; i < NELEM(level_names); i++)
		if (strcmp(name, level_names[i]) == 0) {
			*out = (enum log_level)i;
			return true;
		}
	return false;
}

bool log_enabled(enum log_level level)
{
	return level <= log_threshold;
}

static void put_digits(char *out, int width, long v)
{
	while (width > 0) {
		out[--width] = (char)('0' + v % 10);
		v /= 10;
	}
}

/* By hand: strftime() costs as much as the rest of a line. */
static void timestamp(char out[sizeof(TIMESTAMP)])
{
	struct timespec ts;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	strcpy(out, TIMESTAMP);
	put_digits(out, 4, tm.tm_year + 1900L);
	put_digits(out + 5, 2, tm.tm_mon + 1L);
	put_digits(out + 8, 2, tm.tm_mday);
	put_digits(out + 11, 2, tm.tm_hour);
	put_digits(out + 14, 2, tm.tm_min);
	put_digits(out + 17, 2, tm.tm_sec);
	put_digits(out + 20, 3, ts.tv_nsec / 1000000);
}

static void contexts(struct buf *b, const struct log_ctx *ctx, bool json)
{
	if (!ctx)
		return;
	contexts(b, ctx->parent, json);
	if (json) {
		buf_char(b, ',');
		json_quote(b, ctx->kind);
		buf_char(b, ':');
		json_quote(b, ctx->id);
	} else {
		buf_str(b, ctx->kind);
		buf_char(b, ' ');
		buf_str(b, ctx->id);
		buf_str(b, ": ");
	}
}

/* A reader of the pipe that has stopped must not stop the calls: what does
 * not fit is counted and told of later.  A pipe that is writable has room
 * for PIPE_BUF bytes. */
static void put(struct buf *line)
{
	static _Atomic unsigned lost;
	struct pollfd p = { STDERR_FILENO, POLLOUT, 0 };
	unsigned before;
	ssize_t n;

	if (line->len > PIPE_BUF) {
		line->len = PIPE_BUF;
		line->p[PIPE_BUF - 1] = '\n';
	}
	if (poll(&p, 1, 0) == 0) {
		lost++;
		return;
	}
	n = write(STDERR_FILENO, line->p, line->len); /* one write, one line */
	(void)n;
	before = atomic_exchange(&lost, 0);
	if (before)
		log_warn("%u lines were lost: standard error was not read",
		         before);
}

void log_line(const struct log_ctx *ctx, enum log_level level, const char *fmt,
              ...)
{
	struct buf text = { 0 }, out = { 0 };
	char when[sizeof(TIMESTAMP)];
	va_list ap;

	va_start(ap, fmt);
	buf_vfmt(&text, fmt, ap);
	va_end(ap);
	timestamp(when);
	if (log_style == LOG_FMT_JSON) {
		buf_fmt(&out, "{\"time\":\"%s\",\"level\":\"%s\"", when,
		        level_names[level]);
		contexts(&out, ctx, true);
		buf_str(&out, ",\"text\":");
		json_quote(&out, buf_text(&text));
		buf_str(&out, "}");
	} else {
		buf_fmt(&out, "%s %-5s ", when, level_names[level]);
		contexts(&out, ctx, false);
		buf_str(&out, buf_text(&text));
		for (size_t i = 0; i < out.len; i++)
			if (iscntrl((unsigned char)out.p[i]))
				out.p[i] = '?';
	}
	buf_char(&out, '\n');
	put(&out);
	buf_free(&text);
	buf_free(&out);
}

void log_text(const struct log_ctx *ctx, enum log_level level,
              const char *text)
{
	while (log_enabled(level) && *text) {
		size_t n = strcspn(text, "\n");

		log_line(ctx, level, "%.*s", (int)n, text);
		text += n + (text[n] == '\n');
	}
}
