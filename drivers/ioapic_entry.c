/* SPDX-License-Identifier: Apache-2.0 */
/* ioapic_entry.c: what an entry of a redirection table says. */
#include "drivers/ioapic.h"

enum {
	DELIVERY_AT = 8,
	LOGICAL_AT = 11,
	ACTIVE_LOW_AT = 13,
	REMOTE_IRR_AT = 14,
	LEVEL_AT = 15,
	MASKED_AT = 16,
	DESTINATION_AT = 56,
};

static bool bit(uint64_t entry, unsigned at)
{
	return (entry >> at & 1) != 0;
}

struct ioapic_entry ioapic_decode(uint64_t entry)
{
	return (struct ioapic_entry){
		.vector = (uint8_t)entry,
		.delivery = (uint8_t)(entry >> DELIVERY_AT & 7),
		.destination = (uint8_t)(entry >> DESTINATION_AT),
		.logical = bit(entry, LOGICAL_AT),
		.active_low = bit(entry, ACTIVE_LOW_AT),
		.level = bit(entry, LEVEL_AT),
		.masked = bit(entry, MASKED_AT),
		.remote_irr = bit(entry, REMOTE_IRR_AT),
	};
}
