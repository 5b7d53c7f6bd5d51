/* SPDX-License-Identifier: Apache-2.0 */
/* cpu_mmio.c: what else than MOV reaches a device's memory: arithmetic, exchanges, comparisons, the stack, strings. */
#include "tests/guest/suite/suite.h"

enum { EFLAGS_CF = 1 << 0, EFLAGS_ZF = 1 << 6 };

/* A register that keeps 8 bits, in the IOAPIC's memory. */
#define SELECT ((volatile uint32_t *)0xFEC00000)

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
	uint32_t read = 0;
	uint32_t *target = &read;
	uint32_t value = 0x14;

	__asm__ volatile("stosl" : "+D"(to) : "a"(value) : "memory");
	expect_equal("what STOS wrote", *SELECT, 0x14);
	expect_equal("EDI", (uint32_t)to, 0xFEC00004);
	__asm__ volatile("movsl" : "+S"(from), "+D"(target) : : "memory");
	expect_equal("what MOVS read", read, 0x14);
	expect_equal("ESI", (uint32_t)from, 0xFEC00004);
	from = SELECT;
	__asm__ volatile("lodsl" : "+S"(from), "=a"(value) : : "memory");
	expect_equal("what LODS read", value, 0x14);
}
