/* SPDX-License-Identifier: Apache-2.0 */
/* guest_backtrace.h: who called whom in a guest, by the frame pointers that its code keeps. Pure. */
#pragma once

#include "kernel/guest_paging.h"
#include "kernel/lib/types.h"

enum { BACKTRACE_FRAMES_MAX = 32 };

/** struct backtrace - a walk from one frame to its caller's. */
struct backtrace {
	struct guest_paging paging;
	struct guest_memory *memory;
	uint32_t word_bytes; /* 8 in 64-bit code, 4 in 32-bit code */
	uint64_t stack_base; /* of SS; 0 in 64-bit code */
	uint64_t
		frame_pointer; /* RBP: where that of the caller lies, and behind it where the caller goes on */
	uint32_t frame_count; /* found so far, the one that executes included */
};

/** enum backtrace_end - why there is no further frame. */
enum backtrace_end {
	BACKTRACE_MORE, /* there is one */
	BACKTRACE_OUTERMOST,
	BACKTRACE_UNALIGNED,
	BACKTRACE_UNMAPPED,
	BACKTRACE_NOT_RISING,
	BACKTRACE_LIMIT,
	BACKTRACE_END_COUNT
};

/**
 * backtrace_next() - go to the caller's frame.
 * @trace:  frame_pointer is the caller's afterwards
 * @return_address: where the caller goes on, when there is one
 *
 * A stack grows down: a caller's frame lies above. That, and BACKTRACE_FRAMES_MAX, ends every walk.
 *
 * Return: BACKTRACE_MORE when there is one, else why not.
 */
enum backtrace_end backtrace_next(struct backtrace *trace, uint64_t *return_address);

/** backtrace_end_text() - @end in words. */
const char *backtrace_end_text(enum backtrace_end end);
