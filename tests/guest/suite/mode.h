/* SPDX-License-Identifier: Apache-2.0 */
/* mode.h: the processor's other modes, entered for the length of one call. Boot processor, IF clear. */
#pragma once

#include "tests/guest/lib.h"

/** struct blob - code from @begin up to @end, that runs wherever it is copied to. */
struct blob {
	const uint8_t *begin, *end;
};

/** MODE_BLOB() - declare a blob NAME_begin..NAME_end of an assembly file, and make it known as NAME. */
#define MODE_BLOB(name)                                                                            \
	extern const uint8_t name##_begin[], name##_end[];                                         \
	static const struct blob name = { name##_begin, name##_end }

enum { MODE_BLOB_SEGMENT = 0x600 };

/**
 * mode_real() - run @blob in real mode at MODE_BLOB_SEGMENT:0 with EAX = @eax; it ends with a far return.
 *
 * DS, ES and SS are 0. Every vector of the table at 0 ends it as an error, unless the blob sets others.
 *
 * Return: its EAX.
 */
uint32_t mode_real(const struct blob *blob, uint32_t eax);

/**
 * mode_virtual_8086() - run @blob in virtual-8086 mode at MODE_BLOB_SEGMENT:0, IOPL 0; it ends with HLT,
 * or with #UD, #GP or #AC, which are in the variable fault. Return: its EAX.
 */
uint32_t mode_virtual_8086(const struct blob *blob, uint32_t eax);

/** mode_user() - run @code in ring 3, flat, IOPL 0; it ends the same way. Return: its EAX. */
uint32_t mode_user(void (*code)(void), uint32_t eax);

/**
 * mode_long() - call @code (64-bit, of an assembly file) in 64-bit mode with EDI = @edi. Identity-mapped below 4 GiB.
 *
 * TRY's variables work there; interrupts from vector 32 on are counted and ended by EOI.
 *
 * Return: its RAX.
 */
uint64_t mode_long(void (*code)(void), uint32_t edi);

/** paging_enter_legacy(), paging_enter_pae() - switch paging on, identity-mapped; until the behaviour ends. */
void paging_enter_legacy(void);
void paging_enter_pae(void);

/**
 * paging_set() - map the 4 KiB page of @address with the flags of a page-table entry (0: not there), in either mode.
 *
 * All pages that are set lie in the same 2 MiB.
 */
void paging_set(uint32_t address, uint32_t flags);
