/* tests/fuzz/fuzz_document.c - any bytes, as each type of document. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "directory/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xmalloc(size + 1);

	memcpy(text, data, size);
	text[size] = '\0';
	for (int type = DOCUMENT_ACCOUNT; type <= DOCUMENT_RESOURCE; type++) {
		struct diag why = { 0 };
		int rc = document_check((enum document_type)type, "x", text,
		                        size, &why);

		/* Refused means that a reason was given, and only then. */
		if ((rc < 0) != (why.faults > 0))
			abort();
		diag_free(&why);
	}
	free(text);
	return 0;
}
