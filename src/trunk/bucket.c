/* trunk/bucket.c - at most so many calls a second. */
#include "trunk/bucket.h"

#define TOKEN 1000 /* so that a millisecond adds `rate` */

bool trunk_bucket_take(struct trunk_bucket *b, unsigned rate, int64_t now_ms)
{
	int64_t passed = now_ms - b->at_ms;

	if (rate == 0)
		return true;
	if (passed < 0)
		passed = 0;
	/* a second fills it, and keeps the product small */
	if (passed >= 1000 || b->spent <= passed * (int64_t)rate)
		b->spent = 0;
	else
		b->spent -= passed * (int64_t)rate;
	b->at_ms = now_ms;
	if (b->spent + TOKEN > (int64_t)rate * TOKEN)
		return false;
	b->spent += TOKEN;
	return true;
}
