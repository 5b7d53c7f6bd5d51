/* SPDX-License-Identifier: Apache-2.0 */
/* log.c: the hypervisor's own messages, a ring in memory and a sink. */
#include "kernel/lib/log.h"

#include "kernel/lib/format.h"
#include "kernel/lib/spinlock.h"

static struct {
	struct spinlock lock;
	uint64_t written; /* bytes ever written; the ring holds the last LOG_BYTES of them */
	log_sink_fn sink;
	uint64_t (*now_us)(void);
	char *ring; /* LOG_BYTES of it */
} the_log;

static const char level_marks[] = { [LOG_ERROR] = 'E', [LOG_WARNING] = 'W', [LOG_INFO] = ' ' };

void log_init(void *ring)
{
	the_log.ring = ring;
	the_log.written = 0;
}

void log_set_sink(log_sink_fn sink)
{
	the_log.sink = sink;
}

void log_set_clock(uint64_t (*now_us)(void))
{
	the_log.now_us = now_us;
}

static void ring_put(const char *text, size_t length)
{
	if (the_log.ring == NULL) {
		return;
	}
	for (size_t i = 0; i < length; i++) {
		the_log.ring[(the_log.written + i) % LOG_BYTES] = text[i];
	}
	the_log.written += length;
}

static size_t time_stamp(char *line, enum log_level level)
{
	uint64_t us = the_log.now_us != NULL ? the_log.now_us() : 0;

	return format(line, LOG_LINE_BYTES, "[%5lu.%06lu]%c ", us / 1000000, us % 1000000,
		      level_marks[level]);
}

void log_line(enum log_level level, const char *fmt, ...)
{
	char line[LOG_LINE_BYTES];
	size_t used = time_stamp(line, level);
	va_list args;

	va_start(args, fmt);
	used += format_v(line + used, sizeof(line) - used, fmt, args);
	va_end(args);
	if (used >= sizeof(line)) {
		used = sizeof(line) - 1;
	}

	spinlock_acquire(&the_log.lock);
	ring_put(line, used);
	ring_put("\n", 1);
	if (the_log.sink != NULL) {
		the_log.sink(line, used);
	}
	spinlock_release(&the_log.lock);
}

size_t log_read(uint64_t *position, char *buffer, size_t size)
{
	size_t length = 0;

	spinlock_acquire(&the_log.lock);
	uint64_t oldest = the_log.written > LOG_BYTES ? the_log.written - LOG_BYTES : 0;
	uint64_t at = max_u64(*position, oldest);
	for (; length < size && at < the_log.written; at++) {
		buffer[length++] = the_log.ring[at % LOG_BYTES];
	}
	spinlock_release(&the_log.lock);
	*position = at;
	return length;
}
