/* SPDX-License-Identifier: Apache-2.0 */
/* test_exit_mmio.c: instructions beside MOV on a device's memory: what reaches the device, registers and flags. */
#include "tests/host/fake_vmcs.h"

#include "kernel/exit_mmio.c"
#include "kernel/guest_regs.c"
#include "tests/host/exit_vcpu.h"

#define DEVICE 0xFEC00000u

enum { DEVICE_BYTES = 0x2000, BUFFER = 0x5000, STACK = 0x8000, CF = 1, ZF = 1 << 6 };

static uint8_t device[DEVICE_BYTES];
static unsigned reads, writes;
static struct decode_access access;

void exit_mmio_access(struct vcpu *v, bool is_store, struct vplatform_mmio *mmio)
{
	uint64_t at = mmio->gpa - DEVICE;

	(void)v;
	assert_true(at + mmio->bytes <= DEVICE_BYTES);
	if (is_store) {
		writes++;
		memcpy(device + at, &mmio->value, mmio->bytes);
	} else {
		reads++;
		mmio->value = 0;
		memcpy(&mmio->value, device + at, mmio->bytes);
	}
}

/* 64-bit registers in flat 32-bit protected mode without paging, but for what a test changes. */
static int flat(void **unused)
{
	(void)unused;
	vcpu_make_flat();
	memset(device, 0, sizeof(device));
	reads = writes = 0;
	vmwrite(VMCS_GUEST_RSP, STACK);
	return 0;
}

static void set_device(uint64_t at, uint64_t value)
{
	memcpy(device + at, &value, sizeof(value));
}

static uint64_t get_device(uint64_t at)
{
	uint64_t value;

	memcpy(&value, device + at, sizeof(value));
	return value;
}

static unsigned digit(char c)
{
	return (unsigned)(strchr("0123456789abcdef", c) - "0123456789abcdef");
}

static enum exit_verdict run_in(enum decode_mode mode, const char *hex)
{
	uint8_t bytes[DECODE_BYTES_MAX] = { 0 };
	struct decode_input input = { bytes, sizeof(bytes), mode };

	for (unsigned i = 0; hex[2 * i] != '\0'; i++) {
		bytes[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
	}
	assert_int_equal(decode_access(&input, &access), OK);
	return exit_mmio_operate(&vcpu, &access, gpa(DEVICE));
}

static enum exit_verdict run(const char *hex)
{
	return run_in(DECODE_32, hex);
}

static uint64_t flags(void)
{
	return vmread(VMCS_GUEST_RFLAGS);
}

/* SDM Vol. 2A, "AND-Logical AND". */
static void and_with_a_register_reads_and_writes_once(void **unused)
{
	(void)unused;
	set_device(0, 0xFFFFFFFF12345678);
	vcpu.guest.rax = 0x0F0F0F0F;
	assert_int_equal(run("2107"), EXIT_SKIP); /* and [edi], eax */
	assert_int_equal(get_device(0), 0xFFFFFFFF02040608);
	assert_int_equal(reads, 1);
	assert_int_equal(writes, 1);
	assert_int_equal(vcpu.guest.rax, 0x0F0F0F0F);
}

static void or_with_an_immediate_uses_it_sign_extended(void **unused)
{
	(void)unused;
	set_device(0, 1);
	assert_int_equal(run("8308f0"), EXIT_SKIP); /* or dword [eax], -16 */
	assert_int_equal(get_device(0), 0xFFFFFFF1);
}

static void add_to_a_register_leaves_the_device_alone(void **unused)
{
	(void)unused;
	set_device(0, 2);
	vcpu.guest.rbx = 0xAAAAAAAAFFFFFFFF;
	assert_int_equal(run("031f"), EXIT_SKIP); /* add ebx, [edi] */
	assert_int_equal(vcpu.guest.rbx, 1);
	assert_int_equal(writes, 0);
	assert_int_equal(flags() & CF, CF);
}

static void cmp_with_memory_first_subtracts_from_memory(void **unused)
{
	(void)unused;
	set_device(0, 1);
	vcpu.guest.rax = 2;
	assert_int_equal(run("3907"), EXIT_SKIP); /* cmp [edi], eax: 1 - 2 */
	assert_int_equal(flags() & CF, CF);
	assert_int_equal(run("3b07"), EXIT_SKIP); /* cmp eax, [edi]: 2 - 1 */
	assert_int_equal(flags() & CF, 0);
	assert_int_equal(writes, 0);
	assert_int_equal(vcpu.guest.rax, 2);
}

static void other_flags_stay(void **unused)
{
	(void)unused;
	vmwrite(VMCS_GUEST_RFLAGS, RFLAGS_FIXED | RFLAGS_IF | RFLAGS_DF | RFLAGS_TF);
	assert_int_equal(run("850f"), EXIT_SKIP); /* test [edi], ecx */
	assert_int_equal(flags() & ~ALU_FLAGS, RFLAGS_FIXED | RFLAGS_IF | RFLAGS_DF | RFLAGS_TF);
	assert_int_equal(flags() & ZF, ZF);
}

/* SDM Vol. 2D, "XCHG": both get the other's; a 32-bit register loses its upper half. */
static void xchg_swaps(void **unused)
{
	(void)unused;
	set_device(0, 0x11223344);
	vcpu.guest.rcx = 0xFFFFFFFF55667788;
	assert_int_equal(run("870f"), EXIT_SKIP);
	assert_int_equal(get_device(0), 0x55667788);
	assert_int_equal(vcpu.guest.rcx, 0x11223344);
}

static void xchg_of_a_high_byte_changes_that_byte_alone(void **unused)
{
	(void)unused;
	set_device(0, 0x44);
	vcpu.guest.rcx = 0xAABBCCDD;
	assert_int_equal(run("862f"), EXIT_SKIP); /* xchg [edi], ch */
	assert_int_equal(get_device(0), 0xCC);
	assert_int_equal(vcpu.guest.rcx, 0xAABB44DD);
}

/* SDM Vol. 2A, "CMPXCHG". */
static void cmpxchg_that_finds_another_value_loads_the_accumulator(void **unused)
{
	(void)unused;
	set_device(0, 5);
	vcpu.guest.rax = 0xFFFFFFFF00000004;
	vcpu.guest.rcx = 9;
	assert_int_equal(run("f00fb10f"), EXIT_SKIP);
	assert_int_equal(get_device(0), 5);
	assert_int_equal(vcpu.guest.rax, 5);
	assert_int_equal(flags() & ZF, 0);
	assert_int_equal(run("f00fb10f"), EXIT_SKIP);
	assert_int_equal(get_device(0), 9);
	assert_int_equal(vcpu.guest.rax, 5);
	assert_int_equal(flags() & ZF, ZF);
	assert_int_equal(writes, 2);
}

static void xadd_gives_the_old_value(void **unused)
{
	(void)unused;
	set_device(0, 5);
	vcpu.guest.rcx = 3;
	assert_int_equal(run("0fc10f"), EXIT_SKIP);
	assert_int_equal(get_device(0), 8);
	assert_int_equal(vcpu.guest.rcx, 5);
}

/* SDM Vol. 2A, "BTS": the processor has found the word; the bit counts within it. */
static void bts_sets_the_bit_modulo_the_width(void **unused)
{
	(void)unused;
	vcpu.guest.rcx = 35;
	assert_int_equal(run("0fab0f"), EXIT_SKIP); /* bts [edi], ecx */
	assert_int_equal(get_device(0), 1 << 3);
	assert_int_equal(flags() & CF, 0);
	assert_int_equal(run("0fba2f23"), EXIT_SKIP); /* bts dword [edi], 35 */
	assert_int_equal(flags() & CF, CF);
}

static void movbe_turns_the_bytes(void **unused)
{
	(void)unused;
	set_device(0, 0x11223344);
	assert_int_equal(run("0f38f00f"), EXIT_SKIP); /* movbe ecx, [edi] */
	assert_int_equal(vcpu.guest.rcx, 0x44332211);
	assert_int_equal(run("660f38f10f"), EXIT_SKIP); /* movbe [edi], cx */
	assert_int_equal(get_device(0), 0x11221122);
}

/* SDM Vol. 2B, "PUSH". */
static void push_reads_the_device_and_moves_the_stack(void **unused)
{
	(void)unused;
	set_device(0, 0xCAFEBABE);
	assert_int_equal(run("ff37"), EXIT_SKIP);
	assert_int_equal(get32(STACK - 4), 0xCAFEBABE);
	assert_int_equal(vmread(VMCS_GUEST_RSP), STACK - 4);
}

static void pop_writes_the_device(void **unused)
{
	(void)unused;
	put32(STACK, 0xCAFEBABE);
	assert_int_equal(run("8f07"), EXIT_SKIP);
	assert_int_equal(get_device(0), 0xCAFEBABE);
	assert_int_equal(vmread(VMCS_GUEST_RSP), STACK + 4);
}

/* SDM Vol. 1, "Address-Size Attributes for Stack Accesses": SS.B = 0. */
static void stack_of_16_bits_wraps_and_keeps_the_rest_of_esp(void **unused)
{
	(void)unused;
	fake_segment(SEG_SS, 0, 0xFFFF, 0x93);
	vmwrite(VMCS_GUEST_RSP, 0x12340002);
	assert_int_equal(run("66ff37"), EXIT_SKIP);
	assert_int_equal(vmread(VMCS_GUEST_RSP), 0x12340000);
	assert_int_equal(run("66ff37"), EXIT_SKIP);
	assert_int_equal(vmread(VMCS_GUEST_RSP), 0x1234FFFE);
}

static void push_beyond_the_stack_faults_before_the_device_is_read(void **unused)
{
	(void)unused;
	fake_segment(SEG_SS, 0, 0xFFF, ACCESS_DATA32);
	assert_int_equal(run("ff37"), EXIT_INJECT);
	assert_int_equal(fault.vector, VECTOR_SS);
	assert_int_equal(reads, 0);
	assert_int_equal(vmread(VMCS_GUEST_RSP), STACK);
}

/* SDM Vol. 2B, "MOVS/MOVSB/MOVSW/MOVSD/MOVSQ". */
static void rep_movs_copies_from_ram_to_a_device(void **unused)
{
	(void)unused;
	put32(BUFFER, 0x11111111);
	put32(BUFFER + 4, 0x22222222);
	vcpu.guest.rsi = BUFFER;
	vcpu.guest.rdi = DEVICE;
	vcpu.guest.rcx = 2;
	assert_int_equal(run("f3a5"), EXIT_SKIP);
	assert_int_equal(get_device(0), 0x2222222211111111);
	assert_int_equal(vcpu.guest.rcx, 0);
	assert_int_equal(vcpu.guest.rsi, BUFFER + 8);
	assert_int_equal(vcpu.guest.rdi, DEVICE + 8);
}

static void movs_copies_from_a_device_to_ram(void **unused)
{
	(void)unused;
	set_device(0, 0xABCD);
	vcpu.guest.rsi = DEVICE;
	vcpu.guest.rdi = BUFFER;
	vcpu.guest.rcx = 7;
	assert_int_equal(run("66a5"), EXIT_SKIP);
	assert_int_equal(get32(BUFFER), 0xABCD);
	assert_int_equal(vcpu.guest.rcx, 7);
}

static void movs_copies_within_a_device(void **unused)
{
	(void)unused;
	set_device(0, 0xABCD);
	vcpu.guest.rsi = DEVICE;
	vcpu.guest.rdi = DEVICE + 8;
	assert_int_equal(run("a5"), EXIT_SKIP);
	assert_int_equal(get_device(8), 0xABCD);
}

static void rep_stos_is_done_in_pieces(void **unused)
{
	(void)unused;
	vcpu.guest.rdi = DEVICE;
	vcpu.guest.rcx = ELEMENTS_MAX + 1;
	vcpu.guest.rax = 0x77;
	assert_int_equal(run("f3aa"), EXIT_RESUME);
	assert_int_equal(repeats, 1);
	assert_int_equal(vcpu.guest.rcx, 1);
	assert_int_equal(run("f3aa"), EXIT_SKIP);
	assert_int_equal(writes, ELEMENTS_MAX + 1);
	assert_int_equal(device[ELEMENTS_MAX], 0x77);
}

static void lods_loads_the_accumulator(void **unused)
{
	(void)unused;
	set_device(0, 0x99);
	vcpu.guest.rsi = DEVICE;
	vcpu.guest.rax = 0x1234;
	assert_int_equal(run("ac"), EXIT_SKIP);
	assert_int_equal(vcpu.guest.rax, 0x1299);
	assert_int_equal(vcpu.guest.rsi, DEVICE + 1);
}

static void source_of_a_string_obeys_an_override(void **unused)
{
	(void)unused;
	fake_segment(SEG_GS, DEVICE, 0xFFF, ACCESS_DATA32);
	set_device(4, 0x42);
	vcpu.guest.rsi = 4;
	assert_int_equal(run("65ac"), EXIT_SKIP);
	assert_int_equal(vcpu.guest.rax, 0x42);
}

/* SDM Vol. 2B, "REP/REPE/REPZ/REPNE/REPNZ": RCX is counted down for the element that ends it too. */
static void repne_scas_ends_at_the_value(void **unused)
{
	(void)unused;
	device[3] = 0x55;
	vcpu.guest.rdi = DEVICE;
	vcpu.guest.rcx = 10;
	vcpu.guest.rax = 0x55;
	assert_int_equal(run("f2ae"), EXIT_SKIP);
	assert_int_equal(vcpu.guest.rcx, 6);
	assert_int_equal(vcpu.guest.rdi, DEVICE + 4);
	assert_int_equal(flags() & ZF, ZF);
}

static void repe_cmps_ends_at_a_difference(void **unused)
{
	(void)unused;
	device[2] = 1;
	vcpu.guest.rsi = DEVICE;
	vcpu.guest.rdi = BUFFER;
	vcpu.guest.rcx = 10;
	ram[BUFFER + 2] = 2;
	assert_int_equal(run("f3a6"), EXIT_SKIP);
	assert_int_equal(vcpu.guest.rcx, 7);
	assert_int_equal(flags() & (ZF | CF), CF); /* [rSI] - [rDI] = 1 - 2 */
}

static void single_step_takes_one_element(void **unused)
{
	(void)unused;
	vmwrite(VMCS_GUEST_RFLAGS, RFLAGS_FIXED | RFLAGS_TF);
	vcpu.guest.rdi = DEVICE;
	vcpu.guest.rcx = 3;
	assert_int_equal(run("f3aa"), EXIT_RESUME);
	assert_int_equal(vcpu.guest.rcx, 2);
}

static void target_of_movs_can_fault_and_then_the_device_is_not_read(void **unused)
{
	(void)unused;
	fake_segment(SEG_ES, 0, 0xFFF, ACCESS_DATA32);
	vcpu.guest.rsi = DEVICE;
	vcpu.guest.rdi = BUFFER;
	assert_int_equal(run("a5"), EXIT_INJECT);
	assert_int_equal(fault.vector, VECTOR_GP);
	assert_int_equal(reads, 0);
	assert_int_equal(vcpu.guest.rsi, DEVICE);
}

static void element_across_two_pages_of_a_device_stops_the_guest(void **unused)
{
	(void)unused;
	vcpu.guest.rdi = DEVICE + 0xFFE;
	assert_int_equal(run("ab"), EXIT_STOP);
	assert_int_equal(writes, 0);
}

/* SDM Vol. 3B, "Data Breakpoint Exception Conditions": a trap behind each iteration, not at the end. */
static void each_element_is_shown_to_the_breakpoints(void **unused)
{
	(void)unused;
	vmwrite(VMCS_GUEST_DR7, 1);
	vcpu.guest.rsi = DEVICE;
	vcpu.guest.rdi = BUFFER;
	vcpu.guest.rcx = 2;
	assert_int_equal(run("f3a5"), EXIT_RESUME);
	assert_int_equal(watched, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, flat)
		T(and_with_a_register_reads_and_writes_once),
		T(or_with_an_immediate_uses_it_sign_extended),
		T(add_to_a_register_leaves_the_device_alone),
		T(cmp_with_memory_first_subtracts_from_memory),
		T(other_flags_stay),
		T(xchg_swaps),
		T(xchg_of_a_high_byte_changes_that_byte_alone),
		T(cmpxchg_that_finds_another_value_loads_the_accumulator),
		T(xadd_gives_the_old_value),
		T(bts_sets_the_bit_modulo_the_width),
		T(movbe_turns_the_bytes),
		T(push_reads_the_device_and_moves_the_stack),
		T(pop_writes_the_device),
		T(stack_of_16_bits_wraps_and_keeps_the_rest_of_esp),
		T(push_beyond_the_stack_faults_before_the_device_is_read),
		T(rep_movs_copies_from_ram_to_a_device),
		T(movs_copies_from_a_device_to_ram),
		T(movs_copies_within_a_device),
		T(rep_stos_is_done_in_pieces),
		T(lods_loads_the_accumulator),
		T(source_of_a_string_obeys_an_override),
		T(repne_scas_ends_at_the_value),
		T(repe_cmps_ends_at_a_difference),
		T(single_step_takes_one_element),
		T(target_of_movs_can_fault_and_then_the_device_is_not_read),
		T(each_element_is_shown_to_the_breakpoints),
		T(element_across_two_pages_of_a_device_stops_the_guest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
