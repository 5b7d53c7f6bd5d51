/* SPDX-License-Identifier: Apache-2.0 */
/* test_distance.c: how far one word is from another. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "kernel/lib/distance.h"

static void distance_counts_edits(void **state)
{
	(void)state;
	assert_int_equal(distance("cpus", 4, "cpus"), 0);
	assert_int_equal(distance("CPU", 3, "cpus"), 1);
	assert_int_equal(distance("memroy", 6, "memory"), 2);
	assert_int_equal(distance("", 0, "cpus"), 4);
	assert_int_equal(distance("kernelx", 7, "initrd"), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distance_counts_edits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
