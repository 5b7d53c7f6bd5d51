/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h: the hypervisor's own messages, a ring in memory and a sink.
 *
 * One message is one line, without a newline of its own. The newest LOG_BYTES are kept.
 * The sink is one of the two upward links of the layering: the floor calls it, a room above sets it.
 */
#pragma once

#include "kernel/lib/types.h"

enum { LOG_BYTES = 32768, LOG_LINE_BYTES = 256 };

/** enum log_level - how much a message matters. */
enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO };

/** log_sink_fn - gets every finished line (no newline), from whichever processor logs it. */
typedef void (*log_sink_fn)(const char *line, size_t length);

/**
 * log_init() - start an empty log.
 * @ring: LOG_BYTES of memory for it; before this call messages only go to the sink
 */
void log_init(void *ring);

/** log_set_sink() - send lines to @sink as well; NULL for nobody. */
void log_set_sink(log_sink_fn sink);

/** log_set_clock() - how lines get their time: @now_us returns microseconds since start-up. */
void log_set_clock(uint64_t (*now_us)(void));

/** log_line() - log a message, as format(). Longer than LOG_LINE_BYTES is cut. Not from an NMI handler. */
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/**
 * log_read() - copy from the ring.
 * @position: in: 0 for the oldest kept byte, or what an earlier call left here; out: behind what was copied
 * @buffer:   where to
 * @size:     bytes in @buffer
 *
 * Bytes that were overwritten meanwhile are skipped.
 *
 * Return: bytes copied; lines end with a newline; 0 at the end.
 */
size_t log_read(uint64_t *position, char *buffer, size_t size);

#define log_error(...)   log_line(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_info(...)    log_line(LOG_INFO, __VA_ARGS__)
