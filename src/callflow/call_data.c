/* callflow/call_data.c - what modules have changed about a call. */
#include "callflow/call_data.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/strutil.h"

static void vars_clear(struct call_vars *vars)
{
	for (size_t i = 0; i < vars->n; i++) {
		free(vars->v[i].name);
		free(vars->v[i].value);
	}
	free(vars->v);
}

void call_data_clear(struct call_data *d)
{
	free(d->name);
	free(d->number);
	free(d->name_prefix);
	free(d->number_prefix);
	free(d->fixed_name);
	free(d->fixed_number);
	free(d->alert_info);
	free(d->cdr_url);
	vars_clear(&d->channel_vars);
	vars_clear(&d->application_vars);
	memset(d, 0, sizeof(*d));
}

void call_data_set(char **field, const char *value)
{
	char *was = *field; /* value may point into it */

	*field = str_is_empty(value) ? NULL : xstrdup(value);
	free(was);
}

static char *shown(const char *fixed, const char *prefix, const char *chosen)
{
	if (fixed)
		return xstrdup(fixed);
	return xasprintf("%s%s", prefix ? prefix : "", chosen ? chosen : "");
}

char *call_data_name(const struct call_data *d, const char *chosen)
{
	return shown(d->fixed_name, d->name_prefix, chosen);
}

char *call_data_number(const struct call_data *d, const char *chosen)
{
	return shown(d->fixed_number, d->number_prefix, chosen);
}

static struct call_var *find(const struct call_vars *vars, const char *name)
{
	for (size_t i = 0; i < vars->n; i++)
		if (strcmp(vars->v[i].name, name) == 0)
			return &vars->v[i];
	return NULL;
}

static struct call_var *add(struct call_vars *vars, const char *name)
{
	struct call_var *v;

	if (vars->n == CALL_VARS_MAX)
		return NULL;
	if (vars->n == vars->cap) {
		vars->cap = vars->cap ? 2 * vars->cap : 4;
		vars->v = xrealloc(vars->v, vars->cap * sizeof(*vars->v));
	}
	v = &vars->v[vars->n++];
	*v = (struct call_var){ .name = xstrdup(name) };
	return v;
}

bool call_vars_set(struct call_vars *vars, const char *name,
                   const char *value, bool is_both)
{
	struct call_var *v = find(vars, name);

	if (!v)
		v = add(vars, name);
	if (!v)
		return false;
	free(v->value);
	v->value = xstrdup(value);
	v->is_both = is_both;
	return true;
}

const char *call_vars_get(const struct call_vars *vars, const char *name)
{
	const struct call_var *v = find(vars, name);

	return v ? v->value : NULL;
}
