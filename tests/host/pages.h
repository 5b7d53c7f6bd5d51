/* SPDX-License-Identifier: Apache-2.0 */
/* pages.h: a page source for host tests: a few pages, counted, so that they can run out. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "kernel/lib/page_tree.h"

enum { PAGES_MAX = 64 };

/** struct pages - pages handed out so far, and how many may be. */
struct pages {
	void *page[PAGES_MAX];
	unsigned used;
	unsigned limit;
};

/** pages_take() - the callback of the page source. */
static inline void *pages_take(void *context)
{
	struct pages *pages = context;

	if (pages->used >= pages->limit || pages->used >= PAGES_MAX) {
		return NULL;
	}
	void *page = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
	memset(page, 0, PAGE_SIZE);
	pages->page[pages->used++] = page;
	return page;
}

/** pages_source() - @pages, empty, as a source of at most @limit pages. */
static inline struct page_source pages_source(struct pages *pages, unsigned limit)
{
	*pages = (struct pages){ .limit = limit };
	return (struct page_source){ pages_take, pages };
}

/** pages_free() - give all of them back. */
static inline void pages_free(struct pages *pages)
{
	while (pages->used > 0) {
		free(pages->page[--pages->used]);
	}
}
