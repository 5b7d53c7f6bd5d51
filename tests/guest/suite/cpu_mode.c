/* SPDX-License-Identifier: Apache-2.0 */
/* cpu_mode.c: real mode, virtual-8086 mode, ring 3, paging of all kinds, 64-bit mode. */
#include "tests/guest/suite/mode.h"

#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/cr.h"
#include "tests/guest/suite/suite.h"
#include "tests/guest/suite/world.h"

/* cpu_mode.asm */
MODE_BLOB(real_segments);
MODE_BLOB(real_cpuid);
MODE_BLOB(real_int);
MODE_BLOB(real_divide);
MODE_BLOB(real_limit);
MODE_BLOB(real_outs);
MODE_BLOB(real_in);
MODE_BLOB(v86_adds);
MODE_BLOB(v86_cpuid);
MODE_BLOB(v86_in);
void user_adds(void);
void user_cpuid(void);
void user_in(void);
void user_rdmsr(void);
void user_vmcall(void);
void long_adds(void);
void long_cpuid(void);
void long_in_dword(void);
void long_in_byte(void);
void long_rdmsr(void);
void long_cr8(void);
void long_cr8_reserved(void);
void long_not_canonical(void);
void long_clear_pae(void);
void long_cr0_high(void);
void long_dr7_high(void);
void long_mmio_forms(void);
void long_base_not_canonical(void);
void long_swapgs(void);
void long_syscall(void);

enum {
	VECTOR_PF = 14,
	PORT_B_GATE = 1,
	LEAF80000001_EDX_LM = 1 << 29,
	PAGE_BYTES = 4096,
	PRESENT_WRITE_USER = 7,
	PRESENT = 1,
	PF_WRITE = 2,
	TPR_SHIFT = 4,
};
#define IOAPIC_WINDOW 0xFEC00010

static uint8_t page[PAGE_BYTES] __attribute__((aligned(PAGE_BYTES)));

/* SDM Vol. 3B, "Real-Address Mode". */
BEHAVIOUR(real_mode_runs_16_bit_code_at_its_segment)
{
	expect_equal("CS and a wrapped AX", mode_real(&real_segments, 0),
		     (uint32_t)MODE_BLOB_SEGMENT << 16);
}

BEHAVIOUR(real_mode_has_cpuid)
{
	expect_equal("EDX of leaf 1", mode_real(&real_cpuid, 1), cpuid(1).edx);
}

BEHAVIOUR(real_mode_interrupts_go_through_the_table_at_0)
{
	expect_equal("what the handler left", mode_real(&real_int, 0), 0x4200);
}

BEHAVIOUR(real_mode_faults_go_through_the_table_at_0)
{
	expect_equal("what the handler left", mode_real(&real_divide, 0), 0x44);
}

BEHAVIOUR(real_mode_segments_end_at_64_kib)
{
	expect_equal("what the handler left", mode_real(&real_limit, 0), 0x46);
}

BEHAVIOUR(real_mode_writes_strings_to_ports)
{
	expect_equal("SI moved, and CX", mode_real(&real_outs, 0), (uint32_t)3 << 16);
}

BEHAVIOUR(real_mode_reaches_ports)
{
	expect_equal("gate of timer 2", mode_real(&real_in, 0) & PORT_B_GATE,
		     in8(0x61) & PORT_B_GATE);
}

/* SDM Vol. 3B, "Virtual-8086 Mode". */
BEHAVIOUR(virtual_8086_mode_runs_16_bit_code_at_its_segment)
{
	expect_equal("CS and a wrapped AX", mode_virtual_8086(&v86_adds, 0),
		     (uint32_t)MODE_BLOB_SEGMENT << 16);
}

BEHAVIOUR(virtual_8086_mode_has_cpuid)
{
	expect_equal("EDX of leaf 1", mode_virtual_8086(&v86_cpuid, 1), cpuid(1).edx);
}

/* The check of the I/O permission map comes before any exit (SDM Vol. 3C, "Relative Priority of Faults and VM Exits"). */
BEHAVIOUR(virtual_8086_mode_may_not_reach_ports)
{
	mode_virtual_8086(&v86_in, 0);
	expect_fault("IN", fault.vector, VECTOR_GP);
}

BEHAVIOUR(ring_3_runs)
{
	expect_equal("CS and AX", mode_user(user_adds, 0),
		     (uint32_t)SELECTOR_USER_CODE << 16 | 0x1234);
}

BEHAVIOUR(ring_3_has_cpuid)
{
	expect_equal("EDX of leaf 1", mode_user(user_cpuid, 1), cpuid(1).edx);
}

BEHAVIOUR(ring_3_may_not_reach_ports)
{
	mode_user(user_in, 0);
	expect_fault("IN", fault.vector, VECTOR_GP);
}

BEHAVIOUR(ring_3_may_not_read_msrs)
{
	mode_user(user_rdmsr, 0);
	expect_fault("RDMSR", fault.vector, VECTOR_GP);
}

/* Without a hypervisor #UD; a hypervisor's calls are not for ring 3. */
BEHAVIOUR(ring_3_does_nothing_with_vmcall)
{
	mode_user(user_vmcall, 0);
	expect(fault.vector == VECTOR_UD || fault.vector == VECTOR_GP || fault.vector == NO_FAULT,
	       "another exception than #UD, #GP");
}

/* Through a page that is not there, and one that may not be written (SDM Vol. 3A, "Page-Fault Exceptions"). */
static void check_page_faults(void)
{
	volatile uint8_t *at = page + 5;

	*at = 7;
	paging_set((uint32_t)page, 0);
	expect_fault("read of no page",
		     TRY("movb (%0), %%al",
			 :
			 : "r"(at)
			 : "eax", "memory"),
		     VECTOR_PF);
	expect_equal("CR2", read_cr2(), (uint32_t)at);
	expect_equal("error code", fault.error_code, 0);
	paging_set((uint32_t)page, PRESENT);
	write_cr0(read_cr0() | CR0_WP);
	expect_fault("write to a read-only page",
		     TRY("movb $1, (%0)",
			 :
			 : "r"(at)
			 : "memory"),
		     VECTOR_PF);
	expect_equal("error code of the write", fault.error_code, PRESENT | PF_WRITE);
	paging_set((uint32_t)page, PRESENT_WRITE_USER);
	expect_equal("the page's byte", *at, 7);
}

static void check_device_behind_paging(void)
{
	apic_write(APIC_TPR, 0x20);
	expect_equal("TPR", apic_read(APIC_TPR), 0x20);
}

BEHAVIOUR(legacy_paging_maps_and_faults)
{
	paging_enter_legacy();
	check_page_faults();
	check_device_behind_paging();
}

BEHAVIOUR(pae_paging_maps_and_faults)
{
	paging_enter_pae();
	check_page_faults();
	check_device_behind_paging();
}

/* SDM Vol. 3A, "PDPTE Registers": MOV to CR3 faults with a reserved bit in a present entry. */
BEHAVIOUR(a_reserved_bit_in_a_pdpte_faults_at_mov_to_cr3)
{
	static uint64_t bad[4] __attribute__((aligned(32)));

	paging_enter_pae();
	bad[0] = PRESENT | 1 << 1;
	expect_fault("MOV to CR3", try_cr3((uint32_t)bad), VECTOR_GP);
}

BEHAVIOUR(paging_goes_off_and_on_again)
{
	paging_enter_pae();
	write_cr0(read_cr0() & ~CR0_PG);
	write_cr0(read_cr0() | CR0_PG);
	check_page_faults();
}

static bool has_long_mode(void)
{
	if ((cpuid(0x80000001).edx & LEAF80000001_EDX_LM) != 0) {
		return true;
	}
	skip("no 64-bit mode");
	return false;
}

BEHAVIOUR(long_mode_has_64_bit_registers)
{
	if (has_long_mode()) {
		expect_equal("sum", mode_long(long_adds, 0), 0x123456789ABCDEF1);
	}
}

BEHAVIOUR(cpuid_clears_the_upper_halves)
{
	if (has_long_mode()) {
		expect_equal("upper halves", mode_long(long_cpuid, 0), 0);
	}
}

BEHAVIOUR(in_of_a_dword_clears_the_upper_half_of_rax)
{
	if (has_long_mode()) {
		expect_equal("upper half", mode_long(long_in_dword, 0), 0);
	}
}

BEHAVIOUR(in_of_a_byte_keeps_the_rest_of_rax)
{
	if (has_long_mode()) {
		expect_equal("upper half", mode_long(long_in_byte, 0), 0xFFFFFFFF);
	}
}

BEHAVIOUR(rdmsr_clears_the_upper_halves)
{
	if (has_long_mode()) {
		expect_equal("upper halves", mode_long(long_rdmsr, 0), 0);
	}
}

BEHAVIOUR(cr8_is_the_upper_half_of_tpr)
{
	if (!has_long_mode()) {
		return;
	}
	expect_equal("CR8", mode_long(long_cr8, 5), 5);
	expect_equal("TPR", apic_read(APIC_TPR), 5 << TPR_SHIFT);
}

BEHAVIOUR(a_reserved_bit_of_cr8_faults)
{
	if (has_long_mode()) {
		expect_fault("MOV to CR8", (uint32_t)mode_long(long_cr8_reserved, 0), VECTOR_GP);
	}
}

BEHAVIOUR(an_address_that_is_not_canonical_faults)
{
	if (has_long_mode()) {
		expect_fault("read", (uint32_t)mode_long(long_not_canonical, 0), VECTOR_GP);
	}
}

BEHAVIOUR(pae_cannot_be_cleared_in_long_mode)
{
	if (has_long_mode()) {
		expect_fault("MOV to CR4", (uint32_t)mode_long(long_clear_pae, 0), VECTOR_GP);
	}
}

BEHAVIOUR(a_reserved_bit_in_the_upper_half_of_cr0_faults)
{
	if (has_long_mode()) {
		expect_fault("MOV to CR0", (uint32_t)mode_long(long_cr0_high, 0), VECTOR_GP);
	}
}

BEHAVIOUR(a_reserved_bit_in_the_upper_half_of_dr7_faults)
{
	if (has_long_mode()) {
		expect_fault("MOV to DR7", (uint32_t)mode_long(long_dr7_high, 0), VECTOR_GP);
	}
}

BEHAVIOUR(a_device_is_read_by_64_bit_forms)
{
	if (has_long_mode()) {
		expect_equal("differences", mode_long(long_mmio_forms, IOAPIC_WINDOW), 0);
	}
}

BEHAVIOUR(a_base_that_is_not_canonical_faults)
{
	if (has_long_mode()) {
		expect_fault("WRMSR of FS base", (uint32_t)mode_long(long_base_not_canonical, 0),
			     VECTOR_GP);
	}
}

BEHAVIOUR(swapgs_exchanges_the_bases)
{
	if (has_long_mode()) {
		expect_equal("GS base", mode_long(long_swapgs, 0), 0x1000);
	}
}

BEHAVIOUR(syscall_goes_to_lstar)
{
	if (has_long_mode()) {
		expect_equal("whether it did", mode_long(long_syscall, 0), 1);
	}
}
