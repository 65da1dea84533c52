/* base/log.h - lines to standard error, as text or as JSON.
 *
 * The log is the one process-wide thing here: level and format are set once
 * by main and only read afterwards.  A log_ctx names what a line is about; a
 * leg's context has its call's as parent, so that every line of a leg
 * carries its call's id. */
#ifndef B2BUA_BASE_LOG_H
#define B2BUA_BASE_LOG_H

#include <stdbool.h>
#include "base/util.h"

enum log_level { LOG_LVL_ERROR, LOG_LVL_WARN, LOG_LVL_INFO, LOG_LVL_DEBUG };
enum log_format { LOG_FMT_TEXT, LOG_FMT_JSON };

struct log_ctx {
	const char *kind;             /* borrowed; "call", "leg", ... */
	const char *id;               /* borrowed */
	const struct log_ctx *parent; /* borrowed; NULL at the top */
};

void log_setup(enum log_level level, enum log_format format);
bool log_level_parse(const char *name, enum log_level *out);
bool log_enabled(enum log_level level);

/* ctx may be NULL.  Control characters in the text (they may come from the
 * network) are written as '?', so one call is one line. */
void log_line(const struct log_ctx *ctx, enum log_level level, const char *fmt,
              ...) printf_like(3, 4);

/* The same for a text of several lines: one log line each. */
void log_text(const struct log_ctx *ctx, enum log_level level,
              const char *text);

#define log_at(ctx, level, ...)                                \
	do {                                                   \
		if (log_enabled(level))                        \
			log_line((ctx), (level), __VA_ARGS__); \
	} while (0)

#define log_error(...) log_at(NULL, LOG_LVL_ERROR, __VA_ARGS__)
#define log_warn(...)  log_at(NULL, LOG_LVL_WARN, __VA_ARGS__)
#define log_info(...)  log_at(NULL, LOG_LVL_INFO, __VA_ARGS__)
#define log_debug(...) log_at(NULL, LOG_LVL_DEBUG, __VA_ARGS__)

/* The same about something: log_ctx_info(&call->log, "answered"). */
#define log_ctx_error(ctx, ...) log_at((ctx), LOG_LVL_ERROR, __VA_ARGS__)
#define log_ctx_warn(ctx, ...)  log_at((ctx), LOG_LVL_WARN, __VA_ARGS__)
#define log_ctx_info(ctx, ...)  log_at((ctx), LOG_LVL_INFO, __VA_ARGS__)
#define log_ctx_debug(ctx, ...) log_at((ctx), LOG_LVL_DEBUG, __VA_ARGS__)

#endif
