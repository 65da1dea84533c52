/* integration/rtp_probe.c - a few RTP packets for the scenarios of sipp/: who
 * sends what to whom, and what must come next.
 *
 *   rtp_probe NAME=ADDRESS:PORT... STEP...
 *     NAME=ADDRESS:PORT       a socket of that name
 *     NAME>ADDRESS:PORT=TEXT  sends a packet with this payload
 *     NAME<TEXT               the next packet must come, with this payload;
 *                             others that came before it are a fault
 *     TEXT may begin with "#101 ": the payload type, else 0
 *
 * That something does NOT come is shown by order, never by waiting: a packet
 * that may pass is sent after one that may not, and must be the next.  The
 * exit status is 0, or 1 with a line that tells the step. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/util.h"

#define PATIENCE_MS 5000
#define HEADER      12 /* RFC 3550 5.1 */
#define MAX_PACKET  512

struct person {
	char name[32];
	int fd;
	uint16_t seq; /* of the next packet */
};

struct probe {
	struct person people[16];
	size_t n;
};

static struct person *find(struct probe *p, const char *name, size_t len)
{
	for (size_t i = 0; i < p->n; i++)
		if (strlen(p->people[i].name) == len &&
		    memcmp(p->people[i].name, name, len) == 0)
			return &p->people[i];
	return NULL;
}

static int add(struct probe *p, const char *name, size_t len,
               const char *where)
{
	struct person *one = &p->people[p->n];
	struct addr a;

	if (p->n == NELEM(p->people) || len >= sizeof(one->name) ||
	    addr_parse_hostport(&a, where, 0) < 0)
		return -EINVAL;
	memcpy(one->name, name, len);
	one->fd = socket(a.u.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (one->fd < 0)
		return -errno;
	p->n++;
	if (bind(one->fd, &a.u.sa, addr_len(&a)) < 0)
		return -errno;
	return 0;
}

/* Takes "#101 " off the front. */
static unsigned char take_type(const char **text)
{
	unsigned type = 0;
	int len = 0;

	if (sscanf(*text, "#%u %n", &type, &len) < 1 || len == 0)
		return 0;
	*text += len;
	return (unsigned char)type;
}

static int send_one(struct person *from, const char *step)
{
	const char *text = strchr(step, '=');
	unsigned char packet[MAX_PACKET] = { 0x80 };
	char where[ADDR_TEXT];
	struct addr to;
	size_t len;

	if (!text || (size_t)(text - step) >= sizeof(where))
		return -EINVAL;
	memcpy(where, step, (size_t)(text - step));
	where[text - step] = '\0';
	text++;
	packet[1] = take_type(&text);
	len = strlen(text);
	if (len > sizeof(packet) - HEADER ||
	    addr_parse_hostport(&to, where, 0) < 0)
		return -EINVAL;
	packet[2] = (unsigned char)(from->seq >> 8);
	packet[3] = (unsigned char)from->seq++;
	memcpy(packet + HEADER, text, len);
	if (sendto(from->fd, packet, HEADER + len, 0, &to.u.sa,
	           addr_len(&to)) < 0)
		return -errno;
	return 0;
}

static int expect(const struct person *who, const char *text)
{
	struct pollfd p = { .fd = who->fd, .events = POLLIN };
	unsigned char packet[MAX_PACKET], type = take_type(&text);
	ssize_t n;
	int rc = poll(&p, 1, PATIENCE_MS);

	if (rc <= 0)
		return rc < 0 ? -errno : -ETIMEDOUT;
	n = recv(who->fd, packet, sizeof(packet), 0);
	if (n < 0)
		return -errno;
	if (n < HEADER || (size_t)n != HEADER + strlen(text) ||
	    packet[1] != type ||
	    memcmp(packet + HEADER, text, (size_t)n - HEADER) != 0) {
		fprintf(stderr, "%s: got #%u '%.*s'\n", who->name,
		        n > 1 ? packet[1] : 0,
		        n > HEADER ? (int)n - HEADER : 0,
		        (const char *)packet + HEADER);
		return -EBADMSG;
	}
	return 0;
}

static int take(struct probe *p, const char *step)
{
	size_t len = strcspn(step, "=<>");
	struct person *who = find(p, step, len);

	if (step[len] == '=' && !who)
		return add(p, step, len, step + len + 1);
	if (step[len] == '>' && who)
		return send_one(who, step + len + 1);
	if (step[len] == '<' && who)
		return expect(who, step + len + 1);
	return -EINVAL;
}

int main(int argc, char **argv)
{
	struct probe p = { 0 };
	int rc = 0;

	for (int i = 1; i < argc && rc == 0; i++) {
		rc = take(&p, argv[i]);
		if (rc < 0)
			fprintf(stderr, "rtp_probe: %s: %s\n", argv[i],
			        strerror(-rc));
	}
	for (size_t i = 0; i < p.n; i++)
		close(p.people[i].fd);
	return rc < 0;
}
