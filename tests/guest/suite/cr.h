/* SPDX-License-Identifier: Apache-2.0 */
/* cr.h: the control registers and IA32_EFER: their bits, and how they are read, written and tried (SDM Vol. 3A, "Control Registers"). */
#pragma once

#include "tests/guest/suite/suite.h"

#define CR0_PE (1u << 0)
#define CR0_MP (1u << 1)
#define CR0_EM (1u << 2)
#define CR0_TS (1u << 3)
#define CR0_ET (1u << 4)
#define CR0_NE (1u << 5)
#define CR0_WP (1u << 16)
#define CR0_AM (1u << 18)
#define CR0_NW (1u << 29)
#define CR0_CD (1u << 30)
#define CR0_PG (1u << 31)

#define CR4_DE      (1u << 3)
#define CR4_PSE     (1u << 4)
#define CR4_PAE     (1u << 5)
#define CR4_MCE     (1u << 6)
#define CR4_PGE     (1u << 7)
#define CR4_OSFXSR  (1u << 9)
#define CR4_PCIDE   (1u << 17)
#define CR4_OSXSAVE (1u << 18)

#define MSR_EFER 0xC0000080u
#define EFER_SCE (1u << 0)
#define EFER_LME (1u << 8)
#define EFER_LMA (1u << 10)
#define EFER_NXE (1u << 11)

/* read_cr0() and its like. */
#define READ_CR(number)                                                                            \
	static inline uint32_t read_cr##number(void)                                               \
	{                                                                                          \
		uint32_t value;                                                                    \
                                                                                                   \
		__asm__ volatile("mov %%cr" #number ", %0" : "=r"(value) : : "memory");            \
		return value;                                                                      \
	}
READ_CR(0)
READ_CR(2)
READ_CR(3)
READ_CR(4)

/* write_cr0(): an exception ends the behaviour. try_cr0(): Return: the exception's vector or NO_FAULT. */
#define WRITE_CR(number)                                                                           \
	static inline void write_cr##number(uint32_t value)                                        \
	{                                                                                          \
		__asm__ volatile("mov %0, %%cr" #number : : "r"(value) : "memory");                \
	}                                                                                          \
	static inline uint32_t try_cr##number(uint32_t value)                                      \
	{                                                                                          \
		return TRY("mov %0, %%cr" #number, : : "r"(value) : "memory");                     \
	}
WRITE_CR(0)
WRITE_CR(3)
WRITE_CR(4)
