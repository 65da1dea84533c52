/* b2bua/codec_list.c - the codecs that documents allow on a leg. */
#include "b2bua/codec_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "directory/directory.h"
#include "sip/codecs.h"

static struct codecs *both(const struct strings *audio,
                           const struct strings *video)
{
	size_t na = audio ? audio->n : 0, nv = video ? video->n : 0;
	struct codecs *c;
	const char **names;

	if (na + nv == 0)
		return NULL;
	names = xcalloc(na + nv, sizeof(*names));
	if (na > 0)
		memcpy(names, audio->v, na * sizeof(*names));
	if (nv > 0)
		memcpy(names + na, video->v, nv * sizeof(*names));
	c = codecs_create(names, na + nv);
	free(names);
	return c;
}

struct codecs *codec_list_of_device(const struct device *d)
{
	return both(d->settings->audio_codecs, d->settings->video_codecs);
}

struct codecs *codec_list_of_gateway(const struct gateway *g)
{
	if (g->codecs)
		return both(g->codecs, NULL);
	return both(g->resource->audio_codecs, g->resource->video_codecs);
}
