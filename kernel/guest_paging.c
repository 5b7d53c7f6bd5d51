/* SPDX-License-Identifier: Apache-2.0 */
/* guest_paging.c: walks a guest's page tables. */
#include "kernel/guest_paging.h"

#include "arch/cpu/regs.h"

#define ENTRY_PRESENT   ((uint64_t)1 << 0)
#define ENTRY_WRITE     ((uint64_t)1 << 1)
#define ENTRY_USER      ((uint64_t)1 << 2)
#define ENTRY_ACCESSED  ((uint64_t)1 << 5)
#define ENTRY_DIRTY     ((uint64_t)1 << 6)
#define ENTRY_LARGE     ((uint64_t)1 << 7)
#define ENTRY_LARGE_PAT ((uint64_t)1 << 12)
#define ENTRY_NX        ((uint64_t)1 << 63)
#define ADDRESS_BITS    ((uint64_t)0x000FFFFFFFFFF000)
#define ADDRESS_BITS_32 ((uint64_t)0xFFFFF000)

/* How one paging mode is made. */
struct mode {
	uint32_t levels; /* that lie in memory */
	uint32_t index_bits;
	uint32_t entry_bytes;
	uint64_t address_bits; /* of an entry */
};

static const struct mode mode_32 = { 2, 10, 4, ADDRESS_BITS_32 };
static const struct mode mode_pae = { 2, 9, 8, ADDRESS_BITS };
static const struct mode mode_long = { 4, 9, 8, ADDRESS_BITS };
static const struct mode mode_long_5 = { 5, 9, 8, ADDRESS_BITS };

/* NULL: paging is off. */
static const struct mode *mode_of(const struct guest_paging *paging)
{
	if ((paging->cr0 & CR0_PG) == 0) {
		return NULL;
	}
	if ((paging->efer & EFER_LMA) != 0) {
		return (paging->cr4 & CR4_LA57) != 0 ? &mode_long_5 : &mode_long;
	}
	return (paging->cr4 & CR4_PAE) != 0 ? &mode_pae : &mode_32;
}

/* A walk: by whose registers, by which rules, through which memory. */
struct walk {
	const struct guest_paging *paging;
	const struct mode *mode;
	struct guest_memory *memory;
};

/* Where it starts. PAE paging has one more level: four entries that the processor keeps. */
static inline enum status first_table(const struct walk *walk, uint64_t linear, uint64_t *table)
{
	uint64_t entry = walk->paging->cr3;

	if (walk->mode == &mode_pae) {
		entry = walk->paging->pdptes[linear >> 30 & (GUEST_PDPTES - 1)];
		if ((entry & ENTRY_PRESENT) == 0) {
			return E_NOT_FOUND;
		}
	}
	*table = entry & walk->mode->address_bits;
	return OK;
}

/* Leaves memory open. Entries are aligned, so none crosses a page. */
static inline enum status read_entry(const struct walk *walk, uint64_t at, uint64_t *entry)
{
	const volatile void *found = guest_memory_open(walk->memory, gpa(at));

	if (found == NULL) {
		*entry = 0;
		return E_RANGE;
	}
	*entry = walk->mode->entry_bytes == 8 ? *(const volatile uint64_t *)found
					      : *(const volatile uint32_t *)found;
	return (*entry & ENTRY_PRESENT) != 0 ? OK : E_NOT_FOUND;
}

/* Large pages of 32-bit paging have to be switched on. No page has 512 GiB or more. */
static inline bool is_leaf(const struct walk *walk, uint32_t level, uint64_t entry)
{
	if (level == 1) {
		return true;
	}
	if ((entry & ENTRY_LARGE) == 0 || level >= 4) {
		return false;
	}
	return walk->mode != &mode_32 || (walk->paging->cr4 & CR4_PSE) != 0;
}

/* First byte of a page of @bytes. A 4 MiB page has bits 39:32 in bits 20:13 of its entry. */
static inline uint64_t page_base(const struct mode *mode, uint64_t entry, uint64_t bytes)
{
	uint64_t base = entry & mode->address_bits & ~(bytes - 1);

	return mode == &mode_32 && bytes > PAGE_SIZE ? base | (entry >> 13 & 0xFF) << 32 : base;
}

static inline __attribute__((always_inline)) enum status walk_tables(struct walk walk,
								     uint64_t linear, gpa_t *out)
{
	const struct mode *mode = walk.mode;
	uint64_t indexes = ((uint64_t)1 << mode->index_bits) - 1;
	uint32_t shift = PAGE_SHIFT + mode->levels * mode->index_bits;
	uint64_t table;
	enum status status = first_table(&walk, linear, &table);

	for (uint32_t level = mode->levels; status == OK; level--) {
		uint64_t entry;

		shift -= mode->index_bits;
		status = read_entry(&walk, table + (linear >> shift & indexes) * mode->entry_bytes,
				    &entry);
		if (status == OK && is_leaf(&walk, level, entry)) {
			uint64_t bytes = (uint64_t)1 << shift;

			*out = gpa(page_base(mode, entry, bytes) | (linear & (bytes - 1)));
			return OK;
		}
		table = entry & mode->address_bits;
	}
	return status;
}

enum status guest_paging_translate(const struct guest_paging *paging, struct guest_memory *memory,
				   uint64_t linear, gpa_t *out)
{
	struct walk walk = { paging, mode_of(paging), memory };
	bool long_mode = (paging->efer & EFER_LMA) != 0;

	linear = long_mode ? linear : (uint32_t)linear;
	if (walk.mode == NULL) {
		*out = gpa(linear);
		return OK;
	}
	/* Four levels, which most systems have, are walked by code made for them. */
	enum status status =
		walk.mode == &mode_long
			? walk_tables((struct walk){ paging, &mode_long, memory }, linear, out)
			: walk_tables(walk, linear, out);

	guest_memory_close();
	return status;
}

/** struct step - one entry of a walk with rights. */
struct step {
	uint64_t at; /* guest-physical */
	uint64_t entry;
	uint32_t level;
	bool leaf;
};

/* Bits that must be 0 (SDM Vol. 3A, "Page-Fault Exceptions", RSVD). Entries of 32-bit paging have few of them. */
static uint64_t reserved_bits(const struct walk *walk, const struct step *step)
{
	uint64_t page = (uint64_t)1 << (PAGE_SHIFT + (step->level - 1) * walk->mode->index_bits);
	uint64_t inside = step->leaf && step->level > 1 ? (page - 1) & ~(uint64_t)0xFFF : 0;

	if (walk->mode == &mode_32) {
		/* Bits 20:13 of a large page are address bits 39:32. */
		return inside & ((uint64_t)1 << 21);
	}
	uint64_t reserved = ADDRESS_BITS & ~(((uint64_t)1 << walk->paging->physical_bits) - 1);

	reserved |= inside & ~ENTRY_LARGE_PAT;
	if ((walk->paging->efer & EFER_NXE) == 0) {
		reserved |= ENTRY_NX;
	}
	if (walk->mode == &mode_pae) {
		reserved |= (uint64_t)0x7FF << 52;
	}
	return step->level >= 4 ? reserved | ENTRY_LARGE : reserved;
}

/* SDM Vol. 3A, "Determination of Access Rights". @entry: the bits that all entries have. */
static bool is_allowed(const struct walk *walk, const struct guest_rights *rights, uint64_t entry)
{
	bool user_page = (entry & ENTRY_USER) != 0;
	bool writable = (entry & ENTRY_WRITE) != 0;

	if (rights->user) {
		return user_page && (writable || !rights->write);
	}
	bool open = (walk->paging->rflags & RFLAGS_AC) != 0 && !rights->implicit;
	if (user_page && (walk->paging->cr4 & CR4_SMAP) != 0 && !open) {
		return false;
	}
	return writable || !rights->write || (walk->paging->cr0 & CR0_WP) == 0;
}

/* Locked, and only if the guest has not changed the entry meanwhile: that is how a processor does it. */
static enum status mark(const struct walk *walk, const struct step *step, uint64_t bits)
{
	uint64_t marked = step->entry | bits;

	if (marked == step->entry) {
		return OK;
	}
	return guest_memory_exchange(walk->memory, gpa(step->at), step->entry, marked,
				     walk->mode->entry_bytes);
}

enum { LEVELS_MAX = 5, WALK_TRIES = 8 };

/** struct trail - the entries of one walk, from the top. */
struct trail {
	struct step steps[LEVELS_MAX];
	uint32_t count;
	uint64_t rights; /* what all entries allow */
};

/* Return: OK; E_DENIED (an entry is not present, or has reserved bits set); E_RANGE. */
static enum status walk_trail(const struct walk *walk, uint64_t linear, struct trail *trail,
			      uint32_t *error_code)
{
	uint64_t table;

	*trail = (struct trail){ .rights = UINT64_MAX };
	*error_code = 0;
	if (first_table(walk, linear, &table) != OK) {
		return E_DENIED;
	}
	for (uint32_t level = walk->mode->levels; level > 0; level--) {
		uint32_t shift = PAGE_SHIFT + (level - 1) * walk->mode->index_bits;
		uint64_t index = linear >> shift & (((uint64_t)1 << walk->mode->index_bits) - 1);
		struct step *step = &trail->steps[trail->count++];

		step->at = table + index * walk->mode->entry_bytes;
		step->level = level;
		enum status status = read_entry(walk, step->at, &step->entry);
		if (status != OK) {
			return status == E_NOT_FOUND ? E_DENIED : status;
		}
		step->leaf = is_leaf(walk, level, step->entry);
		trail->rights &= step->entry;
		if ((step->entry & reserved_bits(walk, step)) != 0) {
			*error_code = PAGE_FAULT_P | PAGE_FAULT_RSVD;
			return E_DENIED;
		}
		if (step->leaf) {
			return OK;
		}
		table = step->entry & walk->mode->address_bits;
	}
	return E_RANGE;
}

static enum status mark_trail(const struct walk *walk, const struct trail *trail, bool write)
{
	enum status status = OK;

	for (uint32_t i = 0; i < trail->count && status == OK; i++) {
		bool dirty = write && trail->steps[i].leaf;

		status = mark(walk, &trail->steps[i], ENTRY_ACCESSED | (dirty ? ENTRY_DIRTY : 0));
	}
	return status;
}

static gpa_t trail_address(const struct walk *walk, const struct trail *trail, uint64_t linear)
{
	const struct step *leaf = &trail->steps[trail->count - 1];
	uint64_t bytes = (uint64_t)1 << (PAGE_SHIFT + (leaf->level - 1) * walk->mode->index_bits);

	return gpa(page_base(walk->mode, leaf->entry, bytes) | (linear & (bytes - 1)));
}

static enum status access_once(const struct walk *walk, uint64_t linear,
			       const struct guest_rights *rights, gpa_t *out, uint32_t *error_code)
{
	struct trail trail;
	enum status status = walk_trail(walk, linear, &trail, error_code);

	guest_memory_close();
	if (status == OK && !is_allowed(walk, rights, trail.rights)) {
		*error_code = PAGE_FAULT_P;
		status = E_DENIED;
	}
	if (status == OK) {
		status = mark_trail(walk, &trail, rights->write);
	}
	if (status == OK) {
		*out = trail_address(walk, &trail, linear);
	}
	*error_code |= (rights->write ? PAGE_FAULT_W : 0u) | (rights->user ? PAGE_FAULT_U : 0u);
	return status;
}

enum status guest_paging_access(const struct guest_paging *paging, struct guest_memory *memory,
				uint64_t linear, const struct guest_rights *rights, gpa_t *out,
				uint32_t *error_code)
{
	struct walk walk = { paging, mode_of(paging), memory };
	enum status status = E_INVALID;

	linear = (paging->efer & EFER_LMA) != 0 ? linear : (uint32_t)linear;
	if (walk.mode == NULL) {
		*out = gpa(linear);
		return OK;
	}
	/* A guest that changes its entry again and again from another processor gets a fault that nobody could rule out. */
	for (uint32_t i = 0; i < WALK_TRIES && status == E_INVALID; i++) {
		status = access_once(&walk, linear, rights, out, error_code);
	}
	return status == E_INVALID ? E_DENIED : status;
}

size_t guest_linear_read(const struct guest_linear *from, void *to, size_t size)
{
	size_t done = 0;

	while (done < size) {
		uint64_t linear = from->address + done;
		size_t part = min_u64(PAGE_SIZE - linear % PAGE_SIZE, size - done);
		gpa_t at;

		if (guest_paging_translate(from->paging, from->memory, linear, &at) != OK ||
		    guest_memory_read(from->memory, at, (uint8_t *)to + done, part) != OK) {
			break;
		}
		done += part;
	}
	return done;
}
