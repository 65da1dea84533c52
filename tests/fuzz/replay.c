/* Stands in for libFuzzer where it is not at hand: feeds the files named,
 * and those in the directories named, to the target once.  Fails when there
 * are none. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned feed_file(const char *path)
{
	struct buf text = { 0 };
	char chunk[4096], *exact;
	size_t n;
	FILE *f = fopen(path, "rb");

	if (!f) {
		perror(path);
		exit(1);
	}
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&text, chunk, n);
	fclose(f);
	/* No byte to spare, so that reading beyond the end is noticed. */
	exact = malloc(text.len ? text.len : 1);
	if (!exact)
		exit(1);
	if (text.len)
		memcpy(exact, text.p, text.len);
	LLVMFuzzerTestOneInput((const uint8_t *)exact, text.len);
	free(exact);
	buf_free(&text);
	return 1;
}

static unsigned feed_directory(const char *path, DIR *dir)
{
	struct buf file = { 0 };
	struct dirent *entry;
	unsigned n = 0;

	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		buf_clear(&file);
		buf_fmt(&file, "%s/%s", path, entry->d_name);
		n += feed_file(buf_text(&file));
	}
	closedir(dir);
	buf_free(&file);
	return n;
}

int main(int argc, char **argv)
{
	unsigned n = 0;

	for (int i = 1; i < argc; i++) {
		DIR *dir = opendir(argv[i]);

		n += dir ? feed_directory(argv[i], dir) : feed_file(argv[i]);
	}
	printf("%s: %u inputs\n", argv[0], n);
	return n == 0;
}
