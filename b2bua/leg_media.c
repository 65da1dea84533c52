/* b2bua/leg_media.c - what documents say of the media of a leg. */
#include "b2bua/leg_media.h"

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

struct codecs *leg_media_codecs_of_device(const struct device *d)
{
	return both(d->settings->audio_codecs, d->settings->video_codecs);
}

struct codecs *leg_media_codecs_of_gateway(const struct gateway *g)
{
	if (g->codecs)
		return both(g->codecs, NULL);
	return both(g->resource->audio_codecs, g->resource->video_codecs);
}

bool leg_media_may_bypass(const struct device *d)
{
	enum bypass b = d->settings->bypass_media;

	return b == BYPASS_ON || b == BYPASS_AUTO;
}

bool leg_media_gateway_may_bypass(const struct gateway *g)
{
	return setting_is_on(g->bypasses_media,
	                     setting_is_on(g->resource->bypasses_media, false));
}
