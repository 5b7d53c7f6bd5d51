/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h: the hypervisor's own messages, a ring in memory and a sink.
 *
 * One message is one line, without a newline of its own. The newest are kept, as many as fit. The ring is such that it can
 * be read again after a reset, if its memory was kept: it says itself where it begins and ends, and each message whether
 * it is whole.
 * The sink is one of the two upward links of the layering: the floor calls it, a room above sets it.
 */
#pragma once

#include "kernel/lib/types.h"

enum { LOG_BYTES = 32768, LOG_LINE_BYTES = 256, LOG_TEXT_BYTES = 232 };

/** enum log_level - how much a message matters. */
enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO };

enum { LOG_LEVELS = LOG_INFO + 1 };

/** struct log_entry - one message. */
struct log_entry {
	uint64_t us; /* since start-up */
	enum log_level level;
	size_t length;             /* of @text */
	char text[LOG_TEXT_BYTES]; /* NUL-terminated, no newline */
};

/** struct log_ring - LOG_BYTES of memory with messages in it. */
struct log_ring {
	char *memory;
	uint64_t oldest; /* positions: bytes ever written before it */
	uint64_t end;
};

/** log_sink_fn - gets every finished line (no newline), from whichever processor logs it. */
typedef void (*log_sink_fn)(const char *line, size_t length);

/**
 * log_init() - start an empty log.
 * @memory: LOG_BYTES for it, 8-byte aligned; before this call messages only go to the sink
 */
void log_init(void *memory);

/** log_set_sink() - send lines to @sink as well; NULL for nobody. */
void log_set_sink(log_sink_fn sink);

/** log_set_clock() - how lines get their time: @now_us returns microseconds since start-up. */
void log_set_clock(uint64_t (*now_us)(void));

/** log_line() - log a message, as format(). LOG_TEXT_BYTES and more are cut. Not from an NMI handler. */
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/**
 * log_next() - the next message.
 * @position: in: 0 for the oldest that is kept, or what an earlier call left here; out: behind that message
 *
 * Messages that were overwritten meanwhile are skipped.
 *
 * Return: false at the end.
 */
bool log_next(uint64_t *position, struct log_entry *entry);

/** log_end() - the position behind the newest message. */
uint64_t log_end(void);

/** log_open() - find the log in LOG_BYTES that log_init() had before a reset. Return: false when it is not there. */
bool log_open(struct log_ring *ring, void *memory);

/** log_ring_next() - log_next(), of a log that log_open() found. It ends at a message that is damaged. */
bool log_ring_next(const struct log_ring *ring, uint64_t *position, struct log_entry *entry);

/** log_entry_line() - as a line: time, level and text; NUL-terminated. Return: its length. */
size_t log_entry_line(const struct log_entry *entry, char line[LOG_LINE_BYTES]);

/** log_level_name() - error, warning or info. */
const char *log_level_name(enum log_level level);

#define log_error(...)   log_line(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_info(...)    log_line(LOG_INFO, __VA_ARGS__)
