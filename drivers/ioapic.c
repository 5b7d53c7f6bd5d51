/* SPDX-License-Identifier: Apache-2.0 */
/* ioapic.c: a real I/O APIC (Intel 82093AA data sheet, "Register Description"). */
#include "drivers/ioapic.h"

enum {
	REGISTER_SELECT = 0x00,
	REGISTER_WINDOW = 0x10,
	INDEX_VERSION = 0x01,
	INDEX_REDIRECTION = 0x10,
	PINS_MAX = 240,
};

#define ENTRY_ACTIVE_LOW ((uint32_t)1 << 13)
#define ENTRY_LEVEL      ((uint32_t)1 << 15)
#define ENTRY_MASKED     ((uint32_t)1 << 16)

static volatile uint32_t *at(hpa_t base, uint32_t offset)
{
	return (volatile uint32_t *)(base.value + offset);
}

static uint32_t read(hpa_t base, uint32_t index)
{
	*at(base, REGISTER_SELECT) = index;
	return *at(base, REGISTER_WINDOW);
}

static void write(hpa_t base, uint32_t index, uint32_t value)
{
	*at(base, REGISTER_SELECT) = index;
	*at(base, REGISTER_WINDOW) = value;
}

uint32_t ioapic_pins(hpa_t base)
{
	uint32_t version = read(base, INDEX_VERSION);
	uint32_t pins = (version >> 16 & 0xFF) + 1;

	return version == UINT32_MAX || version == 0 || pins > PINS_MAX ? 0 : pins;
}

void ioapic_mask_all(hpa_t base)
{
	uint32_t pins = ioapic_pins(base);

	for (uint32_t pin = 0; pin < pins; pin++) {
		write(base, INDEX_REDIRECTION + 2 * pin, ENTRY_MASKED);
		write(base, INDEX_REDIRECTION + 2 * pin + 1, 0);
	}
}

enum status ioapic_route(hpa_t base, const struct ioapic_route *route)
{
	if (route->pin >= ioapic_pins(base)) {
		return E_RANGE;
	}
	write(base, INDEX_REDIRECTION + 2 * route->pin + 1, (uint32_t)route->apic_id << 24);
	write(base, INDEX_REDIRECTION + 2 * route->pin,
	      route->vector | (route->level ? ENTRY_LEVEL : 0) |
		      (route->active_low ? ENTRY_ACTIVE_LOW : 0));
	return OK;
}

struct ioapic_entry ioapic_read(hpa_t base, uint32_t pin)
{
	uint64_t high = read(base, INDEX_REDIRECTION + 2 * pin + 1);

	return ioapic_decode(high << 32 | read(base, INDEX_REDIRECTION + 2 * pin));
}
