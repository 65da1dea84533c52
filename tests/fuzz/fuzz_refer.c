/* Refer-To and Replaces from strangers: what is accepted may stand in headers
 * of ours, and reads the same again. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sip/refer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void is_plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			abort();
}

static void reads_the_same_again(const struct replaces *r)
{
	char *text = replaces_text(r);
	struct replaces again;

	is_plain(text);
	if (replaces_parse(&again, text) < 0 ||
	    strcmp(again.call_id, r->call_id) != 0 ||
	    strcmp(again.to_tag, r->to_tag) != 0 ||
	    strcmp(again.from_tag, r->from_tag) != 0 ||
	    again.early_only != r->early_only)
		abort();
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xstrndup((const char *)data, size);
	struct refer_to to;
	struct replaces r;

	if (refer_to_parse(&to, text) == 0) {
		is_plain(to.user);
		is_plain(to.host);
		if (to.has_replaces)
			reads_the_same_again(&to.replaces);
	}
	if (replaces_parse(&r, text) == 0)
		reads_the_same_again(&r);
	free(text);
	return 0;
}
