/* SPDX-License-Identifier: Apache-2.0 */
/* vmexit.h: exit qualifications, decoded once (SDM Vol. 3C, "Exit Qualification"). */
#pragma once

#include "kernel/lib/addr.h"
#include "kernel/lib/types.h"

/** struct vmexit_io - an IN or OUT. */
struct vmexit_io {
	uint16_t port;
	uint8_t bytes;
	bool in;
	bool string; /* INS or OUTS */
	bool rep;
};

/** vmexit_io() - qualification @q of EXIT_REASON_IO. */
static inline struct vmexit_io vmexit_io(uint64_t q)
{
	return (struct vmexit_io){
		.port = (uint16_t)(q >> 16),
		.bytes = (uint8_t)((q & 7) + 1),
		.in = (q & 8) != 0,
		.string = (q & 16) != 0,
		.rep = (q & 32) != 0,
	};
}

/** struct vmexit_string_io - what INS or OUTS has more. */
struct vmexit_string_io {
	uint8_t address_bytes; /* 2, 4 or 8 */
	uint8_t segment;       /* enum vmcs_segment; of OUTS only */
};

/** vmexit_string_io() - VM-exit instruction information @information of EXIT_REASON_IO. */
static inline struct vmexit_string_io vmexit_string_io(uint32_t information)
{
	return (struct vmexit_string_io){
		.address_bytes = (uint8_t)(2 << (information >> 7 & 3)),
		.segment = (uint8_t)(information >> 15 & 7),
	};
}

enum vmexit_cr_access { CR_MOV_TO, CR_MOV_FROM, CR_CLTS, CR_LMSW };

/** struct vmexit_cr - an access to a control register. */
struct vmexit_cr {
	uint8_t number;
	uint8_t access;  /* enum vmexit_cr_access */
	uint8_t reg;     /* general register, in the order of instruction encoding */
	uint16_t source; /* of LMSW */
};

/** vmexit_cr() - qualification @q of EXIT_REASON_CR_ACCESS. */
static inline struct vmexit_cr vmexit_cr(uint64_t q)
{
	return (struct vmexit_cr){
		.number = (uint8_t)(q & 15),
		.access = (uint8_t)(q >> 4 & 3),
		.reg = (uint8_t)(q >> 8 & 15),
		.source = (uint16_t)(q >> 16),
	};
}

/** struct vmexit_ept - an access the EPT does not allow. */
struct vmexit_ept {
	gpa_t gpa;
	bool read, write, fetch;
	bool walk; /* while the guest's own page tables were read or written */
};

/** vmexit_ept() - qualification @q and guest-physical address @address of EXIT_REASON_EPT_VIOLATION. */
static inline struct vmexit_ept vmexit_ept(uint64_t q, uint64_t address)
{
	bool linear_valid = (q & 1u << 7) != 0;

	return (struct vmexit_ept){
		.gpa = gpa(address),
		.read = (q & 1) != 0,
		.write = (q & 2) != 0,
		.fetch = (q & 4) != 0,
		.walk = linear_valid && (q & 1u << 8) == 0,
	};
}
