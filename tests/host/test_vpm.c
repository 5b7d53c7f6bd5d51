/* SPDX-License-Identifier: Apache-2.0 */
/* test_vpm.c: ACPI fixed hardware and the reset ports of a guest. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "kernel/vdev/vpm.h"
#include "kernel/vdev/vreset.h"

enum { STATUS = 0x600, ENABLE = 0x602, CONTROL = 0x604, TIMER = 0x608 };
enum { TMR = 1, GBL = 1 << 5, PWRBTN = 1 << 8, SLP_EN = 1 << 13 };

static const uint64_t SECOND = 1000000000;

static struct vpm vpm;
static bool sci_level;
static unsigned sci_gsi;

static void set_line(void *context, unsigned gsi, bool level)
{
	(void)context;
	sci_gsi = gsi;
	sci_level = level;
}

static void start_at(uint64_t now)
{
	sci_level = false;
	vpm_init(&vpm, (struct irq_line){ .set = set_line, .gsi = VPM_SCI_GSI }, now);
}

static int setup(void **state)
{
	(void)state;
	start_at(0);
	return 0;
}

static uint32_t read_at(uint16_t port, uint8_t bytes, uint64_t now)
{
	return vpm_read(&vpm,
			&(struct vplatform_access){ .port = port, .bytes = bytes, .now = now });
}

static enum vplatform_action write_at(uint16_t port, uint8_t bytes, uint32_t value, uint64_t now)
{
	return vpm_write(&vpm, &(struct vplatform_access){
				       .port = port, .bytes = bytes, .value = value, .now = now });
}

/* ACPI 5.0, "Power Management Timer (PM_TMR)": 3.579545 MHz. */
static void timer_counts_3579545_in_a_second_without_drift(void **state)
{
	(void)state;
	assert_int_equal(vpm_timer(0), 0);
	assert_int_equal(vpm_timer(279), 0);
	assert_int_equal(vpm_timer(280), 1); /* 279.36 ns */
	assert_int_equal(vpm_timer(SECOND - 1), 3579544);
	assert_int_equal(vpm_timer(SECOND), 3579545);
	for (uint64_t years = 1; years <= 500; years *= 5) {
		uint64_t seconds = years * 31556952;

		assert_int_equal(vpm_timer(seconds * SECOND), seconds * 3579545);
	}
	assert_int_equal(read_at(TIMER, 4, 3000 * SECOND), (uint32_t)(3000ULL * 3579545));
}

static void timer_can_be_read_in_pieces_and_not_written(void **state)
{
	(void)state;
	uint64_t now = 12345678901234;
	uint32_t whole = read_at(TIMER, 4, now);

	assert_int_equal(write_at(TIMER, 4, 0, now), VPLATFORM_NONE);
	assert_int_equal(read_at(TIMER, 4, now), whole);
	assert_int_equal(read_at(TIMER, 2, now), whole & 0xFFFF);
	assert_int_equal(read_at(TIMER + 2, 2, now), whole >> 16);
	assert_int_equal(read_at(TIMER + 1, 1, now), whole >> 8 & 0xFF);
}

/* ACPI 5.0, "PM1 Control Registers": SCI_EN is set by the platform; no SMI_CMD means always. */
static void acpi_mode_is_on_and_cannot_be_left(void **state)
{
	(void)state;
	assert_int_equal(read_at(CONTROL, 2, 0), 1);
	assert_int_equal(write_at(CONTROL, 2, 0, 0), VPLATFORM_NONE);
	assert_int_equal(read_at(CONTROL, 2, 0), 1);
}

/* ACPI 5.0, "PM1 Control Registers": GBL_RLS and SLP_EN are write-only, BM_RLD and SLP_TYP are kept. */
static void control_keeps_only_what_can_be_read_back(void **state)
{
	(void)state;
	assert_int_equal(write_at(CONTROL, 2, 0xFFFF & ~SLP_EN, 0), VPLATFORM_NONE);
	assert_int_equal(read_at(CONTROL, 2, 0), 0x1C03);
}

/* ACPI 5.0, "PM1 Enable Registers": ACPI code reads back what it enabled. */
static void enable_keeps_the_events_there_are(void **state)
{
	(void)state;
	write_at(ENABLE, 2, 0xFFFF, 0);
	assert_int_equal(read_at(ENABLE, 2, 0), 0x0521);
	assert_int_equal(read_at(STATUS, 4, 0), 0x05210000);
	write_at(ENABLE + 1, 1, 0, 0);
	assert_int_equal(read_at(ENABLE, 2, 0), 0x0021);
}

/* ACPI 5.0, "Fixed Power Button": sets PWRBTN_STS, which raises an SCI while PWRBTN_EN is set. */
static void power_button_raises_the_sci_when_enabled(void **state)
{
	(void)state;
	vpm_power_button(&vpm);
	assert_int_equal(read_at(STATUS, 2, 0), PWRBTN);
	assert_false(sci_level);
	write_at(ENABLE, 2, PWRBTN, 0);
	assert_true(sci_level);
	assert_int_equal(sci_gsi, 9);
}

/* ACPI 5.0, "PM1 Status Registers": a bit is cleared by writing 1 to it. */
static void writing_one_clears_the_status_and_lowers_the_sci(void **state)
{
	(void)state;
	write_at(ENABLE, 2, PWRBTN, 0);
	vpm_power_button(&vpm);
	write_at(STATUS, 2, 0xFFFF & ~PWRBTN, 0);
	assert_true(sci_level);
	write_at(STATUS, 1, 0xFF, 0);
	assert_true(sci_level);
	write_at(STATUS + 1, 1, PWRBTN >> 8, 0);
	assert_false(sci_level);
	assert_int_equal(read_at(STATUS, 2, 0), 0);
}

/* ACPI 5.0, "Power Management Timer": TMR_STS is set when bit 31 changes (TMR_VAL_EXT). */
static void timer_status_is_set_at_the_exact_nanosecond_bit_31_changes(void **state)
{
	(void)state;
	write_at(ENABLE, 2, TMR, 0);
	for (uint64_t carry = 1; carry <= 5; carry++) {
		uint64_t at = vpm_poll(&vpm, 0);

		assert_int_equal(vpm_timer(at), carry << 31);
		assert_int_equal(vpm_timer(at - 1), (carry << 31) - 1);
		assert_int_equal(vpm_poll(&vpm, at - 1), at);
		assert_false(sci_level);
		assert_int_equal(vpm_poll(&vpm, at), VDEV_NEVER);
		assert_true(sci_level);
		write_at(STATUS, 2, TMR, at);
		assert_false(sci_level);
	}
}

/* Exitless steady state: no deadline for what nobody waits for. */
static void timer_status_costs_no_deadline_unless_enabled(void **state)
{
	(void)state;
	assert_int_equal(vpm_poll(&vpm, 0), VDEV_NEVER);
	assert_int_equal(read_at(STATUS, 2, 599 * SECOND), 0);
	assert_int_equal(read_at(STATUS, 2, 600 * SECOND), TMR);
	assert_false(sci_level);
}

static void nothing_is_pending_after_a_reset_late_in_life(void **state)
{
	(void)state;
	start_at(1000000 * SECOND);
	assert_int_equal(read_at(STATUS, 4, 1000000 * SECOND), 0);
	assert_false(sci_level);
}

/* ACPI 5.0, "\_Sx (System States)" and "PM1 Control Registers". */
static void sleep_enable_with_type_5_powers_off(void **state)
{
	(void)state;
	assert_int_equal(write_at(CONTROL, 2, 5 << 10, 0), VPLATFORM_NONE);
	assert_int_equal(write_at(CONTROL, 2, 5 << 10 | SLP_EN | 1, 0), VPLATFORM_POWER_OFF);
	assert_int_equal(write_at(CONTROL + 1, 1, (5 << 10 | SLP_EN) >> 8, 0), VPLATFORM_POWER_OFF);
	assert_int_equal(write_at(ENABLE, 4, (uint32_t)(5 << 10 | SLP_EN) << 16, 0),
			 VPLATFORM_POWER_OFF);
}

/* PIIX4 data sheet, "PMCNTRL": type 0 is soft off. OVMF and SeaBIOS write it. */
static void sleep_enable_with_type_0_powers_off(void **state)
{
	(void)state;
	assert_int_equal(write_at(CONTROL, 2, SLP_EN, 0), VPLATFORM_POWER_OFF);
}

static void sleep_enable_with_another_type_does_nothing(void **state)
{
	(void)state;
	for (uint32_t type = 0; type < 8; type++) {
		if (type != 0 && type != VPM_SLP_TYP_S5) {
			assert_int_equal(write_at(CONTROL, 2, type << 10 | SLP_EN, 0),
					 VPLATFORM_NONE);
		}
	}
}

/* PIIX4 data sheet, "RC - Reset Control Register": bit 2 resets, the others say how. */
static void cf9_resets_by_bit_2_and_remembers_the_kind(void **state)
{
	(void)state;
	struct vreset reset = { 0 };

	assert_int_equal(vreset_write(&reset, 0xCF9, 0x02), VPLATFORM_NONE);
	assert_int_equal(vreset_read(&reset, 0xCF9), 0x02);
	assert_int_equal(vreset_write(&reset, 0xCF9, 0x0E), VPLATFORM_RESET);
	assert_int_equal(vreset_write(&reset, 0xCF9, VRESET_CF9_VALUE), VPLATFORM_RESET);
	assert_int_equal(vreset_read(&reset, 0xCF9) & 4, 0);
}

/* PIIX4 data sheet, "Port 92 Register": bit 0 resets, bit 1 is the A20 gate. */
static void port_92_resets_by_bit_0_and_a20_is_open(void **state)
{
	(void)state;
	struct vreset reset = { 0 };

	assert_int_equal(vreset_read(&reset, 0x92), 2);
	assert_int_equal(vreset_write(&reset, 0x92, 0), VPLATFORM_NONE);
	assert_int_equal(vreset_read(&reset, 0x92), 2);
	assert_int_equal(vreset_write(&reset, 0x92, 3), VPLATFORM_RESET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(timer_counts_3579545_in_a_second_without_drift, setup),
		cmocka_unit_test_setup(timer_can_be_read_in_pieces_and_not_written, setup),
		cmocka_unit_test_setup(acpi_mode_is_on_and_cannot_be_left, setup),
		cmocka_unit_test_setup(control_keeps_only_what_can_be_read_back, setup),
		cmocka_unit_test_setup(enable_keeps_the_events_there_are, setup),
		cmocka_unit_test_setup(power_button_raises_the_sci_when_enabled, setup),
		cmocka_unit_test_setup(writing_one_clears_the_status_and_lowers_the_sci, setup),
		cmocka_unit_test_setup(timer_status_is_set_at_the_exact_nanosecond_bit_31_changes,
				       setup),
		cmocka_unit_test_setup(timer_status_costs_no_deadline_unless_enabled, setup),
		cmocka_unit_test_setup(nothing_is_pending_after_a_reset_late_in_life, setup),
		cmocka_unit_test_setup(sleep_enable_with_type_5_powers_off, setup),
		cmocka_unit_test_setup(sleep_enable_with_type_0_powers_off, setup),
		cmocka_unit_test_setup(sleep_enable_with_another_type_does_nothing, setup),
		cmocka_unit_test(cf9_resets_by_bit_2_and_remembers_the_kind),
		cmocka_unit_test(port_92_resets_by_bit_0_and_a20_is_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
