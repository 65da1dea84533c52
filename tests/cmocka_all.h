/* cmocka needs these before it, in this order. */
#ifndef B2BUA_TESTS_CMOCKA_ALL_H
#define B2BUA_TESTS_CMOCKA_ALL_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#endif
