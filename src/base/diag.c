/* base/diag.c - what is wrong with the operator's files. */
#include "base/diag.h"

#include <ctype.h>

__attribute__((format(printf, 5, 0))) static void
line(struct diag *d, const char *file, const char *member,
     const char *kind, const char *fmt, va_list ap)
{
	size_t start = d->text.len;

	if (file)
		buf_fmt(&d->text, "%s: ", file);
	if (member)
		buf_fmt(&d->text, "%s: ", member);
	buf_str(&d->text, kind);
	buf_vfmt(&d->text, fmt, ap);
	for (size_t i = start; i < d->text.len; i++)
		if (iscntrl((unsigned char)d->text.p[i]))
			d->text.p[i] = '?';
	buf_char(&d->text, '\n');
}

void diag_fault(struct diag *d, const char *file, const char *member,
                const char *fmt, ...)
{
	va_list ap;

	if (!d)
		return;
	d->faults++;
	va_start(ap, fmt);
	line(d, file, member, "", fmt, ap);
	va_end(ap);
}

void diag_warn(struct diag *d, const char *file, const char *member,
               const char *fmt, ...)
{
	va_list ap;

	if (!d)
		return;
	d->warnings++;
	va_start(ap, fmt);
	line(d, file, member, "warning: ", fmt, ap);
	va_end(ap);
}

void diag_free(struct diag *d)
{
	buf_free(&d->text);
	d->faults = d->warnings = 0;
}
