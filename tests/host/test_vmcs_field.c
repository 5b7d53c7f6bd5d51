/* SPDX-License-Identifier: Apache-2.0 */
/* test_vmcs_field.c: the table of VMCS fields. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "arch/vmx/vmcs.h"
#include "arch/vmx/vmcs_field.c"

static void assert_name(uint32_t encoding, const char *name)
{
	struct vmcs_field_info info;

	assert_true(vmcs_field_at(vmcs_field_index(encoding), &info));
	assert_int_equal(info.encoding, encoding);
	assert_string_equal(info.name, name);
}

/* SDM Vol. 3D, Appendix B "Field Encoding in VMCS". */
static void fields_have_the_manuals_names_and_encodings(void **state)
{
	(void)state;
	assert_name(VMCS_VPID, "Virtual-processor identifier");
	assert_name(VMCS_GUEST_CS_SELECTOR, "Guest CS selector");
	assert_name(VMCS_GUEST_TR_ACCESS, "Guest TR access rights");
	assert_name(VMCS_GUEST_LDTR_BASE, "Guest LDTR base");
	assert_name(VMCS_HOST_GS_SELECTOR, "Host GS selector");
	assert_name(VMCS_HOST_TR_SELECTOR, "Host TR selector");
	assert_name(VMCS_GUEST_PDPTE0 + 6, "Guest PDPTE3");
	assert_name(VMCS_GUEST_RIP, "Guest RIP");
	assert_name(VMCS_HOST_RIP, "Host RIP");
	assert_name(VMCS_PREEMPTION_TIMER, "Guest VMX-preemption timer");
	assert_name(VMCS_PIN_CONTROLS, "Pin-based controls");
	assert_name(VMCS_ENTRY_INTERRUPTION, "VM-entry interruption information");
	assert_name(VMCS_EXIT_REASON, "Exit reason");
	assert_name(VMCS_GUEST_LINEAR_ADDRESS, "Guest-linear address");
}

static void groups_are_bits_11_to_10_of_the_encoding(void **state)
{
	(void)state;
	assert_string_equal(vmcs_group_text(vmcs_field_group(VMCS_PIN_CONTROLS)), "control");
	assert_string_equal(vmcs_group_text(vmcs_field_group(VMCS_EXIT_QUALIFICATION)), "exit");
	assert_string_equal(vmcs_group_text(vmcs_field_group(VMCS_GUEST_RSP)), "guest");
	assert_string_equal(vmcs_group_text(vmcs_field_group(VMCS_HOST_RSP)), "host");
}

/* A VMREAD that fails leaves its number there. */
static void instruction_error_is_read_before_anything_can_fail(void **state)
{
	(void)state;
	assert_int_equal(vmcs_field_index(VMCS_INSTRUCTION_ERROR), 0);
}

static void note(void *context, uint32_t index, uint16_t encoding)
{
	uint32_t *count = context;
	struct vmcs_field_info info;

	assert_int_equal(index, (*count)++);
	assert_true(vmcs_field_at(index, &info));
	assert_int_equal(info.encoding, encoding);
	assert_int_equal(vmcs_field_index(encoding), index);
	/* The high halves of 64-bit fields, odd encodings, are not listed. */
	assert_int_equal(encoding & 1, 0);
	assert_in_range(strlen(info.name), 3, VMCS_FIELD_NAME_BYTES - 2);
	assert_null(strchr(info.name, '%'));
}

static void every_field_is_listed_once_and_fits_a_snapshot(void **state)
{
	uint32_t count = 0;
	struct vmcs_field_info info;

	(void)state;
	vmcs_fields_each(note, &count);
	assert_in_range(count, 150, VMCS_FIELDS_MAX);
	assert_false(vmcs_field_at(count, &info));
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_non_null(memchr(rows[i].name, '\0', sizeof(rows[i].name)));
	}
}

static void encodings_between_fields_are_no_field(void **state)
{
	(void)state;
	assert_int_equal(vmcs_field_index(0x4403), VMCS_FIELDS_MAX);
	assert_int_equal(vmcs_field_index(0x0C0E), VMCS_FIELDS_MAX);
	assert_int_equal(vmcs_field_index(0x482C), VMCS_FIELDS_MAX);
	assert_int_equal(vmcs_field_index(0xFFFFFFFF), VMCS_FIELDS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_have_the_manuals_names_and_encodings),
		cmocka_unit_test(groups_are_bits_11_to_10_of_the_encoding),
		cmocka_unit_test(instruction_error_is_read_before_anything_can_fail),
		cmocka_unit_test(every_field_is_listed_once_and_fits_a_snapshot),
		cmocka_unit_test(encodings_between_fields_are_no_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
