/* SPDX-License-Identifier: Apache-2.0 */
/* test_exit_string_io.c: INS and OUTS as guests use them. */
#include "tests/host/fake_vmcs.h"

#include "kernel/exit_string_io.c"
#include "tests/host/exit_vcpu.h"

enum {
	BUFFER = 0x5000,
	PORT = 0x511,
	DIRECTORY = 0x1000, /* of 32-bit paging */
	TABLE = 0x2000,
	REP = 1 << 5,
	STRING = 1 << 4,
	IN = 1 << 3,
	P = 1 << 0,
	W = 1 << 1,
	U = 1 << 2,
	A = 1 << 5,
	D = 1 << 6,
};

static uint32_t written[4 * ELEMENTS_MAX];
static unsigned ports_used;
static unsigned ends_at;

/* Reads count up from 0x11223341. */
enum exit_verdict exit_io_port(struct vcpu *v, const struct vmexit_io *io, uint32_t *value)
{
	(void)v;
	assert_int_equal(io->port, PORT);
	assert_true(ports_used < ARRAY_COUNT(written));
	if (io->in) {
		*value = 0x11223341 + ports_used;
	} else {
		written[ports_used] = *value;
	}
	ports_used++;
	return ports_used == ends_at ? EXIT_STOP : EXIT_ADVANCE;
}

/* Flat 32-bit protected mode at CPL 0, without paging. */
static int flat(void **unused)
{
	(void)unused;
	vcpu_make_flat();
	memset(written, 0, sizeof(written));
	ports_used = 0;
	ends_at = 0;
	vcpu.guest.rdi = vcpu.guest.rsi = BUFFER;
	return 0;
}

/* 32-bit paging: linear addresses are physical, all pages are the user's and writable. */
static int paged(void **unused)
{
	flat(unused);
	for (uint32_t i = 0; i < FAKE_RAM_BYTES / PAGE_SIZE; i++) {
		put32(TABLE + 4 * i, i << PAGE_SHIFT | P | W | U);
	}
	put32(DIRECTORY, TABLE | P | W | U);
	vmwrite(VMCS_GUEST_CR0, CR0_PE | CR0_PG | CR0_WP);
	vmwrite(VMCS_GUEST_CR3, DIRECTORY);
	return 0;
}

static int in_64_bit_code(void **unused)
{
	flat(unused);
	/* Bit 7 of the top entry may not be set; the rest maps 1 GiB as it is. */
	put32(0x1000, 0x2000 | P | W);
	put32(0x2000, 1 << 7 | P | W);
	vmwrite(VMCS_GUEST_CR0, CR0_PE | CR0_PG);
	vmwrite(VMCS_GUEST_CR4, CR4_PAE);
	vmwrite(VMCS_GUEST_EFER, EFER_LME | EFER_LMA);
	vmwrite(VMCS_GUEST_CR3, 0x1000);
	fake_segment(SEG_CS, 0, UINT32_MAX, ACCESS_CODE64);
	return 0;
}

/* @information: 0 for 16-bit addresses, 1 << 7 for 32, 2 << 7 for 64; segment << 15. */
static enum exit_verdict run(unsigned kind, unsigned bytes, uint32_t information)
{
	vmwrite(VMCS_EXIT_QUALIFICATION,
		(uint64_t)PORT << 16 | STRING | kind | (uint64_t)(bytes - 1));
	vmwrite(VMCS_INSTRUCTION_INFORMATION, information);
	return exit_string_io(&vcpu);
}

#define ADDRESS_32 (1u << 7)
#define ADDRESS_64 (2u << 7)
#define FROM(s)    ((uint32_t)(s) << 15)

/* SDM Vol. 2A, "INS/INSB/INSW/INSD": ES:EDI gets it, EDI moves by the operand's size. */
static void ins_stores_what_the_port_gives_and_moves_edi(void **unused)
{
	(void)unused;
	assert_int_equal(run(IN, 4, ADDRESS_32), EXIT_ADVANCE);
	assert_int_equal(get32(BUFFER), 0x11223341);
	assert_int_equal(vcpu.guest.rdi, BUFFER + 4);
	assert_int_equal(vcpu.guest.rsi, BUFFER);
	assert_int_equal(vcpu.guest.rcx, 0);
}

static void ins_of_a_byte_writes_a_byte(void **unused)
{
	(void)unused;
	memset(ram + BUFFER, 0xEE, 4);
	assert_int_equal(run(IN, 1, ADDRESS_32), EXIT_ADVANCE);
	assert_int_equal(get32(BUFFER), 0xEEEEEE41);
	assert_int_equal(vcpu.guest.rdi, BUFFER + 1);
}

/* SDM Vol. 2B, "OUTS/OUTSB/OUTSW/OUTSD". */
static void outs_takes_it_from_memory_and_moves_esi(void **unused)
{
	(void)unused;
	put32(BUFFER, 0xA1B2C3D4);
	assert_int_equal(run(0, 2, ADDRESS_32 | FROM(SEG_DS)), EXIT_ADVANCE);
	assert_int_equal(written[0], 0xC3D4);
	assert_int_equal(vcpu.guest.rsi, BUFFER + 2);
	assert_int_equal(vcpu.guest.rdi, BUFFER);
}

static void outs_obeys_a_segment_override(void **unused)
{
	(void)unused;
	fake_segment(SEG_FS, 0x100, 0xFFFF, ACCESS_DATA32);
	put32(BUFFER + 0x100, 0x77);
	assert_int_equal(run(0, 1, ADDRESS_32 | FROM(SEG_FS)), EXIT_ADVANCE);
	assert_int_equal(written[0], 0x77);
}

static void ins_goes_to_es_whatever_the_information_names(void **unused)
{
	(void)unused;
	fake_segment(SEG_ES, 0x200, 0xFFFF, ACCESS_DATA32);
	assert_int_equal(run(IN, 1, ADDRESS_32 | FROM(SEG_DS)), EXIT_ADVANCE);
	assert_int_equal(ram[BUFFER + 0x200], 0x41);
}

/* SDM Vol. 2B, "REP/REPE/REPZ/REPNE/REPNZ". */
static void rep_counts_ecx_down(void **unused)
{
	(void)unused;
	vcpu.guest.rcx = 5;
	assert_int_equal(run(IN | REP, 2, ADDRESS_32), EXIT_ADVANCE);
	assert_int_equal(vcpu.guest.rcx, 0);
	assert_int_equal(vcpu.guest.rdi, BUFFER + 10);
	assert_int_equal(ports_used, 5);
	assert_int_equal(get32(BUFFER + 8), 0x3345);
}

static void rep_of_nothing_does_nothing(void **unused)
{
	(void)unused;
	vcpu.guest.rcx = (uint64_t)1 << 32; /* beyond the address size */
	assert_int_equal(run(IN | REP, 1, ADDRESS_32), EXIT_ADVANCE);
	assert_int_equal(ports_used, 0);
	assert_int_equal(vcpu.guest.rdi, BUFFER);
}

static void direction_flag_moves_backwards(void **unused)
{
	(void)unused;
	vmwrite(VMCS_GUEST_RFLAGS, RFLAGS_FIXED | RFLAGS_DF);
	vcpu.guest.rcx = 3;
	assert_int_equal(run(IN | REP, 4, ADDRESS_32), EXIT_ADVANCE);
	assert_int_equal(vcpu.guest.rdi, BUFFER - 12);
	assert_int_equal(get32(BUFFER - 8), 0x11223343);
}

/* Many iterations must not hold up a call, or the guest's interrupts. */
static void long_rep_is_done_in_pieces_at_the_same_rip(void **unused)
{
	(void)unused;
	vcpu.guest.rcx = ELEMENTS_MAX + 2;
	assert_int_equal(run(IN | REP, 1, ADDRESS_32), EXIT_RESUME);
	assert_int_equal(repeats, 1);
	assert_int_equal(vcpu.guest.rcx, 2);
	assert_int_equal(vcpu.guest.rdi, BUFFER + ELEMENTS_MAX);
	assert_int_equal(run(IN | REP, 1, ADDRESS_32), EXIT_ADVANCE);
	assert_int_equal(repeats, 1);
	assert_int_equal(ports_used, ELEMENTS_MAX + 2);
	assert_int_equal(ram[BUFFER + ELEMENTS_MAX + 1], (uint8_t)(0x41 + ELEMENTS_MAX + 1));
}

/* SDM Vol. 3B, "Single-Step Exception Condition": after each iteration. */
static void single_step_takes_one_iteration(void **unused)
{
	(void)unused;
	vmwrite(VMCS_GUEST_RFLAGS, RFLAGS_FIXED | RFLAGS_TF);
	vcpu.guest.rcx = 2;
	assert_int_equal(run(IN | REP, 1, ADDRESS_32), EXIT_RESUME);
	assert_int_equal(vcpu.guest.rcx, 1);
	assert_int_equal(run(IN | REP, 1, ADDRESS_32), EXIT_ADVANCE);
}

/* SDM Vol. 1, "Address-Size Attribute": 16 bits of the registers count, and the others stay. */
static void address_size_16_keeps_the_rest_of_the_registers(void **unused)
{
	(void)unused;
	vcpu.guest.rdi = 0xAAAABBBBCCCC0000 | BUFFER;
	vcpu.guest.rcx = 0x11112222333300FF & ~(uint64_t)0xFD;
	assert_int_equal(run(IN | REP, 1, 0), EXIT_ADVANCE);
	assert_int_equal(vcpu.guest.rdi, 0xAAAABBBBCCCC0000 | (BUFFER + 2));
	assert_int_equal(vcpu.guest.rcx, 0x1111222233330000);
	assert_int_equal(ram[BUFFER + 1], 0x42);
}

static void address_size_16_wraps_at_64_kib(void **unused)
{
	(void)unused;
	vcpu.guest.rdi = 0xFFFF;
	vcpu.guest.rcx = 2;
	assert_int_equal(run(IN | REP, 1, 0), EXIT_ADVANCE);
	assert_int_equal(vcpu.guest.rdi, 1);
	assert_int_equal(ram[0xFFFF], 0x41);
	assert_int_equal(ram[0], 0x42);
}

static void address_size_32_clears_the_upper_halves_in_64_bit_code(void **unused)
{
	(void)unused;
	vcpu.guest.rdi = 0xAAAABBBB00000000 | BUFFER;
	vcpu.guest.rcx = 0x1111222200000001;
	assert_int_equal(run(IN | REP, 1, ADDRESS_32), EXIT_ADVANCE);
	assert_int_equal(vcpu.guest.rdi, BUFFER + 1);
	assert_int_equal(vcpu.guest.rcx, 0);
}

/* SDM Vol. 1, "Segmentation in 64-Bit Mode": ES and DS have no base and no limit there. */
static void code_of_64_bits_uses_whole_registers_and_no_es_base(void **unused)
{
	(void)unused;
	fake_segment(SEG_ES, 0x10000, 0, ACCESS_UNUSABLE);
	vcpu.guest.rcx = 2;
	assert_int_equal(run(IN | REP, 1, ADDRESS_64), EXIT_ADVANCE);
	assert_int_equal(ram[BUFFER + 1], 0x42);
	assert_int_equal(vcpu.guest.rcx, 0);
}

static void address_that_is_not_canonical_is_a_protection_fault(void **unused)
{
	(void)unused;
	vcpu.guest.rdi = (uint64_t)1 << 47;
	assert_int_equal(run(IN, 1, ADDRESS_64), EXIT_INJECT);
	assert_int_equal(fault.vector, VECTOR_GP);
	assert_int_equal(ports_used, 0);
}

/* SDM Vol. 3C, "Relative Priority of Faults and VM Exits": these are left to whom the exit goes. */
static void offset_beyond_the_limit_is_a_protection_fault(void **unused)
{
	(void)unused;
	fake_segment(SEG_ES, 0, BUFFER + 2, ACCESS_DATA32);
	assert_int_equal(run(IN, 4, ADDRESS_32), EXIT_INJECT);
	assert_int_equal(fault.vector, VECTOR_GP);
	assert_int_equal(fault.error_code, 0);
	assert_int_equal(ports_used, 0);
	assert_int_equal(vcpu.guest.rdi, BUFFER);
}

static void unusable_segment_is_a_protection_fault(void **unused)
{
	(void)unused;
	fake_segment(SEG_DS, 0, UINT32_MAX, ACCESS_DATA32 | ACCESS_UNUSABLE);
	assert_int_equal(run(0, 1, ADDRESS_32 | FROM(SEG_DS)), EXIT_INJECT);
	assert_int_equal(fault.vector, VECTOR_GP);
}

static void limit_of_ss_is_a_stack_fault(void **unused)
{
	(void)unused;
	fake_segment(SEG_SS, 0, 0xFFF, ACCESS_DATA32);
	assert_int_equal(run(0, 1, ADDRESS_32 | FROM(SEG_SS)), EXIT_INJECT);
	assert_int_equal(fault.vector, VECTOR_SS);
}

/* SDM Vol. 3A, "Type Checking". */
static void ins_to_a_segment_that_is_not_writable_is_a_protection_fault(void **unused)
{
	(void)unused;
	fake_segment(SEG_ES, 0, UINT32_MAX, 0xC091);
	assert_int_equal(run(IN, 1, ADDRESS_32), EXIT_INJECT);
	assert_int_equal(fault.vector, VECTOR_GP);
}

/* The same, "Limit Checking": valid offsets of an expand-down segment are above its limit. */
static void expand_down_segment_begins_above_its_limit(void **unused)
{
	(void)unused;
	fake_segment(SEG_ES, 0, BUFFER - 1, 0xC097);
	assert_int_equal(run(IN, 1, ADDRESS_32), EXIT_ADVANCE);
	fake_segment(SEG_ES, 0, BUFFER + 1, 0xC097);
	assert_int_equal(run(IN, 1, ADDRESS_32), EXIT_INJECT);
}

/* SDM Vol. 3A, "Page-Fault Exceptions". */
static void page_that_is_not_present_is_a_page_fault_behind_what_was_done(void **unused)
{
	(void)unused;
	put32(TABLE + 4 * 6, 0);
	vcpu.guest.rdi = 0x5FFE;
	vcpu.guest.rcx = 4;
	assert_int_equal(run(IN | REP, 1, ADDRESS_32), EXIT_INJECT);
	assert_int_equal(fault.vector, VECTOR_PF);
	assert_int_equal(fault.error_code, PAGE_FAULT_W);
	assert_int_equal(fault.address, 0x6000);
	assert_int_equal(vcpu.guest.rcx, 2);
	assert_int_equal(vcpu.guest.rdi, 0x6000);
	assert_int_equal(ports_used, 2);
}

static void element_across_two_pages_reaches_both(void **unused)
{
	(void)unused;
	put32(TABLE + 4 * 5, 0x8000 | P | W);
	put32(TABLE + 4 * 6, 0x7000 | P | W);
	vcpu.guest.rdi = 0x5FFA;
	vcpu.guest.rcx = 2;
	assert_int_equal(run(IN | REP, 4, ADDRESS_32), EXIT_ADVANCE);
	assert_int_equal(get32(0x8FFA), 0x11223341);
	assert_int_equal(get32(0x8FFC) >> 16, 0x3342);
	assert_int_equal(get32(0x7000), 0x1122);
}

static void second_page_of_an_element_can_fault_and_then_no_port_is_read(void **unused)
{
	(void)unused;
	put32(TABLE + 4 * 6, 0);
	vcpu.guest.rdi = 0x5FFE;
	assert_int_equal(run(IN, 4, ADDRESS_32), EXIT_INJECT);
	assert_int_equal(fault.address, 0x6000);
	assert_int_equal(ports_used, 0);
	assert_int_equal(get32(0x5FFC), 0);
}

static void write_to_a_read_only_page_is_a_page_fault(void **unused)
{
	(void)unused;
	put32(TABLE + 4 * 5, 0x5000 | P);
	assert_int_equal(run(IN, 1, ADDRESS_32), EXIT_INJECT);
	assert_int_equal(fault.error_code, PAGE_FAULT_P | PAGE_FAULT_W);
}

/* SDM Vol. 3A, "Determination of Access Rights": CR0.WP = 0. */
static void supervisor_without_write_protect_writes_everywhere(void **unused)
{
	(void)unused;
	vmwrite(VMCS_GUEST_CR0, CR0_PE | CR0_PG);
	put32(TABLE + 4 * 5, 0x5000 | P);
	assert_int_equal(run(IN, 1, ADDRESS_32), EXIT_ADVANCE);
}

static void user_does_not_reach_a_page_of_the_supervisor(void **unused)
{
	(void)unused;
	fake_segment(SEG_SS, 0, UINT32_MAX, ACCESS_DATA32 | 3u << ACCESS_DPL_SHIFT);
	put32(TABLE + 4 * 5, 0x5000 | P | W);
	assert_int_equal(run(0, 1, ADDRESS_32 | FROM(SEG_DS)), EXIT_INJECT);
	assert_int_equal(fault.error_code, PAGE_FAULT_P | PAGE_FAULT_U);
}

/* The same: CR4.SMAP, which RFLAGS.AC lifts. */
static void supervisor_reaches_a_page_of_the_user_only_with_ac_under_smap(void **unused)
{
	(void)unused;
	vmwrite(VMCS_GUEST_CR4, CR4_SMAP);
	assert_int_equal(run(0, 1, ADDRESS_32 | FROM(SEG_DS)), EXIT_INJECT);
	assert_int_equal(fault.error_code, PAGE_FAULT_P);
	vmwrite(VMCS_GUEST_RFLAGS, RFLAGS_FIXED | RFLAGS_AC);
	assert_int_equal(run(0, 1, ADDRESS_32 | FROM(SEG_DS)), EXIT_ADVANCE);
}

/* SDM Vol. 3A, "Accessed and Dirty Flags". */
static void accessed_and_dirty_flags_are_set(void **unused)
{
	(void)unused;
	assert_int_equal(run(0, 1, ADDRESS_32 | FROM(SEG_DS)), EXIT_ADVANCE);
	assert_int_equal(get32(DIRECTORY) & (A | D), A);
	assert_int_equal(get32(TABLE + 4 * 5) & (A | D), A);
	assert_int_equal(run(IN, 1, ADDRESS_32), EXIT_ADVANCE);
	assert_int_equal(get32(DIRECTORY) & (A | D), A);
	assert_int_equal(get32(TABLE + 4 * 5) & (A | D), A | D);
	assert_int_equal(get32(TABLE + 4 * 4) & (A | D), 0);
}

/* SDM Vol. 3A, "Interrupt 17-Alignment Check Exception". */
static void user_with_alignment_check_faults_on_an_odd_word(void **unused)
{
	(void)unused;
	fake_segment(SEG_SS, 0, UINT32_MAX, ACCESS_DATA32 | 3u << ACCESS_DPL_SHIFT);
	vmwrite(VMCS_GUEST_CR0, CR0_PE | CR0_AM);
	vmwrite(VMCS_GUEST_RFLAGS, RFLAGS_FIXED | RFLAGS_AC);
	vcpu.guest.rdi = BUFFER + 1;
	assert_int_equal(run(IN, 1, ADDRESS_32), EXIT_ADVANCE);
	vcpu.guest.rdi = BUFFER + 1;
	assert_int_equal(run(IN, 2, ADDRESS_32), EXIT_INJECT);
	assert_int_equal(fault.vector, VECTOR_AC);
}

static void buffer_that_is_no_ram_stops_the_guest(void **unused)
{
	(void)unused;
	vcpu.guest.rdi = 0xFEC00000;
	assert_int_equal(run(IN, 1, ADDRESS_32), EXIT_STOP);
	assert_int_equal(ports_used, 0);
}

static void outs_to_the_reset_port_ends_at_once(void **unused)
{
	(void)unused;
	ends_at = 2;
	vcpu.guest.rcx = 4;
	assert_int_equal(run(REP, 1, ADDRESS_32 | FROM(SEG_DS)), EXIT_STOP);
	assert_int_equal(ports_used, 2);
}

/* SDM Vol. 3B, "Data Breakpoint Exception Conditions": a trap behind each iteration, not at the end. */
static void each_element_is_shown_to_the_breakpoints(void **unused)
{
	(void)unused;
	vmwrite(VMCS_GUEST_DR7, 1);
	vcpu.guest.rcx = 2;
	assert_int_equal(run(IN | REP, 2, ADDRESS_32), EXIT_RESUME);
	assert_int_equal(watched, 2);
	assert_int_equal(run(IN | REP, 2, ADDRESS_32), EXIT_ADVANCE);
	assert_int_equal(watched, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name, setup) cmocka_unit_test_setup(name, setup)
		T(ins_stores_what_the_port_gives_and_moves_edi, flat),
		T(ins_of_a_byte_writes_a_byte, flat),
		T(outs_takes_it_from_memory_and_moves_esi, flat),
		T(outs_obeys_a_segment_override, flat),
		T(ins_goes_to_es_whatever_the_information_names, flat),
		T(rep_counts_ecx_down, flat),
		T(rep_of_nothing_does_nothing, flat),
		T(direction_flag_moves_backwards, flat),
		T(long_rep_is_done_in_pieces_at_the_same_rip, flat),
		T(single_step_takes_one_iteration, flat),
		T(address_size_16_keeps_the_rest_of_the_registers, flat),
		T(address_size_16_wraps_at_64_kib, flat),
		T(address_size_32_clears_the_upper_halves_in_64_bit_code, in_64_bit_code),
		T(code_of_64_bits_uses_whole_registers_and_no_es_base, in_64_bit_code),
		T(address_that_is_not_canonical_is_a_protection_fault, in_64_bit_code),
		T(offset_beyond_the_limit_is_a_protection_fault, flat),
		T(unusable_segment_is_a_protection_fault, flat),
		T(limit_of_ss_is_a_stack_fault, flat),
		T(ins_to_a_segment_that_is_not_writable_is_a_protection_fault, flat),
		T(expand_down_segment_begins_above_its_limit, flat),
		T(page_that_is_not_present_is_a_page_fault_behind_what_was_done, paged),
		T(element_across_two_pages_reaches_both, paged),
		T(second_page_of_an_element_can_fault_and_then_no_port_is_read, paged),
		T(write_to_a_read_only_page_is_a_page_fault, paged),
		T(supervisor_without_write_protect_writes_everywhere, paged),
		T(user_does_not_reach_a_page_of_the_supervisor, paged),
		T(supervisor_reaches_a_page_of_the_user_only_with_ac_under_smap, paged),
		T(accessed_and_dirty_flags_are_set, paged),
		T(user_with_alignment_check_faults_on_an_odd_word, flat),
		T(buffer_that_is_no_ram_stops_the_guest, flat),
		T(each_element_is_shown_to_the_breakpoints, flat),
		T(outs_to_the_reset_port_ends_at_once, flat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
