/* SPDX-License-Identifier: Apache-2.0 */
/* trace_text.h: a traced exit in words. Pure. */
#pragma once

#include "kernel/trace.h"

enum { TRACE_TEXT_BYTES = 40 };

/** trace_text_done() - what was done: done, refused, resumed, stopped, or the exception that was injected. */
void trace_text_done(const struct trace_entry *entry, char text[TRACE_TEXT_BYTES]);

/**
 * trace_text_detail() - what it was about.
 *
 * The leaf of CPUID (leaf.subleaf), an MSR, port/bytes, an address and r, w or x, a control register; what is written
 * stands behind "=", in hexadecimal. For other reasons the qualification, if it is not 0.
 */
void trace_text_detail(const struct trace_entry *entry, char text[TRACE_TEXT_BYTES]);
