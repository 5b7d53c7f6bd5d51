/* SPDX-License-Identifier: Apache-2.0 */
/* test_cpuid_clock.c: the frequencies that CPUID tells a guest. */
#include "tests/host/cpuid_machine.h"

/* "Timing information" of VMware's convention: EAX the TSC, EBX the APIC timer. */
static void leaf_40000010h_has_kilohertz(void **unused)
{
	(void)unused;
	assert_values(get(0x40000010, 0), (struct cpuid_values){ 2400000, 24000, 0, 0 });
	assert_values(get(0x4000000F, 0), none);
	setup.signature = CONFIG_SIGNATURE_MUNTIN;
	rebuild();
	assert_values(get(0x40000010, 0), (struct cpuid_values){ 2400000, 24000, 0, 0 });
}

static void frequency_leaf_has_megahertz(void **unused)
{
	(void)unused;
	assert_values(get(0x16, 0), (struct cpuid_values){ 2400, 2400, 0, 0 });
	setup.tsc_hz = 1999499999;
	rebuild();
	assert_int_equal(get(0x16, 0).eax, 1999);
	setup.tsc_hz = 1999500000;
	rebuild();
	assert_int_equal(get(0x16, 0).eax, 2000);
}

/* SDM Vol. 2A, "CPUID": the TSC has ECX * EBX / EAX Hz; ECX is the clock of the APIC timer. */
static void tsc_leaf_gives_both_frequencies(void **unused)
{
	(void)unused;
	struct cpuid_values values = get(0x15, 0);

	assert_int_equal((uint64_t)values.ecx * values.ebx / values.eax, 2400000000);
	assert_int_equal(values.ecx, 24000000);
}

/* Crystals of 19.2 to 38.4 MHz, buses of 100 and 133 MHz, an emulator's 20 MHz. */
static const uint64_t lapic_speeds[] = { 19200000, 20000000, 24000000,  25000000,
					 38400000, 99999987, 100000000, 133333333 };

static void assert_frequencies(uint64_t tsc_hz, uint64_t lapic_hz)
{
	setup.tsc_hz = tsc_hz;
	setup.lapic_hz = lapic_hz;
	rebuild();
	struct cpuid_values values = get(0x15, 0);

	assert_true(values.eax != 0);
	uint64_t hz = (uint64_t)values.ecx * values.ebx / values.eax;

	/* An eighth of a millionth: a second in three months. The APIC timer: 300 times that. */
	assert_in_range(hz, tsc_hz - tsc_hz / 8000000 - 1, tsc_hz + tsc_hz / 8000000 + 1);
	assert_in_range(values.ecx, lapic_hz - 1000, lapic_hz + lapic_hz / 4000 + 1000);
	/* Linux, native_calibrate_tsc(): kHz, in 32 bits. */
	uint32_t khz = values.ecx / 1000 * values.ebx / values.eax;

	assert_in_range(khz, tsc_hz / 1000 - 1, tsc_hz / 1000 + 1);
}

static void tsc_leaf_is_right_for_any_machine(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < ARRAY_COUNT(lapic_speeds); i++) {
		for (uint64_t hz = 20000000; hz < 6000000000; hz += 98765432) {
			assert_frequencies(hz, lapic_speeds[i]);
		}
		assert_frequencies(2400000000, lapic_speeds[i]);
		assert_frequencies(125 * lapic_speeds[i] / 4 + 8001, lapic_speeds[i]);
	}
}

/* EAX or EBX of 0: "not enumerated". */
static void timer_that_stands_still_makes_no_claim(void **unused)
{
	(void)unused;
	setup.lapic_hz = 0;
	rebuild();
	assert_values(get(0x15, 0), none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(leaf_40000010h_has_kilohertz, rich),
		cmocka_unit_test_setup(frequency_leaf_has_megahertz, rich),
		cmocka_unit_test_setup(tsc_leaf_gives_both_frequencies, rich),
		cmocka_unit_test_setup(tsc_leaf_is_right_for_any_machine, rich),
		cmocka_unit_test_setup(timer_that_stands_still_makes_no_claim, rich),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
