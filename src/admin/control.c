/* admin/control.c - the control socket: clients, their lines and answers. */
#include "admin/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "admin/control_socket.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strutil.h"

#define MAX_CLIENTS 32
#define MAX_LINE    4096
#define MAX_WORDS   16
#define DEADLINE_MS 5000 /* for the request, and again for the answer */
#define PAUSE_MS    1000

struct client {
	struct client *next, **at; /* in the control's list */
	struct control *control;   /* borrowed */
	int fd;                    /* owned */
	struct loop_fd *watch;     /* owned */
	struct timer deadline;
	char line[MAX_LINE + 1];
	size_t len;
	struct buf answer; /* owned; empty until the line is complete */
	bool is_waiting;   /* for control_wake() */
	size_t sent;
};

struct control {
	struct loop *loop; /* borrowed */
	control_fn *fn;
	void *arg; /* borrowed */
	struct control_socket socket;
	struct loop_fd *watch;  /* owned; of the listening socket */
	struct timer pause;     /* runs while nobody is let in */
	struct client *clients; /* owned */
	size_t n_clients;
};

/* --- one client -------------------------------------------------------- */

/* Closed with input unread, the peer would hear a reset where our answer
 * ends.  Bounded: whoever goes on sending gets just that. */
static void discard_input(int fd)
{
	char chunk[MAX_LINE];

	for (int i = 0; i < 16; i++)
		if (recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT) <= 0)
			return;
}

static void client_close(struct client *c)
{
	struct control *ctl = c->control;

	loop_unwatch(&c->watch);
	timer_stop(loop_timers(ctl->loop), &c->deadline);
	discard_input(c->fd);
	close(c->fd);
	buf_free(&c->answer);
	*c->at = c->next;
	if (c->next)
		c->next->at = c->at;
	ctl->n_clients--;
	free(c);
}

static void client_is_late(struct timer *t, void *arg)
{
	struct client *c = arg;

	(void)t;
	log_warn("control: a client is cut off: %s",
	         c->answer.len ? "it does not read its answer"
	                       : "it sent no command");
	client_close(c);
}

static void restart_deadline(struct client *c)
{
	timer_start(loop_timers(c->control->loop), &c->deadline, DEADLINE_MS,
	            client_is_late, c);
}

/* Ends c when all is sent or nobody reads. */
static void client_send(struct client *c)
{
	while (c->sent < c->answer.len) {
		ssize_t n = send(c->fd, c->answer.p + c->sent,
		                 c->answer.len - c->sent,
		                 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0) {
			c->sent += (size_t)n;
		} else if (errno == EAGAIN) {
			loop_rewatch(c->watch, LOOP_WRITE);
			return;
		} else if (errno != EINTR) {
			break;
		}
	}
	client_close(c);
}

static void answer(struct client *c, int status, const char *text)
{
	buf_fmt(&c->answer, "%d\n%s", status, text);
	restart_deadline(c);
	client_send(c);
}

static bool is_printable(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			return false;
	return true;
}

/* false: too many words */
static bool split(struct control_command *cmd, char *words[MAX_WORDS],
                  char *line)
{
	char *rest = NULL;

	*cmd = (struct control_command){ .argv = words };
	for (char *w = strtok_r(line, " ", &rest); w;
	     w = strtok_r(NULL, " ", &rest)) {
		if (str_eq(w, "--json"))
			cmd->wants_json = true;
		else if (cmd->argc == MAX_WORDS - 1)
			return false;
		else
			words[cmd->argc++] = w;
	}
	words[cmd->argc] = NULL;
	return true;
}

/* Only the peer's hang-up is of interest now. */
static void wait_for_answer(struct client *c)
{
	c->is_waiting = true;
	timer_stop(loop_timers(c->control->loop), &c->deadline);
	loop_rewatch(c->watch, 0);
}

void control_wake(struct control *ctl, int status, const char *text)
{
	struct client *next;

	for (struct client *c = ctl->clients; c; c = next) {
		next = c->next;
		if (!c->is_waiting)
			continue;
		c->is_waiting = false;
		loop_rewatch(c->watch, LOOP_READ);
		answer(c, status, text);
	}
}

/* c->line holds the whole line: without its end, len bytes. */
static void run_line(struct client *c)
{
	char *words[MAX_WORDS];
	struct control_command cmd;
	struct buf text = { 0 };
	int status = 2;

	c->line[c->len] = '\0';
	if (!is_printable(c->line, c->len))
		buf_str(&text, "a command is one line of text\n");
	else if (!split(&cmd, words, c->line))
		buf_str(&text, "too many words\n");
	else if (cmd.argc == 0)
		buf_str(&text, "no command\n");
	else
		status = c->control->fn(&cmd, &text, c->control->arg);
	if (status == CONTROL_WAITS)
		wait_for_answer(c);
	else
		answer(c, status, buf_text(&text));
	buf_free(&text);
}

static void client_read(struct client *c)
{
	ssize_t n =
		recv(c->fd, c->line + c->len, MAX_LINE - c->len, MSG_DONTWAIT);
	char *end;

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			client_close(c);
		return;
	}
	if (n == 0 && c->len == 0) {
		client_close(c);
		return;
	}
	end = memchr(c->line + c->len, '\n', (size_t)n);
	c->len += (size_t)n;
	if (end) {
		c->len = (size_t)(end - c->line);
		if (c->len > 0 && end[-1] == '\r')
			c->len--;
		run_line(c);
	} else if (n == 0) { /* the end of file ends the line too */
		run_line(c);
	} else if (c->len == MAX_LINE) {
		answer(c, 2, "the line is too long\n");
	}
}

static void client_is_ready(int fd, int events, void *arg)
{
	struct client *c = arg;

	(void)fd;
	(void)events;
	if (c->is_waiting)
		client_close(c);
	else if (c->answer.len > 0)
		client_send(c);
	else
		client_read(c);
}

/* --- letting them in --------------------------------------------------- */

static void resume(struct timer *t, void *arg)
{
	struct control *ctl = arg;

	(void)t;
	loop_rewatch(ctl->watch, LOOP_READ);
}

/* Clients stay in the socket's queue: watching it would only spin. */
static void pause_listening(struct control *ctl)
{
	loop_rewatch(ctl->watch, 0);
	timer_start(loop_timers(ctl->loop), &ctl->pause, PAUSE_MS, resume, ctl);
}

static int client_create(struct control *ctl, int fd)
{
	struct client *c = xzalloc(sizeof(*c));
	int rc = loop_watch(&c->watch, ctl->loop, fd, LOOP_READ,
	                    client_is_ready, c);

	if (rc < 0) {
		free(c);
		return rc;
	}
	c->control = ctl;
	c->fd = fd;
	c->next = ctl->clients;
	c->at = &ctl->clients;
	if (c->next)
		c->next->at = &c->next;
	ctl->clients = c;
	ctl->n_clients++;
	restart_deadline(c);
	return 0;
}

static void somebody_is_at_the_door(int fd, int events, void *arg)
{
	struct control *ctl = arg;
	int s;

	(void)events;
	if (ctl->n_clients >= MAX_CLIENTS) {
		pause_listening(ctl);
		return;
	}
	s = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (s >= 0 && client_create(ctl, s) < 0) {
		close(s);
		pause_listening(ctl);
	} else if (s < 0 && (errno == EMFILE || errno == ENFILE ||
	                     errno == ENOBUFS || errno == ENOMEM)) {
		log_warn("control: cannot accept: %s", strerror(errno));
		pause_listening(ctl);
	}
}

int control_create(struct control **out, struct loop *l, const char *path,
                   control_fn *fn, void *arg)
{
	struct control *ctl = xzalloc(sizeof(*ctl));
	int rc;

	ctl->loop = l;
	ctl->fn = fn;
	ctl->arg = arg;
	rc = control_socket_open(&ctl->socket, path);
	if (rc == 0)
		rc = loop_watch(&ctl->watch, l, ctl->socket.fd, LOOP_READ,
		                somebody_is_at_the_door, ctl);
	if (rc < 0) {
		control_socket_close(&ctl->socket);
		free(ctl);
		return rc;
	}
	*out = ctl;
	return 0;
}

void control_destroy(struct control **cp)
{
	struct control *ctl = *cp;

	if (!ctl)
		return;
	while (ctl->clients)
		client_close(ctl->clients);
	timer_stop(loop_timers(ctl->loop), &ctl->pause);
	loop_unwatch(&ctl->watch);
	control_socket_close(&ctl->socket);
	free(ctl);
	*cp = NULL;
}
