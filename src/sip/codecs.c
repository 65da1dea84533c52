/* sip/codecs.c - a list of codecs, as documents write them. */
#include "sip/codecs_rank.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

#define NAME_SIZE 24

struct codec {
	char name[NAME_SIZE]; /* as in a=rtpmap, by any case */
	unsigned rate;        /* 0: any */
	bool is_video;
};

struct codecs {
	unsigned refs;
	size_t n;
	struct codec list[];
};

/* Names of old documents. */
static const struct {
	const char *old, *name;
	unsigned rate;
} aliases[] = {
	{ "G722_16", "G7221", 16000 },
	{ "G722_32", "G7221", 32000 },
	{ "CELT_48", "CELT", 48000 },
	{ "CELT_64", "CELT", 64000 },
};

static bool is_video(const char *name)
{
	static const char *const known[] = { "H261",      "H263", "H263-1998",
		                             "H263-2000", "H264", "H265",
		                             "VP8",       "VP9",  "AV1" };

	for (size_t i = 0; i < NELEM(known); i++)
		if (strcasecmp(known[i], name) == 0)
			return true;
	return false;
}

/* "speex@16000h@20i": what follows the rate does not concern us. */
static void read_codec(struct codec *c, const char *text)
{
	size_t len = strcspn(text, "@");
	char *end;

	for (size_t i = 0; i < NELEM(aliases); i++)
		if (strcasecmp(aliases[i].old, text) == 0) {
			strcpy(c->name, aliases[i].name);
			c->rate = aliases[i].rate;
			return;
		}
	len = len < NAME_SIZE ? len : NAME_SIZE - 1;
	memcpy(c->name, text, len);
	c->is_video = is_video(c->name);
	for (text = strchr(text, '@'); text; text = strchr(text, '@')) {
		unsigned long n = strtoul(++text, &end, 10);

		if (*end == 'h')
			c->rate = (unsigned)n;
	}
}

struct codecs *codecs_create(const char *const *names, size_t n)
{
	struct codecs *c;

	if (n == 0)
		return NULL;
	c = xzalloc(sizeof(*c) + n * sizeof(c->list[0]));
	c->refs = 1;
	c->n = n;
	for (size_t i = 0; i < n; i++)
		read_codec(&c->list[i], names[i]);
	return c;
}

struct codecs *codecs_ref(struct codecs *c)
{
	if (c)
		c->refs++;
	return c;
}

void codecs_unref(struct codecs **cp)
{
	struct codecs *c = *cp;

	*cp = NULL;
	if (c && --c->refs == 0)
		free(c);
}

bool codecs_concern(const struct codecs *c, const char *kind)
{
	bool wants_video = strcmp(kind, "video") == 0;

	if (!wants_video && strcmp(kind, "audio") != 0)
		return false;
	for (size_t i = 0; i < c->n; i++)
		if (c->list[i].is_video == wants_video)
			return true;
	return false;
}

/* "PCMU/8000/1" */
static bool is_codec(const struct codec *c, struct span map)
{
	const char *slash = memchr(map.p, '/', map.n);
	size_t len = slash ? (size_t)(slash - map.p) : map.n;
	unsigned rate = 0;

	if (len != strlen(c->name) || strncasecmp(c->name, map.p, len) != 0)
		return false;
	for (size_t i = len + 1; i < map.n && map.p[i] >= '0' &&
	                         map.p[i] <= '9' && rate < 1000000; i++)
		rate = 10 * rate + (unsigned)(map.p[i] - '0');
	return !c->rate || c->rate == rate;
}

int codecs_rank(const struct codecs *c, struct span map)
{
	for (size_t i = 0; i < c->n && map.n; i++)
		if (is_codec(&c->list[i], map))
			return (int)i;
	return -1;
}
