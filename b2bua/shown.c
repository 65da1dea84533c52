/* b2bua/shown.c - the caller as a callflow's modules have changed it. */
#include "b2bua/shown.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"

static void replace(char **field, char *value)
{
	free(*field);
	*field = value;
}

/* What a module put in the place of the caller's: carriers are told so, too.
 * Prefixes are for eyes only. */
static void change_asserted(struct caller_identity *id,
                            const struct call_data *d)
{
	const char *name = d->fixed_name ? d->fixed_name : d->name;
	const char *number = d->fixed_number ? d->fixed_number : d->number;

	if (name)
		replace(&id->asserted_name, xstrdup(name));
	if (number)
		replace(&id->asserted_user, xstrdup(number));
	if (number)
		replace(&id->number, xstrdup(number));
}

static void change_shown(struct caller_identity *id, const struct call_data *d)
{
	replace(&id->name, call_data_name(d, d->name ? d->name : id->name));
	replace(&id->user,
	        call_data_number(d, d->number ? d->number : id->user));
}

/* Kazoo: in the place of what is hidden. */
static void hide(struct caller_identity *id, unsigned hides)
{
	if (hides & HIDES_NAME)
		replace(&id->name, xstrdup("Anonymous"));
	if (hides & HIDES_NUMBER) {
		replace(&id->user, xstrdup("anonymous"));
		id->is_private = true;
	} else if (hides & HIDES_NAME) {
		replace(&id->asserted_name, NULL);
	}
}

/* The lines but for those with this header. */
static void copy_without(struct buf *out, const char *lines, const char *name)
{
	size_t n = strlen(name);

	while (lines && *lines) {
		size_t len = strcspn(lines, "\n");

		len += lines[len] == '\n';
		if (strncasecmp(lines, name, n) != 0 || lines[n] != ':')
			buf_add(out, lines, len);
		lines += len;
	}
}

static char *headers(const char *came, const struct call_data *d)
{
	struct buf b = { 0 };

	if (!d->alert_info)
		return xstrdup(came);
	copy_without(&b, came, "Alert-Info");
	buf_fmt(&b, "Alert-Info: %s\r\n", d->alert_info);
	return buf_take(&b);
}

void shown_make(struct caller_identity *out, const struct caller_identity *came,
                const struct call_data *d)
{
	struct caller_identity id;

	identity_copy(&id, came);
	replace(&id.headers, headers(came->headers, d));
	change_asserted(&id, d);
	if (!id.is_private)
		change_shown(&id, d);
	if (d->has_privacy)
		hide(&id, d->hides);
	identity_clear(out);
	*out = id;
}
