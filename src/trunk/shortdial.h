/* trunk/shortdial.h - a number that was dialled without its area: Kazoo puts
 * the caller's own in front.  Pure. */
#ifndef B2BUA_TRUNK_SHORTDIAL_H
#define B2BUA_TRUNK_SHORTDIAL_H

struct shortdial {
	unsigned min, max; /* so many digits may be missing */
	unsigned fixed;    /* 0, or exactly so many */
};

/* The number with what it lacks of the caller's in front, owned by the
 * caller; NULL when it lacks fewer or more than it may.  Neither normalised
 * nor checked. */
char *shortdial_correct(const struct shortdial *s, const char *number,
                        const char *caller_number);

#endif
