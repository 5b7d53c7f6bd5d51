/* SPDX-License-Identifier: Apache-2.0 */
/* test_vcpu_advance.c: RIP, flags, shadows and traps behind an emulated instruction, and exceptions that meet events. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/host/fake_vmcs.h"

#include "kernel/vcpu_advance.c"

static struct vcpu vcpu;
static struct partition partition;
static unsigned triple_faults;

void partition_triple_fault(struct partition *p, uint32_t id, uint64_t rip, uint64_t cs_base)
{
	assert_ptr_equal(p, &partition);
	assert_int_equal(id, 1);
	assert_int_equal(rip, 0xFFF0);
	assert_int_equal(cs_base, 0xF0000);
	triple_faults++;
}

static int protected_mode(void **unused)
{
	(void)unused;
	memset(fake_vmcs, 0, sizeof(fake_vmcs));
	memset(&vcpu, 0, sizeof(vcpu));
	vcpu.partition = &partition;
	vcpu.id = 1;
	triple_faults = 0;
	vmwrite(VMCS_GUEST_RIP, 0xFFF0);
	vmwrite(VMCS_GUEST_CS_BASE, 0xF0000);
	vmwrite(VMCS_GUEST_CR0, CR0_PE);
	vmwrite(VMCS_GUEST_RFLAGS, RFLAGS_FIXED);
	vmwrite(VMCS_GUEST_CS_ACCESS, ACCESS_CODE32);
	return 0;
}

static int long_mode(void **unused)
{
	protected_mode(unused);
	vmwrite(VMCS_GUEST_EFER, EFER_LME | EFER_LMA);
	vmwrite(VMCS_GUEST_CS_ACCESS, ACCESS_CODE64);
	return 0;
}

static uint64_t rip_after(uint64_t rip, uint64_t bytes)
{
	vmwrite(VMCS_GUEST_RIP, rip);
	vcpu_advance(bytes);
	return vmread(VMCS_GUEST_RIP);
}

/* SDM Vol. 1, "Instruction Pointer"; an entry with more than 32 bits fails (Vol. 3C, "Checks on Guest RIP, RFLAGS, and SSP"). */
static void rip_wraps_at_4_gib_outside_of_64_bit_code(void **unused)
{
	(void)unused;
	assert_int_equal(rip_after(0x1000, 2), 0x1002);
	assert_int_equal(rip_after(0xFFFFFFFE, 2), 0);
	assert_int_equal(rip_after(0xFFFFFFFE, 3), 1);
}

static void rip_goes_on_behind_4_gib_in_64_bit_code(void **unused)
{
	(void)unused;
	assert_int_equal(rip_after(0xFFFFFFFE, 3), 0x100000001);
	assert_int_equal(rip_after(0xFFFFFFFF80000000, 2), 0xFFFFFFFF80000002);
}

static void rip_wraps_in_compatibility_mode(void **unused)
{
	(void)unused;
	vmwrite(VMCS_GUEST_CS_ACCESS, ACCESS_CODE32);
	assert_int_equal(rip_after(0xFFFFFFFE, 2), 0);
}

/* SDM Vol. 3B, "Resume Flag (RF)": cleared behind each instruction. */
static void resume_flag_ends_with_the_instruction(void **unused)
{
	(void)unused;
	vmwrite(VMCS_GUEST_RFLAGS, RFLAGS_FIXED | RFLAGS_RF | RFLAGS_IF);
	vcpu_advance(1);
	assert_int_equal(vmread(VMCS_GUEST_RFLAGS), RFLAGS_FIXED | RFLAGS_IF);
	assert_int_equal(vmread(VMCS_GUEST_PENDING_DEBUG), 0);
}

/* SDM Vol. 3A, "Masking Exceptions and Interrupts When Switching Stacks". */
static void shadow_of_sti_and_mov_ss_ends(void **unused)
{
	(void)unused;
	vmwrite(VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_STI | BLOCKING_NMI);
	vcpu_advance(1);
	assert_int_equal(vmread(VMCS_GUEST_INTERRUPTIBILITY), BLOCKING_NMI);
}

/* SDM Vol. 3B, "Single-Step Exception Condition". */
static void trap_flag_pends_a_single_step(void **unused)
{
	(void)unused;
	vmwrite(VMCS_GUEST_RFLAGS, RFLAGS_FIXED | RFLAGS_TF);
	vmwrite(VMCS_GUEST_PENDING_DEBUG, 0x1001);
	vcpu_advance(1);
	assert_int_equal(vmread(VMCS_GUEST_PENDING_DEBUG), DR6_BS | 0x1001);
	assert_int_equal(vmread(VMCS_GUEST_RFLAGS), RFLAGS_FIXED | RFLAGS_TF);
}

/* SDM Vol. 3B, "Single-Stepping on Branches": nothing that exits is a branch. */
static void single_step_on_branches_does_not_trap(void **unused)
{
	(void)unused;
	vmwrite(VMCS_GUEST_RFLAGS, RFLAGS_FIXED | RFLAGS_TF);
	vmwrite(VMCS_GUEST_DEBUGCTL, DEBUGCTL_BTF);
	vcpu_advance(1);
	assert_int_equal(vmread(VMCS_GUEST_PENDING_DEBUG), 0);
}

/* SDM Vol. 3B, "Resume Flag (RF)": an interrupt between two iterations leaves it set. */
static void repeated_instruction_stays_and_is_not_stopped_at_again(void **unused)
{
	(void)unused;
	vmwrite(VMCS_GUEST_RIP, 0x1000);
	vmwrite(VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_STI);
	vcpu_repeat();
	assert_int_equal(vmread(VMCS_GUEST_RIP), 0x1000);
	assert_int_equal(vmread(VMCS_GUEST_RFLAGS), RFLAGS_FIXED | RFLAGS_RF);
	assert_int_equal(vmread(VMCS_GUEST_INTERRUPTIBILITY), 0);
}

static uint32_t inject(uint8_t vector, uint32_t error_code)
{
	vcpu_inject(&vcpu, vector, error_code);
	vcpu_inject_event(&vcpu);
	return (uint32_t)vmread(VMCS_ENTRY_INTERRUPTION);
}

enum { HARDWARE = EVENT_HARDWARE_EXCEPTION << EVENT_TYPE_SHIFT };
#define EXCEPTION ((uint32_t)EVENT_VALID | HARDWARE)

/* The same: the image of a fault has RF set, that of a trap not. */
static void fault_sets_the_resume_flag_in_what_is_pushed(void **unused)
{
	(void)unused;
	assert_int_equal(inject(VECTOR_GP, 0x18), EXCEPTION | EVENT_HAS_ERROR_CODE | VECTOR_GP);
	assert_int_equal(vmread(VMCS_ENTRY_ERROR_CODE), 0x18);
	assert_int_equal(vmread(VMCS_GUEST_RFLAGS), RFLAGS_FIXED | RFLAGS_RF);
}

static void debug_trap_does_not_set_the_resume_flag(void **unused)
{
	(void)unused;
	assert_int_equal(inject(VECTOR_DB, 0), EXCEPTION | VECTOR_DB);
	assert_int_equal(vmread(VMCS_GUEST_RFLAGS), RFLAGS_FIXED);
}

static void real_mode_has_no_error_codes(void **unused)
{
	(void)unused;
	vmwrite(VMCS_GUEST_CR0, 0);
	assert_int_equal(inject(VECTOR_GP, 0), EXCEPTION | VECTOR_GP);
}

static uint32_t while_delivering(uint32_t type, uint8_t first, uint8_t second)
{
	vmwrite(VMCS_ENTRY_INTERRUPTION, 0);
	vmwrite(VMCS_IDT_VECTORING, EVENT_VALID | type << EVENT_TYPE_SHIFT | first);
	return inject(second, 1) & 0xFF;
}

/* SDM Vol. 3A, "Interrupt 8-Double Fault Exception (#DF)", table of conditions. */
static void exceptions_that_meet_follow_the_table_of_the_double_fault(void **unused)
{
	static const struct {
		uint8_t first, second, gives;
	} rows[] = {
		{ VECTOR_UD, VECTOR_GP, VECTOR_GP }, /* benign first */
		{ VECTOR_AC, VECTOR_PF, VECTOR_PF },
		{ VECTOR_GP, VECTOR_UD, VECTOR_UD }, /* benign second */
		{ VECTOR_PF, VECTOR_AC, VECTOR_AC },
		{ VECTOR_GP, VECTOR_GP, VECTOR_DF }, /* both contributory */
		{ VECTOR_NP, VECTOR_SS, VECTOR_DF },
		{ 0, VECTOR_TS, VECTOR_DF },
		{ VECTOR_GP, VECTOR_PF, VECTOR_PF },
		{ VECTOR_PF, VECTOR_GP, VECTOR_DF },
		{ VECTOR_PF, VECTOR_PF, VECTOR_DF },
		{ VECTOR_DF, VECTOR_UD, VECTOR_UD },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		uint32_t gives =
			while_delivering(EVENT_HARDWARE_EXCEPTION, rows[i].first, rows[i].second);

		if (gives != rows[i].gives) {
			fail_msg("%u then %u gives %u, not %u", rows[i].first, rows[i].second,
				 gives, rows[i].gives);
		}
	}
	assert_int_equal(triple_faults, 0);
}

static void double_fault_has_error_code_0(void **unused)
{
	(void)unused;
	while_delivering(EVENT_HARDWARE_EXCEPTION, VECTOR_GP, VECTOR_GP);
	assert_int_equal(vmread(VMCS_ENTRY_INTERRUPTION),
			 EXCEPTION | EVENT_HAS_ERROR_CODE | VECTOR_DF);
	assert_int_equal(vmread(VMCS_ENTRY_ERROR_CODE), 0);
}

static void interrupts_that_were_delivered_double_nothing(void **unused)
{
	(void)unused;
	assert_int_equal(while_delivering(EVENT_EXTERNAL, VECTOR_GP, VECTOR_GP), VECTOR_GP);
	assert_int_equal(while_delivering(EVENT_NMI, 2, VECTOR_PF), VECTOR_PF);
	assert_int_equal(while_delivering(EVENT_SOFTWARE_INTERRUPT, VECTOR_GP, VECTOR_GP),
			 VECTOR_GP);
}

static void fault_of_the_double_fault_is_a_triple_fault(void **unused)
{
	(void)unused;
	assert_int_equal(while_delivering(EVENT_HARDWARE_EXCEPTION, VECTOR_DF, VECTOR_GP), 0);
	assert_int_equal(triple_faults, 1);
	while_delivering(EVENT_HARDWARE_EXCEPTION, VECTOR_DF, VECTOR_PF);
	assert_int_equal(triple_faults, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, protected_mode)
		T(rip_wraps_at_4_gib_outside_of_64_bit_code),
		cmocka_unit_test_setup(rip_goes_on_behind_4_gib_in_64_bit_code, long_mode),
		cmocka_unit_test_setup(rip_wraps_in_compatibility_mode, long_mode),
		T(resume_flag_ends_with_the_instruction),
		T(shadow_of_sti_and_mov_ss_ends),
		T(trap_flag_pends_a_single_step),
		T(single_step_on_branches_does_not_trap),
		T(repeated_instruction_stays_and_is_not_stopped_at_again),
		T(fault_sets_the_resume_flag_in_what_is_pushed),
		T(debug_trap_does_not_set_the_resume_flag),
		T(real_mode_has_no_error_codes),
		T(exceptions_that_meet_follow_the_table_of_the_double_fault),
		T(double_fault_has_error_code_0),
		T(interrupts_that_were_delivered_double_nothing),
		T(fault_of_the_double_fault_is_a_triple_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
