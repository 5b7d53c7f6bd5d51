/* SPDX-License-Identifier: Apache-2.0 */
/* exit_verdict.h: what a handler of an exit decides. */
#pragma once

/** enum exit_verdict - what is to happen with the instruction that exited. */
enum exit_verdict {
	EXIT_ADVANCE, /* it is done: go on behind it */
	EXIT_SKIP, /* likewise, but its length is in vcpu->skip_bytes: the processor gives none for this exit */
	EXIT_RESUME, /* it was no instruction, or is to be executed again */
	EXIT_INJECT, /* it faults: vcpu_inject() said how */
	EXIT_STOP,   /* the partition has been stopped */
};
