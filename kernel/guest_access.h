/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest_access.h: data accesses made for a guest's instruction: segment, paging, and the exception if one forbids it.
 *
 * Pure: registers come in as values, memory through guest_memory.h.
 */
#pragma once

#include "kernel/guest_memory.h"
#include "kernel/guest_paging.h"
#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

/** struct guest_fault - the exception that an access raises. */
struct guest_fault {
	uint8_t vector;
	uint32_t error_code;
	uint64_t address; /* for CR2; of a page fault only */
};

/** struct guest_segment - a segment register, as the VMCS has it. */
struct guest_segment {
	uint64_t base;
	uint32_t limit;
	uint32_t access;
	bool stack; /* SS: faults are #SS */
};

/** struct guest_context - what decides about an access. */
struct guest_context {
	struct guest_paging paging;
	struct guest_memory *memory;
	struct guest_rights rights;
	bool is_64bit;  /* 64-bit code, not only long mode */
	bool protected; /* neither real nor virtual-8086 mode: the types of segments matter */
	bool aligned;   /* alignment is checked: CPL 3, CR0.AM and RFLAGS.AC */
};

/** struct guest_place - where an operand lies: in two pages at most. */
struct guest_place {
	gpa_t at[2];
	size_t bytes[2]; /* the second may be 0 */
	uint64_t linear;
};

/**
 * guest_access_linear() - from segment and offset to a linear address.
 * @bytes:  of the operand, from 1
 * @linear: set when OK
 * @fault:  set when E_DENIED: #GP(0), #SS(0) or #AC(0)
 *
 * Source: SDM Vol. 3A, "Limit Checking", "Type Checking", "Alignment Check Exception"; Vol. 1, "Canonical Addressing".
 */
enum status guest_access_linear(const struct guest_context *context,
				const struct guest_segment *segment, uint64_t offset, size_t bytes,
				uint64_t *linear, struct guest_fault *fault);

/**
 * guest_access_place() - from a linear address to guest-physical ones, of an operand of up to a page.
 * @fault: set when E_DENIED: #PF
 *
 * Return: OK, E_DENIED, E_RANGE (a page table is not in RAM).
 */
enum status guest_access_place(const struct guest_context *context, uint64_t linear, size_t bytes,
			       struct guest_place *place, struct guest_fault *fault);

/** guest_access_read() - copy it to @to. E_RANGE: not all of it is RAM. */
enum status guest_access_read(const struct guest_context *context, const struct guest_place *place,
			      void *to);

/** guest_access_write() - copy @from to it. E_RANGE, and nothing written: not all of it is RAM. */
enum status guest_access_write(const struct guest_context *context, const struct guest_place *place,
			       const void *from);
