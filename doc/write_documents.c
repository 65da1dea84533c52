/* doc/write_documents.c - puts the tables into documents.md: between the lines
 * "<!-- fields TYPE -->" and "<!-- end -->" stand the members of that type, as
 * the server reads them.
 *
 *	write_documents < doc/documents.md > doc/documents.new */
#include <stdio.h>
#include <string.h>

#include "directory/fields.h"

static bool write_table(const char *type)
{
	struct buf table = { 0 };
	bool ok = fields_table(&table, type);

	fputs(buf_text(&table), stdout);
	buf_free(&table);
	return ok;
}

int main(void)
{
	char line[4096], type[32];
	bool is_inside = false, ok = true;

	while (fgets(line, sizeof(line), stdin)) {
		if (strcmp(line, "<!-- end -->\n") == 0)
			is_inside = false;
		if (!is_inside)
			fputs(line, stdout);
		if (sscanf(line, "<!-- fields %31[a-z] -->", type) == 1) {
			ok = write_table(type) && ok;
			is_inside = true;
		}
	}
	return ok && !is_inside && fflush(stdout) == 0 ? 0 : 1;
}
