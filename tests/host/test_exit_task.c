/* SPDX-License-Identifier: Apache-2.0 */
/* test_exit_task.c: hardware task switches (SDM Vol. 3A, "Task Management"). */
#include "tests/host/fake_vmcs.h"

#include "kernel/exit_task.c"
#include "kernel/guest_regs.c"
#include "kernel/task_segment.c"
#include "tests/host/exit_vcpu.h"

enum {
	GDT = 0x1000,
	OLD = 0x2000,
	NEW = 0x3000,
	LDT = 0x4000,
	STACK = 0x8000,
	/* Selectors. */
	CODE = 0x08,
	DATA = 0x10,
	OLD_TSS = 0x18,
	NEW_TSS = 0x20,
	LDT_SELECTOR = 0x28,
	USER_DATA = 0x33,
	GDT_ENTRIES = 8,
	FREE_TSS = 0x89,
	BUSY_TSS = 0x8B,
	TYPE_BYTE = 5,
	LENGTH = 7,
};

static uint64_t trapped;
static uint64_t pdptes_from;

enum exit_verdict exit_debug_trap(struct vcpu *v, uint64_t causes)
{
	(void)v;
	trapped = causes;
	return EXIT_INJECT;
}

bool exit_load_pdptes(struct vcpu *v, uint64_t cr3)
{
	(void)v;
	pdptes_from = cr3;
	return cr3 != 0xBAD00;
}

void vmx_invalidate_linear(void)
{
}

void vmcs_set_cr0(uint64_t value)
{
	vmwrite(VMCS_GUEST_CR0, value);
}

static void describe(unsigned selector, uint32_t base, uint32_t limit, uint32_t type_and_flags)
{
	uint32_t low = (limit & 0xFFFF) | base << 16;
	uint32_t high = (base >> 16 & 0xFF) | (type_and_flags & 0xF0FF) << 8 | (limit & 0xF0000) |
			(base & 0xFF000000);

	put32(GDT + selector, low);
	put32(GDT + selector + 4, high);
}

static uint8_t type_of(unsigned selector)
{
	return ram[GDT + selector + TYPE_BYTE];
}

static void put16(uint64_t at, uint16_t value)
{
	memcpy(ram + at, &value, sizeof(value));
}

/* The new task: registers are 100H and up, in the order of their encoding. */
static void make_new_tss(void)
{
	put32(NEW + 28, 0x55000);
	put32(NEW + 32, 0x1234);
	put32(NEW + 36, 2 | RFLAGS_IF);
	for (unsigned i = 0; i < 8; i++) {
		put32(NEW + 40 + 4 * i, 0x100 + i);
	}
	put32(NEW + 40 + 4 * GUEST_RSP, STACK);
	put16(NEW + 72, DATA);
	put16(NEW + 76, CODE);
	put16(NEW + 80, DATA);
	put16(NEW + 84, DATA);
}

static int two_tasks(void **unused)
{
	(void)unused;
	vcpu_make_flat();
	trapped = pdptes_from = 0;
	describe(CODE, 0, 0xFFFFF, 0xC09A);
	describe(DATA, 0, 0xFFFFF, 0xC093);
	describe(OLD_TSS, OLD, 0x67, BUSY_TSS);
	describe(NEW_TSS, NEW, 0x67, FREE_TSS);
	describe(LDT_SELECTOR, LDT, 0xF, ACCESS_LDT);
	describe(USER_DATA & ~7, 0, 0xFFFFF, 0xC0F3);
	make_new_tss();
	for (enum vmcs_segment s = SEG_ES; s <= SEG_GS; s++) {
		vmwrite((enum vmcs_field)(VMCS_GUEST_ES_SELECTOR + s * VMCS_SEGMENT_STEP),
			s == SEG_CS ? CODE : DATA);
	}
	fake_segment(SEG_TR, OLD, 0x67, ACCESS_TSS_BUSY);
	vmwrite(VMCS_GUEST_TR_SELECTOR, OLD_TSS);
	vmwrite(VMCS_GUEST_GDTR_BASE, GDT);
	vmwrite(VMCS_GUEST_GDTR_LIMIT, 8 * GDT_ENTRIES - 1);
	vmwrite(VMCS_GUEST_CR3, 0x9000);
	vmwrite(VMCS_GUEST_RIP, 0x500);
	vmwrite(VMCS_GUEST_RSP, 0x7000);
	vmwrite(VMCS_INSTRUCTION_LENGTH, LENGTH);
	vcpu.guest.rax = 0xAAAAAAAA;
	vcpu.guest.rdi = 0xDDDDDDDD;
	return 0;
}

static enum exit_verdict switch_by(enum source source)
{
	vmwrite(VMCS_EXIT_QUALIFICATION, (uint64_t)source << 30 | NEW_TSS);
	return exit_task_switch(&vcpu);
}

static enum exit_verdict deliver(uint32_t type, uint8_t vector, bool with_code)
{
	vmwrite(VMCS_IDT_VECTORING, EVENT_VALID | type << EVENT_TYPE_SHIFT |
					    (with_code ? EVENT_HAS_ERROR_CODE : 0u) | vector);
	vmwrite(VMCS_IDT_VECTORING_ERROR, 0xC0DE);
	return switch_by(BY_GATE);
}

static void assert_faults(uint8_t vector, uint32_t error_code)
{
	assert_int_equal(fault.vector, vector);
	assert_int_equal(fault.error_code, error_code);
}

/* "Task Switching", steps of a JMP. */
static void jmp_saves_the_old_task_and_loads_the_new(void **unused)
{
	(void)unused;
	assert_int_equal(switch_by(BY_JMP), EXIT_RESUME);
	assert_int_equal(get32(OLD + 32), 0x500 + LENGTH);
	assert_int_equal(get32(OLD + 36), RFLAGS_FIXED);
	assert_int_equal(get32(OLD + 40), 0xAAAAAAAA);
	assert_int_equal(get32(OLD + 56), 0x7000);
	assert_int_equal(get32(OLD + 68), 0xDDDDDDDD);
	assert_int_equal(get32(OLD + 76), CODE);
	assert_int_equal(get32(OLD + 28), 0); /* CR3 and LDT are not saved */
	assert_int_equal(vmread(VMCS_GUEST_RIP), 0x1234);
	assert_int_equal(vmread(VMCS_GUEST_RFLAGS), RFLAGS_FIXED | RFLAGS_IF);
	assert_int_equal(vcpu.guest.rax, 0x100);
	assert_int_equal(vcpu.guest.rdi, 0x107);
	assert_int_equal(vmread(VMCS_GUEST_RSP), STACK);
	assert_int_equal(vmread(VMCS_GUEST_TR_SELECTOR), NEW_TSS);
	assert_int_equal(vmread(VMCS_GUEST_TR_BASE), NEW);
	assert_int_equal(vmread(VMCS_GUEST_TR_ACCESS), BUSY_TSS);
	assert_int_equal(vmread(VMCS_GUEST_CS_SELECTOR), CODE);
	assert_int_equal(vmread(VMCS_GUEST_CS_ACCESS), 0xC09B);
	assert_int_equal(vmread(VMCS_GUEST_CS_LIMIT), UINT32_MAX);
	assert_int_equal(vmread(VMCS_GUEST_SS_ACCESS), 0xC093);
}

/* The same, table "Effect of a Task Switch on Busy Flag, NT Flag, Previous Task Link Field, and TS Flag". */
static void jmp_moves_the_busy_flag_and_leaves_no_link(void **unused)
{
	(void)unused;
	switch_by(BY_JMP);
	assert_int_equal(type_of(OLD_TSS), FREE_TSS);
	assert_int_equal(type_of(NEW_TSS), BUSY_TSS);
	assert_int_equal(get32(NEW), 0);
	assert_int_equal(vmread(VMCS_GUEST_CR0) & CR0_TS, CR0_TS);
}

static void call_links_back_and_both_are_busy(void **unused)
{
	(void)unused;
	assert_int_equal(switch_by(BY_CALL), EXIT_RESUME);
	assert_int_equal(type_of(OLD_TSS), BUSY_TSS);
	assert_int_equal(type_of(NEW_TSS), BUSY_TSS);
	assert_int_equal(get32(NEW), OLD_TSS);
	assert_int_equal(vmread(VMCS_GUEST_RFLAGS) & RFLAGS_NT, RFLAGS_NT);
	assert_int_equal(get32(OLD + 36) & RFLAGS_NT, 0);
}

static void iret_ends_the_nested_task(void **unused)
{
	(void)unused;
	describe(NEW_TSS, NEW, 0x67, BUSY_TSS);
	vmwrite(VMCS_GUEST_RFLAGS, RFLAGS_FIXED | RFLAGS_NT);
	vmwrite(VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_NMI);
	assert_int_equal(switch_by(BY_IRET), EXIT_RESUME);
	assert_int_equal(type_of(OLD_TSS), FREE_TSS);
	assert_int_equal(type_of(NEW_TSS), BUSY_TSS);
	assert_int_equal(get32(OLD + 36) & RFLAGS_NT, 0);
	assert_int_equal(vmread(VMCS_GUEST_RFLAGS) & RFLAGS_NT, 0);
	assert_int_equal(vmread(VMCS_GUEST_INTERRUPTIBILITY), 0);
}

/* SDM Vol. 3A, "Exception and Interrupt Handling in Protected Mode", tasks; "Error Code". */
static void gate_pushes_the_error_code_onto_the_new_stack(void **unused)
{
	(void)unused;
	assert_int_equal(deliver(EVENT_HARDWARE_EXCEPTION, VECTOR_GP, true), EXIT_RESUME);
	assert_int_equal(vmread(VMCS_GUEST_RSP), STACK - 4);
	assert_int_equal(get32(STACK - 4), 0xC0DE);
	assert_int_equal(get32(OLD + 32), 0x500);
	assert_int_equal(get32(OLD + 36) & RFLAGS_RF, RFLAGS_RF); /* a fault */
	assert_int_equal(get32(NEW), OLD_TSS);
}

static void interrupt_through_a_gate_pushes_nothing(void **unused)
{
	(void)unused;
	assert_int_equal(deliver(EVENT_EXTERNAL, 0x40, false), EXIT_RESUME);
	assert_int_equal(vmread(VMCS_GUEST_RSP), STACK);
	assert_int_equal(get32(OLD + 32), 0x500);
	assert_int_equal(get32(OLD + 36) & RFLAGS_RF, 0);
}

static void int_n_through_a_gate_returns_behind_it(void **unused)
{
	(void)unused;
	assert_int_equal(deliver(EVENT_SOFTWARE_INTERRUPT, 0x80, false), EXIT_RESUME);
	assert_int_equal(get32(OLD + 32), 0x500 + LENGTH);
}

/* "16-Bit Task-State Segment (TSS)". */
static void tss_of_16_bits_has_no_upper_halves(void **unused)
{
	(void)unused;
	memset(ram + NEW, 0, 104);
	describe(NEW_TSS, NEW, 0x2B, 0x81);
	put16(NEW + 14, 0x4321);
	put16(NEW + 16, 2);
	put16(NEW + 18, 0x77);
	put16(NEW + 26, STACK);
	put16(NEW + 34, DATA);
	put16(NEW + 36, CODE);
	put16(NEW + 38, DATA);
	assert_int_equal(switch_by(BY_CALL), EXIT_RESUME);
	assert_int_equal(vmread(VMCS_GUEST_RIP), 0x4321);
	assert_int_equal(vcpu.guest.rax, 0xFFFF0077);
	assert_int_equal(vmread(VMCS_GUEST_TR_ACCESS), 0x83);
	assert_int_equal(type_of(NEW_TSS), 0x83);
	assert_int_equal(get32(OLD + 32), 0x500 + LENGTH); /* the old one has 32 */
	assert_int_equal(vmread((enum vmcs_field)(VMCS_GUEST_ES_ACCESS + 2 * SEG_FS)),
			 ACCESS_UNUSABLE);
}

static void old_tss_of_16_bits_is_saved_as_such(void **unused)
{
	(void)unused;
	describe(OLD_TSS, OLD, 0x2B, 0x83);
	fake_segment(SEG_TR, OLD, 0x2B, 0x83);
	assert_int_equal(switch_by(BY_JMP), EXIT_RESUME);
	assert_int_equal(get32(OLD + 14) & 0xFFFF, 0x500 + LENGTH);
	assert_int_equal(get32(OLD + 18) & 0xFFFF, 0xAAAA);
	assert_int_equal(get32(OLD + 36) & 0xFFFF, CODE);
	assert_int_equal(type_of(OLD_TSS), 0x81);
}

static void cr3_is_loaded_with_paging_only(void **unused)
{
	(void)unused;
	switch_by(BY_JMP);
	assert_int_equal(vmread(VMCS_GUEST_CR3), 0x9000);
}

/* 32-bit paging by a large page; both tasks have the same directory here. */
static int paged(void **unused)
{
	two_tasks(unused);
	put32(0x5000, 0xE3); /* 4 MiB, P, W, A, D */
	put32(NEW + 28, 0x5000);
	vmwrite(VMCS_GUEST_CR0, CR0_PE | CR0_PG);
	vmwrite(VMCS_GUEST_CR4, CR4_PSE);
	vmwrite(VMCS_GUEST_CR3, 0x5000);
	return 0;
}

static void cr3_of_the_new_task_is_used_for_its_segments(void **unused)
{
	(void)unused;
	/* In the new space the GDT's page is not there. */
	put32(NEW + 28, 0x6000);
	assert_int_equal(switch_by(BY_JMP), EXIT_INJECT);
	assert_int_equal(vmread(VMCS_GUEST_CR3), 0x6000);
	assert_int_equal(fault.vector, VECTOR_PF);
	assert_int_equal(fault.address, GDT + CODE);
	assert_int_equal(vmread(VMCS_GUEST_RIP), 0x1234);
}

static void tss_that_is_not_present_faults_in_the_old_task(void **unused)
{
	(void)unused;
	describe(NEW_TSS, 0x400000, 0x67, FREE_TSS);
	assert_int_equal(switch_by(BY_JMP), EXIT_INJECT);
	assert_int_equal(fault.vector, VECTOR_PF);
	assert_int_equal(fault.address, 0x400000);
	assert_int_equal(vmread(VMCS_GUEST_TR_SELECTOR), OLD_TSS);
	assert_int_equal(vmread(VMCS_GUEST_RIP), 0x500);
	assert_int_equal(type_of(OLD_TSS), BUSY_TSS);
}

static void pae_loads_its_four_entries(void **unused)
{
	(void)unused;
	vmwrite(VMCS_GUEST_CR4, CR4_PAE);
	put32(0x5000, 0x6001);
	put32(0x6000, 0xE3);
	vmwrite(VMCS_GUEST_PDPTE0, 0x6001);
	assert_int_equal(switch_by(BY_JMP), EXIT_RESUME);
	assert_int_equal(pdptes_from, 0x5000);
	paged(unused);
	vmwrite(VMCS_GUEST_CR4, CR4_PAE);
	put32(0x5000, 0x6001);
	put32(0x6000, 0xE3);
	vmwrite(VMCS_GUEST_PDPTE0, 0x6001);
	put32(NEW + 28, 0xBAD00);
	assert_int_equal(switch_by(BY_JMP), EXIT_INJECT);
	assert_faults(VECTOR_GP, 0);
}

static void busy_task_is_a_protection_fault(void **unused)
{
	(void)unused;
	describe(NEW_TSS, NEW, 0x67, BUSY_TSS);
	assert_int_equal(switch_by(BY_JMP), EXIT_INJECT);
	assert_faults(VECTOR_GP, NEW_TSS);
	assert_int_equal(get32(OLD + 32), 0);
}

static void iret_to_a_task_that_is_not_busy_is_an_invalid_tss(void **unused)
{
	(void)unused;
	assert_int_equal(switch_by(BY_IRET), EXIT_INJECT);
	assert_faults(VECTOR_TS, NEW_TSS);
}

static void task_that_is_not_present_says_so(void **unused)
{
	(void)unused;
	describe(NEW_TSS, NEW, 0x67, 0x09);
	assert_int_equal(switch_by(BY_CALL), EXIT_INJECT);
	assert_faults(VECTOR_NP, NEW_TSS);
}

static void short_tss_is_an_invalid_one(void **unused)
{
	(void)unused;
	describe(NEW_TSS, NEW, 0x66, FREE_TSS);
	assert_int_equal(switch_by(BY_CALL), EXIT_INJECT);
	assert_faults(VECTOR_TS, NEW_TSS);
}

static void selector_behind_the_gdt_is_refused(void **unused)
{
	(void)unused;
	vmwrite(VMCS_GUEST_GDTR_LIMIT, NEW_TSS + 6);
	assert_int_equal(switch_by(BY_CALL), EXIT_INJECT);
	assert_faults(VECTOR_GP, NEW_TSS);
}

/* SDM Vol. 3A, "Error Code": EXT when the cause is no instruction of the task. */
static void fault_of_an_interrupt_has_ext_in_its_error_code(void **unused)
{
	(void)unused;
	describe(NEW_TSS, NEW, 0x66, FREE_TSS);
	assert_int_equal(deliver(EVENT_EXTERNAL, 0x40, false), EXIT_INJECT);
	assert_faults(VECTOR_TS, NEW_TSS | 1);
	assert_int_equal(deliver(EVENT_SOFTWARE_INTERRUPT, 0x40, false), EXIT_INJECT);
	assert_faults(VECTOR_TS, NEW_TSS);
}

/* "Task Switching", the table of checks: from the commit on, faults are the new task's. */
static void wrong_code_segment_faults_in_the_new_task(void **unused)
{
	(void)unused;
	put16(NEW + 76, DATA);
	assert_int_equal(switch_by(BY_JMP), EXIT_INJECT);
	assert_faults(VECTOR_TS, DATA);
	assert_int_equal(vmread(VMCS_GUEST_TR_SELECTOR), NEW_TSS);
	assert_int_equal(vmread(VMCS_GUEST_RIP), 0x1234);
	assert_int_equal(type_of(OLD_TSS), FREE_TSS);
}

static void segments_of_the_new_task_are_checked(void **unused)
{
	static const struct {
		uint16_t offset, selector;
		uint8_t vector;
	} rows[] = {
		{ 76, 0, VECTOR_TS },                                     /* CS null */
		{ 80, 0, VECTOR_TS },                                     /* SS null */
		{ 80, CODE, VECTOR_TS },                                  /* not writable */
		{ 80, USER_DATA, VECTOR_TS },                             /* another privilege */
		{ 80, DATA | 3, VECTOR_TS },  { 84, OLD_TSS, VECTOR_TS }, /* no data */
		{ 84, 0x100, VECTOR_TS },                                 /* behind the table */
		{ 84, 0x14, VECTOR_TS },     /* from an LDT, and there is none */
		{ 84, DATA | 3, VECTOR_TS }, /* RPL above DPL */
		{ 96, DATA, VECTOR_TS },     /* no LDT */
		{ 96, 0x1000, VECTOR_TS },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		two_tasks(unused);
		put16(NEW + rows[i].offset, rows[i].selector);
		if (switch_by(BY_JMP) != EXIT_INJECT || fault.vector != rows[i].vector ||
		    fault.error_code != (rows[i].selector & 0xFFFCu)) {
			fail_msg("row %zu: vector %u, error code %x", i, fault.vector,
				 fault.error_code);
		}
	}
}

static void segments_that_are_not_present_say_so(void **unused)
{
	(void)unused;
	describe(0x38, 0, 0xFFFFF, 0xC013);
	put16(NEW + 80, 0x38);
	switch_by(BY_JMP);
	assert_faults(VECTOR_SS, 0x38);
	two_tasks(unused);
	describe(0x38, 0, 0xFFFFF, 0xC013);
	put16(NEW + 84, 0x38);
	switch_by(BY_JMP);
	assert_faults(VECTOR_NP, 0x38);
}

static void null_data_segment_is_loaded_as_unusable(void **unused)
{
	(void)unused;
	put16(NEW + 84, 3);
	assert_int_equal(switch_by(BY_JMP), EXIT_RESUME);
	assert_int_equal(vmread((enum vmcs_field)(VMCS_GUEST_ES_ACCESS + 2 * SEG_DS)),
			 ACCESS_UNUSABLE);
	assert_int_equal(vmread((enum vmcs_field)(VMCS_GUEST_ES_SELECTOR + 2 * SEG_DS)), 3);
}

/* SDM Vol. 3A, "Code- and Data-Segment Descriptor Types": the accessed bit; an entry wants it too. */
static void accessed_bit_of_a_segment_is_set(void **unused)
{
	(void)unused;
	switch_by(BY_JMP);
	assert_int_equal(type_of(CODE), 0x9B);
}

static void ldt_of_the_new_task_gives_its_segments(void **unused)
{
	(void)unused;
	put32(LDT + 8, 0x1230FFFF);
	put32(LDT + 12, 0x00CF9300);
	put16(NEW + 96, LDT_SELECTOR);
	put16(NEW + 84, 0x0C); /* TI */
	assert_int_equal(switch_by(BY_JMP), EXIT_RESUME);
	assert_int_equal(vmread(VMCS_GUEST_LDTR_BASE), LDT);
	assert_int_equal(vmread((enum vmcs_field)(VMCS_GUEST_ES_BASE + 2 * SEG_DS)), 0x1230);
}

static void task_may_be_a_virtual_8086_one(void **unused)
{
	(void)unused;
	put32(NEW + 36, 2 | RFLAGS_VM);
	put16(NEW + 76, 0x1000);
	assert_int_equal(switch_by(BY_JMP), EXIT_RESUME);
	assert_int_equal(vmread(VMCS_GUEST_CS_BASE), 0x10000);
	assert_int_equal(vmread(VMCS_GUEST_CS_ACCESS), 0xF3);
	assert_int_equal(vmread(VMCS_GUEST_CS_LIMIT), 0xFFFF);
	assert_int_equal(vmread(VMCS_GUEST_SS_BASE), DATA << 4);
}

static void instruction_pointer_beyond_the_code_is_a_protection_fault(void **unused)
{
	(void)unused;
	describe(CODE, 0, 0x1233, 0x409B);
	assert_int_equal(switch_by(BY_JMP), EXIT_INJECT);
	assert_faults(VECTOR_GP, 0);
}

/* SDM Vol. 3B, "Task-Switch Exception Condition". */
static void trap_flag_of_a_tss_traps_before_the_first_instruction(void **unused)
{
	(void)unused;
	put16(NEW + 100, 1);
	assert_int_equal(switch_by(BY_JMP), EXIT_INJECT);
	assert_int_equal(trapped, 1 << 15);
	assert_int_equal(vmread(VMCS_GUEST_RIP), 0x1234);
}

/* SDM Vol. 3B, "Debug Control Register (DR7)": L0 to L3 and LE. */
static void local_breakpoints_end_with_the_task(void **unused)
{
	(void)unused;
	vmwrite(VMCS_GUEST_DR7, 0x7FF);
	switch_by(BY_JMP);
	assert_int_equal(vmread(VMCS_GUEST_DR7), 0x6AA);
}

static void tables_outside_of_ram_stop_the_guest(void **unused)
{
	(void)unused;
	describe(NEW_TSS, 0xFEC00000, 0x67, FREE_TSS);
	assert_int_equal(switch_by(BY_JMP), EXIT_STOP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, two_tasks)
#define P(name) cmocka_unit_test_setup(name, paged)
		T(jmp_saves_the_old_task_and_loads_the_new),
		T(jmp_moves_the_busy_flag_and_leaves_no_link),
		T(call_links_back_and_both_are_busy),
		T(iret_ends_the_nested_task),
		T(gate_pushes_the_error_code_onto_the_new_stack),
		T(interrupt_through_a_gate_pushes_nothing),
		T(int_n_through_a_gate_returns_behind_it),
		T(tss_of_16_bits_has_no_upper_halves),
		T(old_tss_of_16_bits_is_saved_as_such),
		T(cr3_is_loaded_with_paging_only),
		P(cr3_of_the_new_task_is_used_for_its_segments),
		P(tss_that_is_not_present_faults_in_the_old_task),
		P(pae_loads_its_four_entries),
		T(busy_task_is_a_protection_fault),
		T(iret_to_a_task_that_is_not_busy_is_an_invalid_tss),
		T(task_that_is_not_present_says_so),
		T(short_tss_is_an_invalid_one),
		T(selector_behind_the_gdt_is_refused),
		T(fault_of_an_interrupt_has_ext_in_its_error_code),
		T(wrong_code_segment_faults_in_the_new_task),
		T(segments_of_the_new_task_are_checked),
		T(segments_that_are_not_present_say_so),
		T(null_data_segment_is_loaded_as_unusable),
		T(accessed_bit_of_a_segment_is_set),
		T(ldt_of_the_new_task_gives_its_segments),
		T(task_may_be_a_virtual_8086_one),
		T(instruction_pointer_beyond_the_code_is_a_protection_fault),
		T(trap_flag_of_a_tss_traps_before_the_first_instruction),
		T(local_breakpoints_end_with_the_task),
		T(tables_outside_of_ram_stop_the_guest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
