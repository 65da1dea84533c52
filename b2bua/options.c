/* b2bua/options.c - the command line of the server. */
#include "options.h"

#include <errno.h>
#include <getopt.h>

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

static const char usage[] =
	"usage: b2bua [-c FILE] [-t] [-V] [-h]\n"
	"\n"
	"SIP back-to-back user agent: a registrar that runs callflows.  Stays\n"
	"in the foreground and logs to standard error.\n"
	"\n"
	"  -c, --config FILE  the configuration (" OPTIONS_DEFAULT_CONF ")\n"
	"  -t, --test         check the configuration and the documents: exit\n"
	"                     0, or 1 with one line for each fault\n"
	"  -V, --version      print the version\n"
	"  -h, --help         print this\n"
	"\n"
	"SIGHUP reloads the documents, SIGTERM refuses new calls and waits\n"
	"for the others.  See b2bua(8), b2bua.conf(5), b2buactl(8).\n";

static const struct option longs[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "test", no_argument, NULL, 't' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static int refuse(struct options *o, const char *what, const char *arg)
{
	buf_fmt(&o->text, "b2bua: %s '%s'; b2bua -h tells more\n", what, arg);
	return -EINVAL;
}

static int take(struct options *o, int c, const char *word)
{
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
	while (rc == 0 &&
	       (c = getopt_long(argc, argv, "+:c:tVh", longs, NULL)) != -1)
		rc = take(o, c, argv[optind - 1]);
	if (rc == 0 && optind < argc)
		rc = refuse(o, "unexpected", argv[optind]);
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
