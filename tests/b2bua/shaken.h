/* b2bua/shaken.h - the program, linked with a wall clock and a sendmsg() that
 * a test turns while it runs: in a file that both have mapped, whose name is
 * in the environment. */
#ifndef B2BUA_TESTS_SHAKEN_H
#define B2BUA_TESTS_SHAKEN_H

#include <stdint.h>

#define SHAKEN_ENV "B2BUA_SHAKEN"

struct shaken {
	volatile int64_t clock_s;   /* added to the wall clock */
	volatile int send_errno;    /* of each datagram; 0: it is sent */
	volatile unsigned refused;  /* datagrams so far */
	volatile unsigned asked;    /* for the shifted clock */
};

#endif
