/* SPDX-License-Identifier: Apache-2.0 */
/* vuart_queue.h: what was typed for a guest and is not in its receive FIFO yet; one BREAK may be among it. */
#pragma once

#include "kernel/lib/types.h"

enum { VUART_QUEUE_BYTES = 256 /* a power of two */ };

/** struct vuart_queue - empty when zeroed. */
struct vuart_queue {
	uint8_t bytes[VUART_QUEUE_BYTES];
	uint32_t put; /* bytes ever put and taken; they wrap around together */
	uint32_t taken;
	uint32_t break_at; /* number of the byte that stands for a BREAK */
	bool break_waits;
};

/** vuart_queue_empty() - whether nothing waits. */
static inline bool vuart_queue_empty(const struct vuart_queue *queue)
{
	return queue->put == queue->taken;
}

/** vuart_queue_put() - append a byte. Return: false when there is no room. */
static inline bool vuart_queue_put(struct vuart_queue *queue, uint8_t byte)
{
	if (queue->put - queue->taken >= VUART_QUEUE_BYTES) {
		return false;
	}
	queue->bytes[queue->put++ % VUART_QUEUE_BYTES] = byte;
	return true;
}

/** vuart_queue_put_break() - append a BREAK: a NUL that is marked. Return: false when no room, or one waits already. */
static inline bool vuart_queue_put_break(struct vuart_queue *queue)
{
	uint32_t at = queue->put;

	if (queue->break_waits || !vuart_queue_put(queue, 0)) {
		return false;
	}
	queue->break_at = at;
	queue->break_waits = true;
	return true;
}

/** vuart_queue_take() - the oldest byte, of a queue that is not empty; @is_break: whether it stands for a BREAK. */
static inline uint8_t vuart_queue_take(struct vuart_queue *queue, bool *is_break)
{
	*is_break = queue->break_waits && queue->taken == queue->break_at;
	if (*is_break) {
		queue->break_waits = false;
	}
	return queue->bytes[queue->taken++ % VUART_QUEUE_BYTES];
}
