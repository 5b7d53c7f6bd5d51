/* SPDX-License-Identifier: Apache-2.0 */
/* memory_map.h: who owns which page: Muntin's image and arena, what it has mapped besides, the guests' RAM. */
#pragma once

#include "kernel/lib/types.h"

enum { MEMORY_MAP_WHAT_BYTES = 32 };

/** struct memory_map_piece - a piece of the machine's memory. */
struct memory_map_piece {
	uint64_t base;
	uint64_t bytes;
	const char *guest;  /* its owner; NULL: Muntin */
	const char *access; /* what its owner may do with it: "rx", "ro", "rw", "rwx" */
	bool is_ram;        /* a guest's RAM, at @gpa of its */
	uint64_t gpa;
	char what[MEMORY_MAP_WHAT_BYTES];
};

/** memory_map() - piece @index, in no order; one without bytes is none. False: no more. */
bool memory_map(uint32_t index, struct memory_map_piece *piece);

/** memory_map_next() - the lowest piece that begins at @from or above. False: there is none. */
bool memory_map_next(uint64_t from, struct memory_map_piece *piece);
