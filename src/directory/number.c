/* directory/number.c - what a number becomes under an account's plan. */
#include "directory/number.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "directory/plan.h"
#include "directory/rule.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool all_digits(const char *s)
{
	while (is_digit(*s))
		s++;
	return !*s;
}

/* ^(\+?1)?([2-9][0-9]{2}[2-9][0-9]{6})$: the ten digits, or NULL. */
static const char *nanp_digits(const char *number)
{
	const char *s = number;

	if (str_starts(s, "+1"))
		s += 2;
	else if (*s == '1')
		s++;
	if (strlen(s) != 10 || !all_digits(s) || s[0] < '2' || s[3] < '2')
		return NULL;
	return s;
}

/* The default converters, in order:
 *	^(\+?1)?([2-9][0-9]{2}[2-9][0-9]{6})$   +1 and the ten digits
 *	^011(\d{5,})$|^00(\d{5,})$              + and the rest
 *	^[2-9]\d{7,}$                           + and the whole
 * Written out, they need no compiled state and serve calls that belong to
 * no account; test_number.c holds them against the expressions. */
static char *convert_default(const char *number)
{
	const char *nanp = nanp_digits(number);
	size_t len = strlen(number);

	if (nanp)
		return xasprintf("+1%s", nanp);
	if (!all_digits(number))
		return NULL;
	if (str_starts(number, "011") && len >= 8)
		return xasprintf("+%s", number + 3);
	if (str_starts(number, "00") && len >= 7)
		return xasprintf("+%s", number + 2);
	if (number[0] >= '2' && len >= 8)
		return xasprintf("+%s", number);
	return NULL;
}

char *number_to_e164(const struct account *a, const char *number)
{
	char *converted;

	if (number[0] == '+')
		return xstrdup(number);
	if (a && a->plan->has_converters)
		converted = plan_apply(&a->plan->converters, number);
	else
		converted = convert_default(number);
	return converted ? converted : xstrdup(number);
}

char *number_normalise(const struct account *a, const char *number)
{
	char *dialled, *e164;

	if (number[0] == '+')
		return xstrdup(number);
	if (!a)
		return number_to_e164(NULL, number);
	dialled = plan_apply(&a->plan->dial_plan, number);
	if (!dialled)
		dialled = plan_apply_shared(&a->plan->dial_plan, number);
	if (!dialled)
		return number_to_e164(a, number);
	e164 = number_to_e164(a, dialled);
	free(dialled);
	return e164;
}

char *number_dialled_by(const struct device *d, const char *number)
{
	/* Kazoo merges the three into one, where the owner's word holds. */
	const struct plan_rules *plans[] = {
		d->owner ? d->owner->dial_plan : NULL, d->dial_plan,
		&d->account->plan->dial_plan
	};
	const struct plan_rules *shared = NULL;
	char *dialled = NULL;

	for (size_t i = 0; i < NELEM(plans) && !dialled; i++) {
		if (!plans[i])
			continue;
		dialled = plan_apply(plans[i], number);
		if (!shared && plans[i]->shared)
			shared = plans[i];
	}
	if (!dialled && shared)
		dialled = plan_apply_shared(shared, number);
	return dialled;
}

static char *without_plus(char *number)
{
	if (number[0] == '+')
		memmove(number, number + 1, strlen(number));
	return number;
}

char *number_format(const struct account *a, const char *number,
                    enum invite_format format)
{
	const char *nanp = nanp_digits(number);

	switch (format) {
	case INVITE_E164:
		return number_normalise(a, number);
	case INVITE_STRIP_PLUS:
		return without_plus(number_normalise(a, number));
	case INVITE_NPAN:
		return xstrdup(nanp ? nanp : number);
	case INVITE_1NPAN:
		return nanp ? xasprintf("1%s", nanp) : xstrdup(number);
	case INVITE_CONTACT:
	case INVITE_USERNAME:
	case INVITE_ROUTE:
		break;
	}
	return xstrdup(number);
}

/* ^(\+?1)?\d{10}$|^\+[2-9]\d{7,}$|^011\d*$|^00\d*$ */
bool number_is_reconcilable(const char *number)
{
	const char *s = number[0] == '+' ? number + 1 : number;
	size_t len = strlen(s);

	if (!all_digits(s))
		return false;
	if (len == 11 && s[0] == '1')
		return true;
	if (number[0] == '+')
		return s[0] >= '2' && len >= 8;
	return len == 10 || str_starts(s, "011") || str_starts(s, "00");
}

const struct number_class *number_classify(const struct account *a,
                                           const char *number)
{
	static const struct number_class unknown = { "unknown", false };
	const struct plan_classes *c = &a->plan->classes;
	struct rule_match m;

	for (size_t i = 0; i < c->n; i++)
		if (rule_match(c->classes[i].rule, number, &m))
			return &c->classes[i].what;
	return &unknown;
}

struct span number_class_capture(const struct account *a,
                                 const struct number_class *c,
                                 const char *number)
{
	const struct plan_classes *all = &a->plan->classes;
	struct span whole = { 0, strlen(number) };
	struct rule_match m;

	for (size_t i = 0; i < all->n; i++)
		if (&all->classes[i].what == c &&
		    rule_match(all->classes[i].rule, number, &m))
			return m.longest;
	return whole;
}
