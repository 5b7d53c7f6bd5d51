/* SPDX-License-Identifier: Apache-2.0 */
/* guest_memory.c: a guest's RAM, a page at a time through this processor's window. */
#include "kernel/guest_memory.h"

#include "kernel/address_space.h"
#include "kernel/guest_ram.h"
#include "kernel/lib/string.h"

/* Finds the host page behind @at. False: nothing there that the access may reach. */
typedef bool (*page_fn)(const struct guest_memory *memory, gpa_t at, hpa_t *page);

static bool find_ram(const struct guest_memory *memory, gpa_t at, hpa_t *page)
{
	for (uint32_t i = 0; i < memory->plan->ram_count; i++) {
		const struct plan_ram *ram = &memory->plan->ram[i];
		uint64_t offset = at.value - ram->gpa.value;

		if (offset < ram->bytes) {
			*page = hpa(align_down(ram->hpa.value + offset, PAGE_SIZE));
			return true;
		}
	}
	return false;
}

static bool find_rom(const struct guest_memory *memory, gpa_t at, hpa_t *page)
{
	uint64_t offset = at.value - (4 * GIB - memory->rom.bytes);

	if (offset >= memory->rom.bytes) {
		return false;
	}
	*page = hpa(memory->rom.base.value + align_down(offset, PAGE_SIZE));
	return true;
}

static bool is_there(const struct guest_memory *memory, gpa_t from, size_t bytes, page_fn find)
{
	hpa_t page;
	uint64_t end = from.value + bytes;

	if (end < from.value) {
		return false;
	}
	for (uint64_t at = from.value; at < end; at = align_down(at, PAGE_SIZE) + PAGE_SIZE) {
		if (!find(memory, gpa(at), &page)) {
			return false;
		}
	}
	return true;
}

static bool find_readable(const struct guest_memory *memory, gpa_t at, hpa_t *page)
{
	return find_ram(memory, at, page) || find_rom(memory, at, page);
}

/* What is done with the part of an access that lies in one page. @bytes of it start at @ram. */
typedef void (*part_fn)(uint8_t *ram, void *other, size_t bytes);

static void part_read(uint8_t *ram, void *other, size_t bytes)
{
	memcpy(other, ram, bytes);
}

static void part_write(uint8_t *ram, void *other, size_t bytes)
{
	memcpy(ram, other, bytes);
}

static void part_zero(uint8_t *ram, void *other, size_t bytes)
{
	(void)other;
	memset(ram, 0, bytes);
}

struct access {
	gpa_t at;
	uint8_t *other; /* NULL when there is none */
	size_t bytes;
	part_fn part;
	page_fn find;
};

static inline void in_page(hpa_t page, struct access a, size_t bytes)
{
	a.part((uint8_t *)window_open(page) + a.at.value % PAGE_SIZE, a.other, bytes);
	window_close();
}

static __attribute__((noinline)) enum status each_page(const struct guest_memory *memory,
						       struct access a)
{
	hpa_t page;

	if (!is_there(memory, a.at, a.bytes, a.find)) {
		return E_RANGE;
	}
	while (a.bytes > 0 && a.find(memory, a.at, &page)) {
		size_t bytes = min_u64(PAGE_SIZE - a.at.value % PAGE_SIZE, a.bytes);

		in_page(page, a, bytes);
		a.at.value += bytes;
		a.bytes -= bytes;
		a.other = a.other != NULL ? a.other + bytes : NULL;
	}
	return OK;
}

/* What lies in one page, as nearly everything does, is looked up once; walks of page tables live of it. */
static inline __attribute__((always_inline)) enum status perform(const struct guest_memory *memory,
								 struct access a)
{
	hpa_t page;

	if (a.bytes > PAGE_SIZE - a.at.value % PAGE_SIZE) {
		return each_page(memory, a);
	}
	if (a.bytes == 0) {
		return OK;
	}
	if (!a.find(memory, a.at, &page)) {
		return E_RANGE;
	}
	in_page(page, a, a.bytes);
	return OK;
}

enum status guest_memory_write(struct guest_memory *memory, gpa_t to, const void *from,
			       size_t bytes)
{
	return perform(memory, (struct access){ to, (uint8_t *)(uintptr_t)from, bytes, part_write,
						find_ram });
}

enum status guest_memory_read(struct guest_memory *memory, gpa_t from, void *to, size_t bytes)
{
	return perform(memory, (struct access){ from, to, bytes, part_read, find_readable });
}

const volatile void *guest_memory_open(struct guest_memory *memory, gpa_t at)
{
	hpa_t page;

	if (!find_readable(memory, at, &page)) {
		return NULL;
	}
	return (const uint8_t *)window_open(page) + at.value % PAGE_SIZE;
}

void guest_memory_close(void)
{
	window_close();
}

enum status guest_memory_zero(struct guest_memory *memory, gpa_t to, size_t bytes)
{
	return perform(memory, (struct access){ to, NULL, bytes, part_zero, find_ram });
}

static bool exchange(void *ram, uint64_t expected, uint64_t value, size_t bytes)
{
	switch (bytes) {
	case 1:
		return __sync_bool_compare_and_swap((uint8_t *)ram, (uint8_t)expected,
						    (uint8_t)value);
	case 2:
		return __sync_bool_compare_and_swap((uint16_t *)ram, (uint16_t)expected,
						    (uint16_t)value);
	case 4:
		return __sync_bool_compare_and_swap((uint32_t *)ram, (uint32_t)expected,
						    (uint32_t)value);
	default:
		return __sync_bool_compare_and_swap((uint64_t *)ram, expected, value);
	}
}

enum status guest_memory_exchange(struct guest_memory *memory, gpa_t at, uint64_t expected,
				  uint64_t value, size_t bytes)
{
	hpa_t page;

	if (!find_ram(memory, at, &page)) {
		return E_RANGE;
	}
	bool done = exchange((uint8_t *)window_open(page) + at.value % PAGE_SIZE, expected, value,
			     bytes);
	window_close();
	return done ? OK : E_INVALID;
}
