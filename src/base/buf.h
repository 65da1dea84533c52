/* base/buf.h - a growing string; always zero-terminated once written to. */
#ifndef B2BUA_BASE_BUF_H
#define B2BUA_BASE_BUF_H

#include <stdarg.h>
#include "base/util.h"

struct buf {
	char *p;         /* owned; NULL until something is added */
	size_t len, cap; /* len without the terminating zero */
};

void buf_add(struct buf *b, const void *p, size_t len);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_int(struct buf *b, int64_t v);
void buf_fmt(struct buf *b, const char *fmt, ...) printf_like(2, 3);
void buf_vfmt(struct buf *b, const char *fmt, va_list ap) printf_like(2, 0);
void buf_clear(struct buf *b);   /* empties, keeps the memory */
void buf_free(struct buf *b);    /* releases; may be used again */
char *buf_take(struct buf *b);   /* the string itself (never NULL), to be
                                    freed by the caller; leaves b empty */
const char *buf_text(const struct buf *b); /* "" when nothing was added */

#endif
