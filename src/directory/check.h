/* directory/check.h - one document by itself, without a folder: what an
 * editor, a test or a fuzzer wants to know about it. */
#ifndef B2BUA_DIRECTORY_CHECK_H
#define B2BUA_DIRECTORY_CHECK_H

#include "base/diag.h"

enum document_type {
	DOCUMENT_ACCOUNT,
	DOCUMENT_DEVICE,
	DOCUMENT_USER,
	DOCUMENT_GROUP,
	DOCUMENT_CALLFLOW,
	DOCUMENT_RESOURCE
};

/* 0, or -EINVAL with every fault in `why`.  Nothing that needs another
 * document is looked at.  text[len] is zero; file is for the messages. */
int document_check(enum document_type type, const char *file,
                   const char *text, size_t len, struct diag *why);

#endif
