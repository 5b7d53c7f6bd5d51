/* SPDX-License-Identifier: Apache-2.0 */
/* cpu_strings.c: INS and OUTS, and what else than MOV reaches a device's memory. */
#include "tests/guest/suite/suite.h"

enum {
	PORT_SCRATCH = 0x3FF, /* of COM1: keeps a byte */
	PORT_NOBODY = 0x5678,
	MANY = 1000,
	EFLAGS_CF = 1 << 0,
	EFLAGS_ZF = 1 << 6,
};

/* A register that keeps 8 bits, in the IOAPIC's memory. */
#define SELECT ((volatile uint32_t *)0xFEC00000)

static uint8_t buffer[MANY + 8];

static void fill(uint8_t value)
{
	for (unsigned i = 0; i < sizeof(buffer); i++) {
		((volatile uint8_t *)buffer)[i] = value;
	}
}

static void set_scratch(uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "d"((uint16_t)PORT_SCRATCH));
}

static uint8_t get_scratch(void)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "d"((uint16_t)PORT_SCRATCH));
	return value;
}

/* SDM Vol. 2A, "INS/INSB/INSW/INSD". */
BEHAVIOUR(rep_insb_fills_memory_and_nothing_behind_it)
{
	uint8_t *to = buffer;
	uint32_t count = MANY;

	fill(0xEE);
	set_scratch(0x5A);
	__asm__ volatile("rep insb" : "+D"(to), "+c"(count) : "d"(PORT_SCRATCH) : "memory");
	expect_equal("ECX", count, 0);
	expect_equal("EDI", (uint32_t)to, (uint32_t)buffer + MANY);
	expect_equal("first byte", buffer[0], 0x5A);
	expect_equal("last byte", buffer[MANY - 1], 0x5A);
	expect_equal("byte behind it", buffer[MANY], 0xEE);
}

/* SDM Vol. 2B, "OUTS/OUTSB/OUTSW/OUTSD"; backwards. */
BEHAVIOUR(rep_outsb_backwards_ends_with_the_lowest_byte)
{
	uint8_t *from = buffer + 2;
	uint32_t count = 3;

	buffer[0] = 0x11;
	buffer[1] = 0x22;
	buffer[2] = 0x33;
	__asm__ volatile("std; rep outsb; cld"
			 : "+S"(from), "+c"(count)
			 : "d"(PORT_SCRATCH)
			 : "memory", "cc");
	expect_equal("scratch register", get_scratch(), 0x11);
	expect_equal("ESI", (uint32_t)from, (uint32_t)buffer - 1);
}

BEHAVIOUR(insl_from_nobody_stores_ones_once)
{
	uint8_t *to = buffer;

	fill(0);
	__asm__ volatile("insl" : "+D"(to) : "d"(PORT_NOBODY) : "memory");
	expect_equal("what it stored", *(uint32_t *)buffer, 0xFFFFFFFF);
	expect_equal("byte behind it", buffer[4], 0);
	expect_equal("EDI", (uint32_t)to, (uint32_t)buffer + 4);
}

BEHAVIOUR(rep_insb_of_nothing_stores_nothing)
{
	uint8_t *to = buffer;
	uint32_t count = 0;

	fill(0x77);
	__asm__ volatile("rep insb" : "+D"(to), "+c"(count) : "d"(PORT_SCRATCH) : "memory");
	expect_equal("first byte", buffer[0], 0x77);
	expect_equal("EDI", (uint32_t)to, (uint32_t)buffer);
}

/* SDM Vol. 3A, "Null Segment Selector": it may be loaded, and not used. */
BEHAVIOUR(ins_to_a_null_segment_is_a_protection_fault)
{
	uint32_t vector;
	uint8_t *to = buffer;

	vector = TRY("xorl %%eax, %%eax; movw %%ax, %%es; insb",
		     : "+D"(to)
		     : "d"(PORT_SCRATCH)
		     : "eax", "memory", "cc");
	__asm__ volatile("movw %%ds, %%ax; movw %%ax, %%es" : : : "eax");
	expect_fault("INSB with ES null", vector, VECTOR_GP);
	expect_equal("EDI", (uint32_t)to, (uint32_t)buffer);
}

BEHAVIOUR(outs_obeys_a_segment_override)
{
	uint8_t *from = buffer;

	buffer[0] = 0x66;
	__asm__ volatile("movw %%ds, %%ax; movw %%ax, %%fs; fs outsb"
			 : "+S"(from)
			 : "d"(PORT_SCRATCH)
			 : "eax", "memory");
	expect_equal("scratch register", get_scratch(), 0x66);
}

static uint32_t flags_of(void)
{
	uint32_t flags;

	__asm__ volatile("pushf; popl %0" : "=r"(flags));
	return flags;
}

BEHAVIOUR(arithmetic_on_a_device_reads_and_writes_it)
{
	*SELECT = 0x10;
	__asm__ volatile("orl $3, %0" : "+m"(*SELECT) : : "cc");
	expect_equal("after OR", *SELECT, 0x13);
	__asm__ volatile("andl %1, %0" : "+m"(*SELECT) : "r"(0x12) : "cc");
	expect_equal("after AND", *SELECT, 0x12);
	__asm__ volatile("addl $1, %0; incl %0; subl $2, %0; decl %0; xorl $0x30, %0"
			 : "+m"(*SELECT)
			 :
			 : "cc");
	expect_equal("after ADD, INC, SUB, DEC and XOR", *SELECT, 0x21);
	__asm__ volatile("lock btsl $1, %0; btrl $0, %0; btcl $5, %0" : "+m"(*SELECT) : : "cc");
	expect_equal("after BTS, BTR and BTC", *SELECT, 0x02);
}

BEHAVIOUR(exchanges_with_a_device_give_the_old_value)
{
	uint32_t reg = 0x15, sum = 2, accumulator = 7;

	*SELECT = 0x11;
	__asm__ volatile("xchgl %0, %1" : "+r"(reg), "+m"(*SELECT));
	expect_equal("XCHG's register", reg, 0x11);
	__asm__ volatile("lock xaddl %0, %1" : "+r"(sum), "+m"(*SELECT) : : "cc");
	expect_equal("XADD's register", sum, 0x15);
	expect_equal("after XADD", *SELECT, 0x17);
	__asm__ volatile("lock cmpxchgl %2, %1" : "+a"(accumulator), "+m"(*SELECT) : "r"(1) : "cc");
	expect_equal("EAX of CMPXCHG that is not equal", accumulator, 0x17);
	__asm__ volatile("lock cmpxchgl %2, %1"
			 : "+a"(accumulator), "+m"(*SELECT)
			 : "r"(0x22)
			 : "cc");
	expect_equal("after CMPXCHG that is equal", *SELECT, 0x22);
}

BEHAVIOUR(comparison_with_a_device_sets_flags_and_writes_nothing)
{
	uint32_t less, equal;

	*SELECT = 0x11;
	__asm__ volatile("cmpl $0x12, %1; pushf; popl %0" : "=r"(less) : "m"(*SELECT) : "cc");
	__asm__ volatile("testl $0x22, %1; pushf; popl %0" : "=r"(equal) : "m"(*SELECT) : "cc");
	expect((less & EFLAGS_CF) != 0, "11H less 12H gives no borrow");
	expect((less & EFLAGS_ZF) == 0, "11H and 12H are equal");
	expect((equal & EFLAGS_ZF) != 0, "11H AND 22H is not 0");
	expect_equal("the register", *SELECT, 0x11);
	expect((flags_of() & 2) != 0, "bit 1 of EFLAGS is 0");
}

BEHAVIOUR(push_and_pop_reach_a_device)
{
	uint32_t value;

	*SELECT = 0x12;
	__asm__ volatile("pushl %1; popl %0" : "=r"(value) : "m"(*SELECT) : "memory");
	expect_equal("what PUSH read", value, 0x12);
	__asm__ volatile("pushl $0x13; popl %0" : "=m"(*SELECT) : : "memory");
	expect_equal("what POP wrote", *SELECT, 0x13);
}

BEHAVIOUR(strings_reach_a_device)
{
	const volatile uint32_t *from = SELECT;
	volatile uint32_t *to = SELECT;
	uint32_t *target = (uint32_t *)buffer;
	uint32_t value = 0x14;

	fill(0);
	__asm__ volatile("stosl" : "+D"(to) : "a"(value) : "memory");
	expect_equal("what STOS wrote", *SELECT, 0x14);
	expect_equal("EDI", (uint32_t)to, 0xFEC00004);
	__asm__ volatile("movsl" : "+S"(from), "+D"(target) : : "memory");
	expect_equal("what MOVS read", *(uint32_t *)buffer, 0x14);
	expect_equal("ESI", (uint32_t)from, 0xFEC00004);
	from = SELECT;
	__asm__ volatile("lodsl" : "+S"(from), "=a"(value) : : "memory");
	expect_equal("what LODS read", value, 0x14);
}
