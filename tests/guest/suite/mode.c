/* SPDX-License-Identifier: Apache-2.0 */
/* mode.c: the processor's other modes. */
#include "tests/guest/suite/mode.h"

#include "tests/guest/suite/cr.h"
#include "tests/guest/suite/suite.h"
#include "tests/guest/suite/world.h"

/* mode.asm */
extern const uint8_t mode_low_begin[], mode_low_end[], mode_low_fault[];
extern const uint32_t mode_long_stubs[];
extern uint64_t mode_long_idt[];
extern uint32_t mode_long_vector, mode_long_rip;
uint32_t mode_enter_real(uint32_t eax);
uint32_t mode_enter_outer(uint32_t eax, const uint32_t *frame);
void mode_leave_outer(uint32_t eax) __attribute__((noreturn));
uint64_t mode_enter_long(void (*code)(void), uint32_t edi, uint32_t cr3);

enum {
	LOW = 0x5000,
	LOW_SEGMENT = LOW >> 4,
	REAL_VECTORS = 256,
	VECTORS = 256,
	VECTOR_AC = 17,
	STACK_BYTES = 4096,
	EFLAGS_1 = 1 << 1,
	EFLAGS_VM = 1 << 17,
	REAL_FAULT = 0xBAD,
	OPCODE_HLT = 0xF4,
	PAGE_BYTES = 4096,
	ENTRIES_LEGACY = 1024,
	ENTRIES_PAE = 512,
	TABLES_PAE = 4,
	PRESENT_WRITE_USER = 7,
	PRESENT = 1,
	LARGE = 1 << 7,
	SHIFT_4M = 22,
	SHIFT_2M = 21,
};

/* 64-bit interrupt gate, ring 0, SELECTOR_CODE_64 (SDM Vol. 3A, "64-Bit Mode IDT"). */
#define GATE_64 ((uint64_t)0x8E00 << 32 | (uint64_t)SELECTOR_CODE_64 << 16)

static uint8_t user_stack[STACK_BYTES] __attribute__((aligned(16)));
static uint32_t legacy[ENTRIES_LEGACY] __attribute__((aligned(PAGE_BYTES)));
static uint32_t legacy_table[ENTRIES_LEGACY] __attribute__((aligned(PAGE_BYTES)));
static uint64_t pae[TABLES_PAE][ENTRIES_PAE] __attribute__((aligned(PAGE_BYTES)));
static uint64_t pae_table[ENTRIES_PAE] __attribute__((aligned(PAGE_BYTES)));
static uint64_t pdpt[ENTRIES_PAE] __attribute__((aligned(PAGE_BYTES)));
static uint64_t pml4[ENTRIES_PAE] __attribute__((aligned(PAGE_BYTES)));
static bool is_pae;

static void copy(uint32_t to, const uint8_t *begin, const uint8_t *end)
{
	uint8_t *at = (uint8_t *)to;

	while (begin < end) {
		*at++ = *begin++;
	}
}

uint32_t mode_real(const struct blob *blob, uint32_t eax)
{
	volatile uint32_t *vector_table = (volatile uint32_t *)0;
	uint32_t offset = (uint32_t)(mode_low_fault - mode_low_begin) + LOW;
	uint32_t result;

	/* The compiler takes address 0 for nothing that can be written. */
	__asm__("" : "+r"(vector_table));
	for (unsigned i = 0; i < REAL_VECTORS; i++) {
		vector_table[i] = offset;
	}
	copy(LOW, mode_low_begin, mode_low_end);
	copy(MODE_BLOB_SEGMENT << 4, blob->begin, blob->end);
	result = mode_enter_real(eax);
	idt_reload();
	if (result == REAL_FAULT) {
		error("unexpected exception in real mode");
	}
	return result;
}

/* HLT is a privileged instruction (SDM Vol. 3A, "Privileged Instructions"). */
static bool is_at_end(const struct frame *frame)
{
	uint32_t base = (frame->eflags & EFLAGS_VM) != 0 ? (frame->cs & 0xFFFF) << 4 : 0;

	return frame->vector == VECTOR_GP && *(const uint8_t *)(base + frame->eip) == OPCODE_HLT;
}

static void on_exception(struct frame *frame)
{
	if (!is_at_end(frame)) {
		fault = (struct fault){ frame->vector, frame->error_code, frame->eip };
	}
	mode_leave_outer(frame->eax);
}

static void expect_exceptions(void)
{
	fault.vector = NO_FAULT;
	interrupt_handle(VECTOR_UD, on_exception);
	interrupt_handle(VECTOR_GP, on_exception);
	interrupt_handle(VECTOR_AC, on_exception);
}

uint32_t mode_virtual_8086(const struct blob *blob, uint32_t eax)
{
	const uint32_t frame[] = { 0, MODE_BLOB_SEGMENT, EFLAGS_VM | EFLAGS_1, LOW, 0, 0, 0, 0, 0 };

	copy(MODE_BLOB_SEGMENT << 4, blob->begin, blob->end);
	expect_exceptions();
	return mode_enter_outer(eax, frame);
}

uint32_t mode_user(void (*code)(void), uint32_t eax)
{
	const uint32_t frame[] = { (uint32_t)code,
				   SELECTOR_USER_CODE,
				   EFLAGS_1,
				   (uint32_t)(user_stack + STACK_BYTES),
				   SELECTOR_USER_DATA,
				   0,
				   0,
				   0,
				   0 };

	expect_exceptions();
	return mode_enter_outer(eax, frame);
}

static void fill_pae(void)
{
	for (uint32_t i = 0; i < TABLES_PAE * ENTRIES_PAE; i++) {
		pae[i / ENTRIES_PAE][i % ENTRIES_PAE] =
			(uint64_t)i << SHIFT_2M | LARGE | PRESENT_WRITE_USER;
	}
}

uint64_t mode_long(void (*code)(void), uint32_t edi)
{
	uint64_t result;

	fill_pae();
	for (uint32_t i = 0; i < TABLES_PAE; i++) {
		pdpt[i] = (uint32_t)pae[i] | PRESENT_WRITE_USER;
	}
	pml4[0] = (uint32_t)pdpt | PRESENT_WRITE_USER;
	for (uint32_t i = 0; i < VECTORS; i++) {
		uint32_t stub = mode_long_stubs[i];

		mode_long_idt[2 * i] = GATE_64 | (stub & 0xFFFF) | (uint64_t)(stub >> 16) << 48;
		mode_long_idt[2 * i + 1] = 0;
	}
	mode_long_vector = NO_FAULT;
	result = mode_enter_long(code, edi, (uint32_t)pml4);
	idt_reload();
	if (mode_long_vector != NO_FAULT) {
		suite_unexpected("unexpected exception in 64-bit mode", mode_long_vector,
				 mode_long_rip);
	}
	return result;
}

static void enable(uint32_t cr3)
{
	write_cr3(cr3);
	write_cr0(read_cr0() | CR0_PG);
}

void paging_enter_legacy(void)
{
	for (uint32_t i = 0; i < ENTRIES_LEGACY; i++) {
		legacy[i] = i << SHIFT_4M | LARGE | PRESENT_WRITE_USER;
	}
	is_pae = false;
	write_cr4(read_cr4() | CR4_PSE);
	enable((uint32_t)legacy);
}

void paging_enter_pae(void)
{
	fill_pae();
	for (uint32_t i = 0; i < TABLES_PAE; i++) {
		pdpt[i] = (uint32_t)pae[i] | PRESENT;
	}
	is_pae = true;
	write_cr4(read_cr4() | CR4_PAE);
	enable((uint32_t)pdpt);
}

static void set_legacy(uint32_t address, uint32_t flags)
{
	uint32_t base = address >> SHIFT_4M << SHIFT_4M;

	if ((legacy[address >> SHIFT_4M] & LARGE) != 0) {
		for (uint32_t i = 0; i < ENTRIES_LEGACY; i++) {
			legacy_table[i] = base + i * PAGE_BYTES + PRESENT_WRITE_USER;
		}
		legacy[address >> SHIFT_4M] = (uint32_t)legacy_table | PRESENT_WRITE_USER;
	}
	legacy_table[(address - base) / PAGE_BYTES] = address / PAGE_BYTES * PAGE_BYTES | flags;
}

static void set_pae(uint32_t address, uint32_t flags)
{
	uint64_t *entry = &pae[0][address >> SHIFT_2M];
	uint32_t base = address >> SHIFT_2M << SHIFT_2M;

	if ((*entry & LARGE) != 0) {
		for (uint32_t i = 0; i < ENTRIES_PAE; i++) {
			pae_table[i] = base + i * PAGE_BYTES + PRESENT_WRITE_USER;
		}
		*entry = (uint32_t)pae_table | PRESENT_WRITE_USER;
	}
	pae_table[(address - base) / PAGE_BYTES] = address / PAGE_BYTES * PAGE_BYTES | flags;
}

void paging_set(uint32_t address, uint32_t flags)
{
	(is_pae ? set_pae : set_legacy)(address, flags);
	write_cr3(read_cr3());
}
