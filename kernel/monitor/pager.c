/* SPDX-License-Identifier: Apache-2.0 */
/* pager.c: output that stops at --More-- when the screen is full. */
#include "kernel/monitor/pager.h"

#include "kernel/lib/string.h"

enum { BYTE_CTRL_C = 0x03 };

void pager_start(struct pager *pager)
{
	pager->used = 0;
	pager->sent = 0;
	pager->column = 0;
	pager->rows_left = PAGER_ROWS;
	pager->stopped = false;
}

size_t pager_put(struct pager *pager, const char *bytes, size_t length)
{
	if (!pager_pending(pager)) {
		pager->used = 0;
		pager->sent = 0;
	}
	length = min_u64(length, pager->size - pager->used);
	memcpy(&pager->text[pager->used], bytes, length);
	pager->used += length;
	return length;
}

bool pager_pending(const struct pager *pager)
{
	return pager->sent < pager->used;
}

/* A line that is wider than the screen takes several rows of it. */
static void count_byte(struct pager *pager, char c)
{
	if (c == '\n') {
		pager->column = 0;
		pager->rows_left--;
	} else if (c == '\r') {
		pager->column = 0;
	} else if (pager->column++ == PAGER_COLUMNS) {
		pager->column = 1;
		pager->rows_left--;
	}
}

size_t pager_next(struct pager *pager, const char **piece, size_t most)
{
	size_t start = pager->sent;

	*piece = &pager->text[start];
	if (pager->rows_left == 0 && pager_pending(pager)) {
		pager->stopped = true;
		return 0;
	}
	while (pager_pending(pager) && pager->sent - start < most && pager->rows_left > 0) {
		count_byte(pager, pager->text[pager->sent++]);
	}
	return pager->sent - start;
}

enum pager_answer pager_key(struct pager *pager, uint8_t byte)
{
	switch (byte) {
	case ' ':
		pager->rows_left = PAGER_ROWS;
		break;
	case '\r':
	case '\n':
		pager->rows_left = 1;
		break;
	case 'q':
	case 'Q':
	case BYTE_CTRL_C:
		pager_start(pager);
		return PAGER_QUIT;
	default:
		return PAGER_STAY;
	}
	pager->stopped = false;
	return PAGER_GO_ON;
}
