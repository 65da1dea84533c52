/* base/log.c - lines to standard error, as text or as JSON. */
#include "base/log.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"

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

static void timestamp(char *out, size_t size)
{
	struct timespec ts;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	n = strftime(out, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, size - n, ".%03ldZ", ts.tv_nsec / 1000000);
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
		buf_fmt(b, "%s %s: ", ctx->kind, ctx->id);
	}
}

void log_line(const struct log_ctx *ctx, enum log_level level, const char *fmt,
              ...)
{
	struct buf text = { 0 }, out = { 0 };
	char when[40];
	va_list ap;
	ssize_t n;

	va_start(ap, fmt);
	buf_vfmt(&text, fmt, ap);
	va_end(ap);
	timestamp(when, sizeof(when));
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
	n = write(STDERR_FILENO, out.p, out.len); /* one write, one line */
	(void)n;
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
