/* Several phones ring at once. */
#include "cmocka_all.h"

#include "integration/bench.h"

int main(void)
{
	return 0;
}
