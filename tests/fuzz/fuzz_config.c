/* Any text as a configuration file: it is read or refused with a reason. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 forgets strings when it meets a syntax error. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig.so\n";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *conf = NULL;
	struct diag why = { 0 };
	char path[40];
	int fd = memfd_create("conf", MFD_CLOEXEC);
	int rc;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rc = conf_load(&conf, path, &why);
	if ((rc == 0) != (conf != NULL) || (rc == 0) != (why.faults == 0))
		abort();
	conf_destroy(&conf);
	diag_free(&why);
	close(fd);
	return 0;
}
