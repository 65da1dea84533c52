/* b2bua/b2buactl.c - asks the running server and prints what it says. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "base/buf.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "config/config.h"

#define PATIENCE_S 60 /* a reload of many documents takes its time */
#define MAX_LINE   4096
#define EXIT_USAGE 2 /* and: nobody answers */

static const char usage[] =
	"usage: b2buactl [-c FILE | -s SOCKET] [--json] COMMAND [ARGUMENT...]\n"
	"\n"
	"  status             how the server is\n"
	"  calls              the calls there are now\n"
	"  registrations      who is registered, and from where\n"
	"  trunks             carriers' gateways and their state\n"
	"  trunk NAME up|down let a gateway have calls, or none\n"
	"  hops               addresses that are dead, or waited for\n"
	"  reload             read the documents anew\n"
	"  hangup ID          end a call\n"
	"  bans               who is banned, why, for how long\n"
	"  ban ADDRESS [SECONDS]\n"
	"  unban ADDRESS\n"
	"\n"
	"  -c, --config FILE    find the socket in this configuration\n"
	"  -s, --socket SOCKET  the server's socket ($B2BUA_SOCKET; else\n"
	"                       ./b2bua.sock or /run/b2bua/b2bua.sock)\n"
	"  -j, --json           answer in JSON\n"
	"  -V, --version        print the version\n"
	"  -h, --help           print this\n"
	"\n"
	"Exits 0 when it is done, 1 when the server could not do it, 2 when\n"
	"the command is wrong or no server answers.  See b2buactl(8).\n";

static const struct option longs[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "socket", required_argument, NULL, 's' },
	{ "json", no_argument, NULL, 'j' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

struct request {
	const char *socket; /* -s; borrowed */
	const char *conf;   /* -c; borrowed */
	bool wants_json;
	struct buf line; /* owned; what to send */
};

/* --- the command line -------------------------------------------------- */

static int add_word(struct buf *line, const char *word)
{
	for (const char *p = word; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f) {
			fprintf(stderr, "b2buactl: '%s': no blanks here\n",
			        word);
			return -EINVAL;
		}
	if (str_is_empty(word)) {
		fprintf(stderr, "b2buactl: an argument is empty\n");
		return -EINVAL;
	}
	if (line->len > 0)
		buf_char(line, ' ');
	buf_str(line, word);
	return 0;
}

/* 0; -EINVAL: wrong, and told so; 1: answered by itself */
static int take_option(struct request *r, int c)
{
	switch (c) {
	case 'c':
		r->conf = optarg;
		return 0;
	case 's':
		r->socket = optarg;
		return 0;
	case 'j':
		r->wants_json = true;
		return 0;
	case 'V':
		puts("b2buactl " PACKAGE_VERSION);
		return 1;
	case 'h':
		fputs(usage, stdout);
		return 1;
	default: /* getopt has said what is wrong */
		return -EINVAL;
	}
}

static int parse(struct request *r, int argc, char **argv)
{
	int c, rc = 0;

	while ((c = getopt_long(argc, argv, "c:s:jVh", longs, NULL)) != -1) {
		rc = take_option(r, c);
		if (rc != 0)
			return rc;
	}
	if (r->conf && r->socket) {
		fprintf(stderr, "b2buactl: either -c or -s\n");
		return -EINVAL;
	}
	if (optind == argc) {
		fprintf(stderr, "b2buactl: no command\n");
		return -EINVAL;
	}
	for (; rc == 0 && optind < argc; optind++)
		rc = add_word(&r->line, argv[optind]);
	if (r->wants_json)
		buf_str(&r->line, " --json");
	buf_char(&r->line, '\n');
	if (rc == 0 && r->line.len > MAX_LINE) {
		fprintf(stderr, "b2buactl: the command is too long\n");
		rc = -EINVAL;
	}
	return rc;
}

/* --- finding the server ------------------------------------------------ */

/* A connected socket, or -errno. */
static int dial(const char *path)
{
	struct timeval patience = { .tv_sec = PATIENCE_S };
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(sun.sun_path))
		return -ENAMETOOLONG;
	memcpy(sun.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0) {
		int rc = -errno;

		close(fd);
		return rc;
	}
	return fd;
}

static const char *reason(int rc)
{
	return rc == -ECONNREFUSED ? "nobody listens there" : strerror(-rc);
}

/* Tries each path and tells all of it when no server is there. */
static int dial_any(const char *const *paths, size_t n)
{
	struct buf tried = { 0 };
	int fd = -ENOENT;

	for (size_t i = 0; i < n && fd < 0; i++) {
		fd = dial(paths[i]);
		if (fd < 0)
			buf_fmt(&tried, "  %s: %s\n", paths[i], reason(fd));
	}
	if (fd < 0)
		fprintf(stderr, "b2buactl: no server answers; tried\n%s",
		        buf_text(&tried));
	buf_free(&tried);
	return fd;
}

static int dial_configured(const char *file)
{
	struct config *conf = NULL;
	struct diag why = { 0 };
	int rc = conf_load(&conf, file, &why);

	if (rc < 0) {
		fprintf(stderr,
		        "%sb2buactl: %s does not tell the socket; use -s\n",
		        buf_text(&why.text), file);
	} else {
		const char *path = conf->control;

		rc = dial_any(&path, 1);
	}
	diag_free(&why);
	conf_destroy(&conf);
	return rc;
}

static int find_server(const struct request *r)
{
	static const char *const usual[] = { "./b2bua.sock",
		                             "/run/b2bua/b2bua.sock" };
	const char *set = getenv("B2BUA_SOCKET");

	if (r->socket)
		return dial_any(&r->socket, 1);
	if (r->conf)
		return dial_configured(r->conf);
	if (!str_is_empty(set))
		return dial_any(&set, 1);
	return dial_any(usual, NELEM(usual));
}

/* --- the talk ---------------------------------------------------------- */

static int send_line(int fd, const struct buf *line)
{
	size_t sent = 0;

	while (sent < line->len) {
		ssize_t n = send(fd, line->p + sent, line->len - sent,
		                 MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			sent += (size_t)n;
	}
	return 0;
}

static int read_answer(int fd, struct buf *out)
{
	char chunk[16384];

	for (;;) {
		ssize_t n = recv(fd, chunk, sizeof(chunk), 0);

		if (n == 0)
			return 0;
		if (n > 0)
			buf_add(out, chunk, (size_t)n);
		else if (errno != EINTR)
			return -errno;
	}
}

/* Prints the answer; the status is in its first line. */
static int print_answer(const struct buf *answer)
{
	const char *text = buf_text(answer);
	char *end;
	long status = strtol(text, &end, 10);

	if (end == text || *end != '\n' || status < 0 || status > 255) {
		fprintf(stderr, "b2buactl: this is no answer of b2bua's\n");
		return EXIT_USAGE;
	}
	end++;
	fwrite(end, 1, answer->len - (size_t)(end - text),
	       status == 0 ? stdout : stderr);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "b2buactl: cannot write: %s\n",
		        strerror(errno));
		return EXIT_FAILURE;
	}
	return (int)status;
}

static int talk(int fd, const struct request *r)
{
	struct buf answer = { 0 };
	int status = EXIT_USAGE;
	int rc = send_line(fd, &r->line);

	if (rc == 0)
		rc = read_answer(fd, &answer);
	if (rc == -EAGAIN)
		fprintf(stderr, "b2buactl: no answer within %d s\n",
		        PATIENCE_S);
	else if (rc < 0)
		fprintf(stderr, "b2buactl: the server hung up: %s\n",
		        strerror(-rc));
	else if (answer.len == 0)
		fprintf(stderr, "b2buactl: the server hung up\n");
	else
		status = print_answer(&answer);
	buf_free(&answer);
	return status;
}

int main(int argc, char **argv)
{
	struct request r = { 0 };
	int status = EXIT_USAGE;
	int fd, rc = parse(&r, argc, argv);

	if (rc > 0) {
		status = EXIT_SUCCESS;
	} else if (rc < 0) {
		fprintf(stderr, "b2buactl --help tells more\n");
	} else {
		fd = find_server(&r);
		if (fd >= 0) {
			status = talk(fd, &r);
			close(fd);
		}
	}
	buf_free(&r.line);
	return status;
}
