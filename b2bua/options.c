/* b2bua/options.c - the command line of the server. */
#include "options.h"

#include <errno.h>
#include <getopt.h>

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

static const char usage[] =
	"usage: b2bua [-c FILE] [-t] [-V] [-h]\n"
	"       b2bua [-c FILE] -t --explain ACCOUNT NUMBER [--from WHO]\n"
	"             [--shows NUMBER] [--at TIME] [--json | --dot]\n"
	"\n"
	"SIP back-to-back user agent: a registrar that runs callflows.  Stays\n"
	"in the foreground and logs to standard error.\n"
	"\n"
	"  -c, --config FILE  the configuration (" OPTIONS_DEFAULT_CONF ")\n"
	"  -t, --test         check the configuration and the documents: exit\n"
	"                     0, or 1 with one line for each fault\n"
	"  --explain          ring nobody, but tell which callflow takes the\n"
	"                     number and all that may come of the call\n"
	"  --from WHO         ... from this device, carrier or address\n"
	"  --shows NUMBER     ... whose From says so\n"
	"  --at TIME          ... then: 2026-03-01T09:30Z, or seconds since 1970\n"
	"  --json, --dot      ... for programs; for Graphviz\n"
	"  -V, --version      print the version\n"
	"  -h, --help         print this\n"
	"\n"
	"SIGHUP reloads the documents, SIGTERM refuses new calls and waits\n"
	"for the others.  See b2bua(8), b2bua.conf(5), b2buactl(8).\n";

enum {
	LONG_EXPLAIN = 256,
	LONG_FROM,
	LONG_SHOWS,
	LONG_AT,
	LONG_JSON,
	LONG_DOT
};

static const struct option longs[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "test", no_argument, NULL, 't' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ "explain", no_argument, NULL, LONG_EXPLAIN },
	{ "from", required_argument, NULL, LONG_FROM },
	{ "shows", required_argument, NULL, LONG_SHOWS },
	{ "at", required_argument, NULL, LONG_AT },
	{ "json", no_argument, NULL, LONG_JSON },
	{ "dot", no_argument, NULL, LONG_DOT },
	{ 0 },
};

static int refuse(struct options *o, const char *what, const char *arg)
{
	buf_fmt(&o->text, "b2bua: %s '%s'; b2bua -h tells more\n", what, arg);
	return -EINVAL;
}

static void take_explain(struct options *o, int c)
{
	struct explain_query *q = &o->explain;

	switch (c) {
	case LONG_EXPLAIN:
		if (o->action == OPTIONS_RUN || o->action == OPTIONS_TEST)
			o->action = OPTIONS_EXPLAIN;
		break;
	case LONG_FROM:
		q->from = optarg;
		break;
	case LONG_SHOWS:
		q->shows = optarg;
		break;
	case LONG_AT:
		q->time = optarg;
		break;
	case LONG_JSON:
		q->form = EXPLAIN_JSON;
		break;
	default:
		q->form = EXPLAIN_DOT;
		break;
	}
}

/* The account and the number may stand before other options. */
static bool take_operand(struct options *o, const char *word)
{
	struct explain_query *q = &o->explain;

	if (o->action != OPTIONS_EXPLAIN || q->number)
		return false;
	if (q->account)
		q->number = word;
	else
		q->account = word;
	return true;
}

/* Whatever goes with --explain, and only with it. */
static int check_explain(struct options *o)
{
	const struct explain_query *q = &o->explain;
	bool is_said = q->from || q->shows || q->time || q->form;

	if (o->action == OPTIONS_EXPLAIN && !q->number)
		return refuse(o, "an account and a number must follow",
		              "--explain");
	if (is_said && o->action != OPTIONS_EXPLAIN &&
	    o->action != OPTIONS_VERSION && o->action != OPTIONS_HELP)
		return refuse(o, "only with --explain:",
		              q->from    ? "--from"
		              : q->shows ? "--shows"
		              : q->time  ? "--at"
		                         : "--json or --dot");
	return 0;
}

static int take(struct options *o, int c, const char *word)
{
	if (c >= LONG_EXPLAIN) {
		take_explain(o, c);
		return 0;
	}
	switch (c) {
	case 'c':
		o->conf_path = optarg;
		return 0;
	case 't':
		if (o->action == OPTIONS_RUN)
			o->action = OPTIONS_TEST;
		return 0;
	case 'V':
		o->action = OPTIONS_VERSION;
		return 0;
	case 'h':
		o->action = OPTIONS_HELP;
		return 0;
	case ':':
		return refuse(o, "a file name must follow", word);
	default:
		return refuse(o, "unknown option", word);
	}
}

int options_parse(struct options *out, int argc, char *const *argv)
{
	struct options *o = out;
	int c, rc = 0;

	*o = (struct options){ .conf_path = OPTIONS_DEFAULT_CONF };
	optind = 0; /* glibc: starts anew */
	while (rc == 0 && optind <= argc) {
		c = getopt_long(argc, argv, "+:c:tVh", longs, NULL);
		if (c != -1)
			rc = take(o, c, argv[optind - 1]);
		else if (optind < argc && take_operand(o, argv[optind]))
			optind++;
		else
			break;
	}
	if (rc == 0 && optind < argc)
		rc = refuse(o, "unexpected", argv[optind]);
	if (rc == 0)
		rc = check_explain(o);
	if (rc == 0 && o->action == OPTIONS_HELP)
		buf_str(&o->text, usage);
	else if (rc == 0 && o->action == OPTIONS_VERSION)
		buf_str(&o->text, "b2bua " PACKAGE_VERSION "\n");
	return rc;
}

void options_free(struct options *o)
{
	buf_free(&o->text);
}
