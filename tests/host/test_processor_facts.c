/* SPDX-License-Identifier: Apache-2.0 */
/* test_processor_facts.c: what a processor says of itself. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "kernel/processor_facts.c"

static uint32_t refused;

bool msr_probe(uint32_t msr, uint64_t *value)
{
	if (msr == refused) {
		return false;
	}
	*value = (uint64_t)msr << 32 | 0x11;
	return true;
}

static void assert_model(uint32_t signature, uint32_t family, uint32_t model, uint32_t stepping)
{
	struct processor_model m = processor_model(signature);

	assert_int_equal(m.family, family);
	assert_int_equal(m.model, model);
	assert_int_equal(m.stepping, stepping);
}

/* SDM Vol. 2A, "CPUID": the extended fields count for families 6 and 15 only. */
static void signature_is_taken_apart(void **state)
{
	(void)state;
	assert_model(0x000906EA, 6, 0x9E, 10);
	assert_model(0x00000543, 5, 4, 3);
	assert_model(0x000F0543, 5, 4, 3);
	assert_model(0x00A20F12, 0x19, 0x21, 2);
}

static void microcode_is_the_upper_half_of_its_msr(void **state)
{
	struct processor_facts facts;

	(void)state;
	processor_facts_read(&facts);
	assert_int_equal(facts.words[FACT_MICROCODE], MSR_IA32_BIOS_SIGN_ID);
	assert_int_equal(facts.words[FACT_SIGNATURE], cpuid(1, 0).eax);
}

static void msr_that_is_not_there_is_0(void **state)
{
	struct processor_facts facts;

	(void)state;
	refused = MSR_IA32_BIOS_SIGN_ID;
	processor_facts_read(&facts);
	assert_int_equal(facts.words[FACT_MICROCODE], 0);
	refused = 0;
}

static void every_word_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < PROCESSOR_FACTS; i++) {
		assert_string_not_equal(processor_fact_name(i), "");
		for (uint32_t j = 0; j < i; j++) {
			assert_string_not_equal(processor_fact_name(i), processor_fact_name(j));
		}
	}
	assert_string_equal(processor_fact_name(PROCESSOR_FACTS), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signature_is_taken_apart),
		cmocka_unit_test(microcode_is_the_upper_half_of_its_msr),
		cmocka_unit_test(msr_that_is_not_there_is_0),
		cmocka_unit_test(every_word_has_a_name_of_its_own),
	};
	return cmocka_run_group_tests_name("processor_facts", tests, NULL, NULL);
}
