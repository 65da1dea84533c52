#include "cmocka_all.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/worker.h"

static int order[100];
static int n_run;

static void run(void *arg)
{
	int *n = arg;

	order[n_run++] = *n;
	free(n);
}

static void jobs_run_in_order_and_all_of_them(void **unused)
{
	struct worker *w = NULL;

	(void)unused;
	assert_int_equal(worker_create(&w, "test"), 0);
	for (int i = 0; i < 100; i++) {
		worker_post(w, run, xmemdup(&i, sizeof(i)));
		if (i == 49)
			worker_flush(w);
	}
	worker_destroy(&w);
	assert_null(w);
	assert_int_equal(n_run, 100);
	for (int i = 0; i < 100; i++)
		assert_int_equal(order[i], i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jobs_run_in_order_and_all_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
