/* b2bua/options.h - the command line of the server. */
#ifndef B2BUA_OPTIONS_H
#define B2BUA_OPTIONS_H

#include <stdbool.h>
#include "b2bua/explain.h"
#include "base/buf.h"

#define OPTIONS_DEFAULT_CONF "/etc/b2bua/b2bua.conf"

enum options_action {
	OPTIONS_RUN,
	OPTIONS_TEST,    /* -t */
	OPTIONS_EXPLAIN, /* -t --explain */
	OPTIONS_VERSION, /* -V: print `text` to standard output, exit 0 */
	OPTIONS_HELP,    /* -h: likewise */
};

struct options {
	enum options_action action;
	const char *conf_path; /* borrowed of argv, or the default */
	struct explain_query explain; /* borrowed of argv */
	struct buf text;       /* owned; what to print, ending in '\n' */
};

/* 0; or -EINVAL, and text says to standard error what is wrong (exit 2).
 * Takes argv as it is: does not reorder it. */
int options_parse(struct options *out, int argc, char *const *argv);
void options_free(struct options *o);

#endif
