/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bits.h: registers by the names of their bits. Pure.
 *
 * A register is described by one text, lowest bit first, a space between two names:
 *     CF          one bit
 *     IOPL:2      a field of so many bits, shown as IOPL=3 when it is not 0
 *     -  or  -:4  reserved, shown as bit5 when it is set all the same
 *     .  or  .:4  not worth a word: fixed bits, addresses
 * Bits above the last name are reserved.
 */
#pragma once

#include "kernel/lib/types.h"

enum { BITS_TEXT_BYTES = 256 };

/**
 * bits_text() - write the names of what is set in @value, lowest bit first.
 * @names: as described above
 * @text:  BITS_TEXT_BYTES; "" when there is nothing to say
 */
void bits_text(const char *names, uint64_t value, char *text);

/** bits_of_cr0 and others - descriptions (SDM Vol. 3A, "Control Registers", "Debug Registers"; Vol. 1, "EFLAGS Register"). */
extern const char bits_of_cr0[], bits_of_cr4[], bits_of_efer[], bits_of_rflags[], bits_of_xcr0[];
extern const char bits_of_dr6[], bits_of_dr7[];

/** bits_of_vmcs() - the description of the VMCS field with @encoding; NULL when it has none. */
const char *bits_of_vmcs(uint32_t encoding);

/** bits_segment() - access rights of a segment in words, BITS_TEXT_BYTES: "code 64-bit DPL 3". */
void bits_segment(uint32_t access, char *text);
