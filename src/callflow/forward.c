/* callflow/forward.c - call_forward, as a decision. */
#include "callflow/forward.h"

#include "base/strutil.h"

static bool substitutes(const struct call_forward *fw)
{
	return setting_is_on(fw->substitutes, true);
}

enum forward_use forward_use(const struct call_forward *fw, bool is_group)
{
	if (str_is_empty(fw->number) ||
	    (is_group && setting_is_on(fw->is_direct_only, false)))
		return FORWARD_OFF;
	if (setting_is_on(fw->is_enabled, false)) /* wins over failover */
		return substitutes(fw) ? FORWARD_INSTEAD : FORWARD_TOO;
	return setting_is_on(fw->is_failover, false) ? FORWARD_FAILOVER
	                                             : FORWARD_OFF;
}

bool forward_needs_key(const struct call_forward *fw)
{
	return setting_is_on(fw->requires_keypress, true);
}

bool forward_keeps_caller(const struct call_forward *fw)
{
	return setting_is_on(fw->keeps_caller_id, true);
}

/* Kazoo: only honoured where nobody else rings and no prompt is played. */
bool forward_mutes(const struct call_forward *fw)
{
	return forward_needs_key(fw) || !substitutes(fw) ||
	       setting_is_on(fw->ignores_early_media, true);
}
