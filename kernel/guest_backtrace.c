/* SPDX-License-Identifier: Apache-2.0 */
/* guest_backtrace.c: follows the frame pointers of a guest. */
#include "kernel/guest_backtrace.h"

/* clang-format off */
static const char *const texts[BACKTRACE_END_COUNT] = {
	[BACKTRACE_MORE] = "",
	[BACKTRACE_OUTERMOST] = "the frame pointer is 0: outermost frame",
	[BACKTRACE_UNALIGNED] = "frame pointer not aligned: code without frame pointers?",
	[BACKTRACE_UNMAPPED] = "the frame pointer leads to no memory",
	[BACKTRACE_NOT_RISING] = "caller's frame is below: code without frame pointers?",
	[BACKTRACE_LIMIT] = "no more frames are shown",
};
/* clang-format on */

const char *backtrace_end_text(enum backtrace_end end)
{
	return texts[end];
}

/* Two words: the caller's frame pointer and the return address. */
static bool read_frame(const struct backtrace *trace, uint64_t words[2])
{
	struct guest_linear from = { &trace->paging, trace->memory,
				     trace->stack_base + trace->frame_pointer };
	uint32_t narrow[2];

	if (trace->word_bytes == sizeof(uint64_t)) {
		return guest_linear_read(&from, words, 2 * sizeof(words[0])) ==
		       2 * sizeof(words[0]);
	}
	if (guest_linear_read(&from, narrow, sizeof(narrow)) != sizeof(narrow)) {
		return false;
	}
	words[0] = narrow[0];
	words[1] = narrow[1];
	return true;
}

enum backtrace_end backtrace_next(struct backtrace *trace, uint64_t *return_address)
{
	uint64_t words[2];

	if (trace->frame_count >= BACKTRACE_FRAMES_MAX) {
		return BACKTRACE_LIMIT;
	}
	if (trace->frame_pointer == 0) {
		return BACKTRACE_OUTERMOST;
	}
	if (!is_aligned(trace->frame_pointer, trace->word_bytes)) {
		return BACKTRACE_UNALIGNED;
	}
	if (!read_frame(trace, words)) {
		return BACKTRACE_UNMAPPED;
	}
	if (words[0] != 0 && words[0] <= trace->frame_pointer) {
		return BACKTRACE_NOT_RISING;
	}
	trace->frame_pointer = words[0];
	*return_address = words[1];
	trace->frame_count++;
	return BACKTRACE_MORE;
}
