/* SPDX-License-Identifier: Apache-2.0 */
/* test_exit_reason.c: the names of the exit reasons. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "arch/vmx/exit_reason.h"

static void every_exit_reason_of_the_manual_has_a_name_of_its_own(void **state)
{
	static const uint8_t reserved[] = { 35, 38, 42, 71 };
	uint32_t unused = 0;

	(void)state;
	for (uint32_t i = 0; i < EXIT_REASON_COUNT; i++) {
		const char *name = exit_reason_name(i);

		if (unused < sizeof(reserved) && reserved[unused] == i) {
			assert_string_equal(name, "reserved");
			unused++;
			continue;
		}
		assert_string_not_equal(name, "reserved");
		for (uint32_t j = 0; j < i; j++) {
			assert_true(strcmp(name, exit_reason_name(j)) != 0 || j == i);
		}
	}
	assert_string_equal(exit_reason_name(EXIT_REASON_COUNT), "reserved");
	assert_string_equal(exit_reason_name(UINT32_MAX), "reserved");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_exit_reason_of_the_manual_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests_name("exit_reason", tests, NULL, NULL);
}
