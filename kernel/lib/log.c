/* SPDX-License-Identifier: Apache-2.0 */
/* log.c: the hypervisor's own messages, a ring in memory and a sink. */
#include "kernel/lib/log.h"

#include "kernel/lib/format.h"
#include "kernel/lib/hash.h"
#include "kernel/lib/spinlock.h"
#include "kernel/lib/string.h"

/*
 * What the memory begins with. @span is one store, so that a reset at any moment leaves either what was or what is: where
 * the oldest message begins, in the low half, and how many bytes of messages there are, in the high half.
 */
struct head {
	uint64_t magic;
	uint64_t span;
};

/* In front of each message's text. */
struct mark {
	uint32_t check; /* of all that follows, the text too */
	uint16_t length;
	uint16_t level;
	uint64_t us;
};

#define LOG_MAGIC ((uint64_t)0x31676F6C6E74754D) /* "Mutnlog1" */

enum { ROOM = LOG_BYTES - sizeof(struct head) };

_Static_assert(sizeof(struct mark) == 16, "no padding: all of it is checked");

static struct {
	struct spinlock lock;
	log_sink_fn sink;
	uint64_t (*now_us)(void);
	struct log_ring ring;
} the_log;

static const char level_marks[LOG_LEVELS] = { 'E', 'W', ' ' };
static const char *const level_names[LOG_LEVELS] = { "error", "warning", "info" };

const char *log_level_name(enum log_level level)
{
	return (unsigned)level < LOG_LEVELS ? level_names[level] : "unknown";
}

static struct head *head_of(const struct log_ring *ring)
{
	return (struct head *)(void *)ring->memory;
}

static char *byte_at(const struct log_ring *ring, uint64_t position)
{
	return &ring->memory[sizeof(struct head) + position % ROOM];
}

static void publish(const struct log_ring *ring)
{
	uint64_t span = (ring->end - ring->oldest) << 32 | ring->oldest % ROOM;

	__atomic_store_n(&head_of(ring)->span, span, __ATOMIC_RELEASE);
}

void log_init(void *memory)
{
	the_log.ring = (struct log_ring){ memory, 0, 0 };
	publish(&the_log.ring);
	head_of(&the_log.ring)->magic = LOG_MAGIC;
}

bool log_open(struct log_ring *ring, void *memory)
{
	*ring = (struct log_ring){ memory, 0, 0 };
	uint64_t span = head_of(ring)->span;

	ring->oldest = (uint32_t)span;
	ring->end = ring->oldest + (span >> 32);
	return head_of(ring)->magic == LOG_MAGIC && ring->oldest < ROOM && span >> 32 <= ROOM;
}

void log_set_sink(log_sink_fn sink)
{
	the_log.sink = sink;
}

void log_set_clock(uint64_t (*now_us)(void))
{
	the_log.now_us = now_us;
}

static void copy_in(const struct log_ring *ring, uint64_t to, const void *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		*byte_at(ring, to + i) = ((const char *)bytes)[i];
	}
}

static void copy_out(const struct log_ring *ring, uint64_t from, void *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		((char *)bytes)[i] = *byte_at(ring, from + i);
	}
}

static uint32_t check_of(const struct mark *mark, const char *text)
{
	size_t unchecked = sizeof(mark->check);
	uint32_t check =
		hash_more(HASH_START, (const char *)mark + unchecked, sizeof(*mark) - unchecked);

	return hash_more(check, text, mark->length);
}

/* Return: false when there is no whole message at @position. */
static bool read_entry(const struct log_ring *ring, uint64_t position, struct log_entry *entry)
{
	struct mark mark;

	if (ring->end - position < sizeof(mark)) {
		return false;
	}
	copy_out(ring, position, &mark, sizeof(mark));
	if (mark.length >= sizeof(entry->text) || mark.level >= LOG_LEVELS ||
	    mark.length > ring->end - position - sizeof(mark)) {
		return false;
	}
	copy_out(ring, position + sizeof(mark), entry->text, mark.length);
	entry->text[mark.length] = '\0';
	entry->us = mark.us;
	entry->level = (enum log_level)mark.level;
	entry->length = mark.length;
	return mark.check == check_of(&mark, entry->text);
}

bool log_ring_next(const struct log_ring *ring, uint64_t *position, struct log_entry *entry)
{
	uint64_t at = max_u64(*position, ring->oldest);

	if (at >= ring->end || !read_entry(ring, at, entry)) {
		*position = ring->end;
		return false;
	}
	*position = at + sizeof(struct mark) + entry->length;
	return true;
}

bool log_next(uint64_t *position, struct log_entry *entry)
{
	spinlock_acquire(&the_log.lock);
	bool found = log_ring_next(&the_log.ring, position, entry);
	spinlock_release(&the_log.lock);
	return found;
}

uint64_t log_end(void)
{
	spinlock_acquire(&the_log.lock);
	uint64_t end = the_log.ring.end;
	spinlock_release(&the_log.lock);
	return end;
}

/* Let the oldest messages go until there is room for @bytes more. */
static void make_room(struct log_ring *ring, size_t bytes)
{
	struct mark mark;

	while (ring->end - ring->oldest + bytes > ROOM) {
		copy_out(ring, ring->oldest, &mark, sizeof(mark));
		ring->oldest = min_u64(ring->oldest + sizeof(mark) + mark.length, ring->end);
	}
	publish(ring);
}

static void ring_put(struct log_ring *ring, const struct log_entry *entry)
{
	struct mark mark = { 0, (uint16_t)entry->length, (uint16_t)entry->level, entry->us };

	if (ring->memory == NULL) {
		return;
	}
	mark.check = check_of(&mark, entry->text);
	make_room(ring, sizeof(mark) + entry->length);
	copy_in(ring, ring->end, &mark, sizeof(mark));
	copy_in(ring, ring->end + sizeof(mark), entry->text, entry->length);
	ring->end += sizeof(mark) + entry->length;
	publish(ring);
}

size_t log_entry_line(const struct log_entry *entry, char line[LOG_LINE_BYTES])
{
	return format(line, LOG_LINE_BYTES, "[%5lu.%06lu]%c %s", entry->us / 1000000,
		      entry->us % 1000000, level_marks[entry->level], entry->text);
}

static void give_to_sink(const struct log_entry *entry)
{
	char line[LOG_LINE_BYTES];

	if (the_log.sink != NULL) {
		size_t length = log_entry_line(entry, line);

		the_log.sink(line, min_u64(length, sizeof(line) - 1));
	}
}

void log_line(enum log_level level, const char *fmt, ...)
{
	struct log_entry entry;
	va_list args;

	va_start(args, fmt);
	entry.length = min_u64(format_v(entry.text, sizeof(entry.text), fmt, args),
			       sizeof(entry.text) - 1);
	va_end(args);
	entry.level = level;
	entry.us = the_log.now_us != NULL ? the_log.now_us() : 0;

	spinlock_acquire(&the_log.lock);
	ring_put(&the_log.ring, &entry);
	give_to_sink(&entry);
	spinlock_release(&the_log.lock);
}
