/* SPDX-License-Identifier: Apache-2.0 */
/* cpu_string.c: INS and OUTS, with and without REP. CMOS RAM and COM1 keep a byte, port 0x80 takes anything. */
#include "tests/guest/suite/suite.h"

#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/clock.h"
#include "tests/guest/suite/mode.h"

/* cpu_string.asm */
void long_strings(void);

enum {
	PORT_POST = 0x80,
	CMOS_INDEX = 0x70,
	CMOS_DATA = 0x71,
	CMOS_SCRATCH = 0x5C,  /* nobody's byte */
	UART_SCRATCH = 0x3FF, /* of COM1 */
	PORT_NOBODY = 0x5678,
	PCI_ADDRESS = 0xCF8,
	MARK = 0xA5,
	BUFFER = 64,
	MANY = 1000,
	VECTOR_DB = 1,
	VECTOR_PF = 14,
	VECTOR_TICK = 0x52,
	PAGE_BYTES = 4096,
	EFLAGS_TF = 1 << 8,
};

static uint8_t buffer[BUFFER];
static uint8_t pages[2 * PAGE_BYTES] __attribute__((aligned(PAGE_BYTES)));

/** struct string - the registers of a string instruction. */
struct string {
	uint32_t esi, edi, ecx, edx;
};

#define STRING(instruction, registers)                                                             \
	__asm__ volatile(instruction                                                               \
			 : "+S"((registers)->esi), "+D"((registers)->edi), "+c"((registers)->ecx), \
			   "+d"((registers)->edx)                                                  \
			 :                                                                         \
			 : "memory", "cc")

static void set_scratch(void)
{
	out8(CMOS_INDEX, CMOS_SCRATCH);
	out8(CMOS_DATA, MARK);
	for (unsigned i = 0; i < BUFFER; i++) {
		buffer[i] = 0;
	}
}

/* Source of all: SDM Vol. 2A and 2B, "INS/INSB/INSW/INSD", "OUTS/OUTSB/OUTSW/OUTSD". */
BEHAVIOUR(insb_stores_one_byte_and_moves)
{
	struct string s = { 0, (uint32_t)buffer, 7, CMOS_DATA };

	set_scratch();
	STRING("cld; insb", &s);
	expect_equal("the byte", buffer[0], MARK);
	expect_equal("the byte behind", buffer[1], 0);
	expect_equal("EDI's way", s.edi - (uint32_t)buffer, 1);
	expect_equal("ECX", s.ecx, 7);
}

BEHAVIOUR(rep_insb_stores_as_many_as_ecx_says)
{
	struct string s = { 0, (uint32_t)buffer, 5, CMOS_DATA };

	set_scratch();
	STRING("cld; rep insb", &s);
	for (unsigned i = 0; i < 6; i++) {
		expect_equal("a byte", buffer[i], i < 5 ? MARK : 0);
	}
	expect_equal("EDI's way", s.edi - (uint32_t)buffer, 5);
	expect_equal("ECX", s.ecx, 0);
}

BEHAVIOUR(rep_insb_fills_memory_and_nothing_behind_it)
{
	struct string s = { 0, (uint32_t)pages, MANY, UART_SCRATCH };

	pages[0] = pages[MANY - 1] = pages[MANY] = 0xEE;
	out8(UART_SCRATCH, 0x5A);
	STRING("cld; rep insb", &s);
	expect_equal("ECX", s.ecx, 0);
	expect_equal("EDI's way", s.edi - (uint32_t)pages, MANY);
	expect_equal("first byte", pages[0], 0x5A);
	expect_equal("last byte", pages[MANY - 1], 0x5A);
	expect_equal("byte behind it", pages[MANY], 0xEE);
}

BEHAVIOUR(rep_insb_goes_down_with_df)
{
	struct string s = { 0, (uint32_t)&buffer[9], 3, CMOS_DATA };

	set_scratch();
	STRING("std; rep insb; cld", &s);
	expect_equal("the last byte", buffer[9], MARK);
	expect_equal("the first byte", buffer[7], MARK);
	expect_equal("the byte below", buffer[6], 0);
	expect_equal("EDI's way down", (uint32_t)&buffer[9] - s.edi, 3);
}

BEHAVIOUR(rep_insb_with_ecx_0_does_nothing)
{
	struct string s = { 0, (uint32_t)buffer, 0, CMOS_DATA };

	set_scratch();
	STRING("cld; rep insb", &s);
	expect_equal("the byte", buffer[0], 0);
	expect_equal("EDI's way", s.edi - (uint32_t)buffer, 0);
}

BEHAVIOUR(insl_from_nobody_stores_ones_once)
{
	struct string s = { 0, (uint32_t)buffer, 1, PORT_NOBODY };

	set_scratch();
	STRING("cld; insl", &s);
	expect_equal("what it stored", *(const uint32_t *)buffer, 0xFFFFFFFF);
	expect_equal("byte behind it", buffer[4], 0);
	expect_equal("EDI's way", s.edi - (uint32_t)buffer, 4);
}

/* SDM Vol. 3A, "Null Segment Selector": it may be loaded, and not used. */
BEHAVIOUR(ins_to_a_null_segment_is_a_protection_fault)
{
	uint32_t edi = (uint32_t)buffer;
	uint32_t vector;

	vector = TRY("xorl %%eax, %%eax; movw %%ax, %%es; insb",
		     : "+D"(edi)
		     : "d"(UART_SCRATCH)
		     : "eax", "memory", "cc");
	__asm__ volatile("movw %%ds, %%ax; movw %%ax, %%es" : : : "eax");
	expect_fault("INSB with ES null", vector, VECTOR_GP);
	expect_equal("EDI", edi, (uint32_t)buffer);
}

/* In what CF8 holds a REP OUTSD and a REP INSD see each other. */
BEHAVIOUR(outsd_and_insd_move_dwords)
{
	static const uint32_t words[] = { 0x80001234, 0x80005678 };
	uint32_t back[2] = { 0, 0 };
	struct string out = { (uint32_t)words, 0, 2, PCI_ADDRESS };
	struct string in = { 0, (uint32_t)back, 2, PCI_ADDRESS };

	STRING("cld; rep outsl", &out);
	STRING("cld; rep insl", &in);
	expect_equal("the first read back", back[0], 0x80005678);
	expect_equal("the second read back", back[1], 0x80005678);
	expect_equal("ESI's way", out.esi - (uint32_t)words, 8);
	expect_equal("EDI's way", in.edi - (uint32_t)back, 8);
}

BEHAVIOUR(rep_outsb_moves_esi_and_counts)
{
	struct string s = { (uint32_t)buffer, 0, 9, PORT_POST };

	STRING("cld; rep outsb", &s);
	expect_equal("ESI's way", s.esi - (uint32_t)buffer, 9);
	expect_equal("ECX", s.ecx, 0);
}

BEHAVIOUR(rep_outsb_backwards_ends_with_the_lowest_byte)
{
	struct string s = { (uint32_t)&buffer[2], 0, 3, UART_SCRATCH };

	buffer[0] = 0x11;
	buffer[1] = 0x22;
	buffer[2] = 0x33;
	STRING("std; rep outsb; cld", &s);
	expect_equal("scratch register", in8(UART_SCRATCH), 0x11);
	expect_equal("ESI", s.esi, (uint32_t)buffer - 1);
}

BEHAVIOUR(outs_obeys_a_segment_override)
{
	uint32_t esi = (uint32_t)buffer;

	buffer[0] = 0x66;
	__asm__ volatile("movw %%ds, %%ax; movw %%ax, %%fs; fs outsb"
			 : "+S"(esi)
			 : "d"(UART_SCRATCH)
			 : "eax", "memory");
	expect_equal("scratch register", in8(UART_SCRATCH), 0x66);
}

/* With a 16-bit address size only SI and CX count, and only they change. */
BEHAVIOUR(outsb_with_16_bit_addresses_uses_si_and_cx)
{
	struct string s = { 0x12345000, 0, 0x77770003, PORT_POST };

	STRING("cld; rep addr16 outsb", &s);
	expect_equal("ESI", s.esi, 0x12345003);
	expect_equal("ECX", s.ecx, 0x77770000);
}

/* SDM Vol. 3A, "Page-Fault Exceptions", and Vol. 2B, "REP": the registers say how far it came. */
BEHAVIOUR(a_page_fault_in_rep_insb_keeps_what_was_done)
{
	struct string s = { 0, (uint32_t)&pages[PAGE_BYTES - 3], 8, CMOS_DATA };
	uint32_t vector;

	set_scratch();
	pages[PAGE_BYTES - 1] = 0;
	paging_enter_pae();
	paging_set((uint32_t)&pages[PAGE_BYTES], 0);
	vector = TRY("cld; rep insb", : "+D"(s.edi), "+c"(s.ecx) : "d"(CMOS_DATA) : "memory");
	expect_fault("REP INSB into no page", vector, VECTOR_PF);
	expect_equal("ECX", s.ecx, 5);
	expect_equal("EDI", s.edi, (uint32_t)&pages[PAGE_BYTES]);
	expect_equal("the last byte of the page", pages[PAGE_BYTES - 1], MARK);
}

BEHAVIOUR(a_page_fault_in_outsb_comes_before_the_port)
{
	uint32_t esi = (uint32_t)&pages[PAGE_BYTES];
	uint32_t vector;

	paging_enter_pae();
	paging_set(esi, 0);
	vector = TRY("cld; outsb", : "+S"(esi) : "d"(PORT_POST) : "memory");
	expect_fault("OUTSB from no page", vector, VECTOR_PF);
	expect_equal("ESI", esi, (uint32_t)&pages[PAGE_BYTES]);
}

/* Not an interrupt is lost, not an item twice, when a long REP is interrupted. */
BEHAVIOUR(a_long_rep_outsb_can_be_interrupted)
{
	struct string s = { (uint32_t)pages, 0, sizeof(pages), PORT_POST };

	apic_enter_x2();
	interrupt_handle(VECTOR_TICK, NULL);
	apic_write(APIC_TIMER_DIVIDE, APIC_DIVIDE_BY_1);
	apic_write(APIC_LVT_TIMER, VECTOR_TICK | APIC_LVT_PERIODIC);
	apic_write(APIC_TIMER_INITIAL, 3000);
	STRING("cld; sti; rep outsb; cli", &s);
	apic_write(APIC_TIMER_INITIAL, 0);
	expect_equal("ESI's way", s.esi - (uint32_t)pages, sizeof(pages));
	expect_equal("ECX", s.ecx, 0);
	expect(interrupt_count(VECTOR_TICK) > 0, "no interrupt came");
}

BEHAVIOUR(string_io_in_64_bit_mode_uses_64_bit_registers)
{
	set_scratch();
	expect_equal("ways and RCX", mode_long(long_strings, (uint32_t)buffer), 4 << 16 | 3);
	expect_equal("the last byte", buffer[3], MARK);
	expect_equal("the byte behind", buffer[4], 0);
}

static uint32_t traps, trap_ecx;

static void on_step(struct frame *frame)
{
	if (traps++ == 0) {
		trap_ecx = frame->ecx;
	}
	if (frame->ecx == 0) {
		frame->eflags &= ~(uint32_t)EFLAGS_TF;
	}
}

/* SDM Vol. 3B, "Single-Step Exception Condition": a trap after each iteration. */
BEHAVIOUR(a_single_step_of_rep_outsb_traps_after_each_item)
{
	struct string s = { (uint32_t)buffer, 0, 4, PORT_POST };

	traps = 0;
	interrupt_handle(VECTOR_DB, on_step);
	STRING("cld; pushf; orl $0x100, (%%esp); popf; rep outsb; nop", &s);
	expect_equal("ECX at the first trap", trap_ecx, 3);
	expect_equal("count of traps", traps, 4);
}
