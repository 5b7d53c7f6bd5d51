/* SPDX-License-Identifier: Apache-2.0 */
/* guest_walk.c: translates a guest's linear addresses. */
#include "kernel/guest_walk.h"

#include "arch/cpu/regs.h"
#include "kernel/partition.h"

#define ENTRY_PRESENT   ((uint64_t)1 << 0)
#define ENTRY_LARGE     ((uint64_t)1 << 7)
#define ADDRESS_BITS    ((uint64_t)0x000FFFFFFFFFF000)
#define ADDRESS_BITS_32 ((uint64_t)0xFFFFF000)

/* How one paging mode is made. */
struct mode {
	uint32_t levels;
	uint32_t index_bits; /* of each level but PAE's first, which has 2 */
	uint32_t entry_bytes;
	uint64_t address_bits; /* of an entry */
};

static const struct mode mode_32 = { 2, 10, 4, ADDRESS_BITS_32 };
static const struct mode mode_pae = { 3, 9, 8, ADDRESS_BITS };
static const struct mode mode_long = { 4, 9, 8, ADDRESS_BITS };

static const struct mode *paging_mode(void)
{
	if ((vmread(VMCS_GUEST_CR0) & CR0_PG) == 0) {
		return NULL;
	}
	if ((vmread(VMCS_GUEST_EFER) & EFER_LMA) != 0) {
		return &mode_long;
	}
	return (vmread(VMCS_GUEST_CR4) & CR4_PAE) != 0 ? &mode_pae : &mode_32;
}

static enum status read_entry(struct vcpu *vcpu, const struct mode *mode, uint64_t at,
			      uint64_t *entry)
{
	*entry = 0;
	enum status status =
		guest_memory_read(&vcpu->partition->memory, gpa(at), entry, mode->entry_bytes);

	if (status == OK && (*entry & ENTRY_PRESENT) == 0) {
		return E_NOT_FOUND;
	}
	return status;
}

static enum status walk(struct vcpu *vcpu, const struct mode *mode, uint64_t linear, gpa_t *out)
{
	uint64_t table =
		vmread(VMCS_GUEST_CR3) & (mode == &mode_pae ? 0xFFFFFFE0 : mode->address_bits);

	for (uint32_t level = mode->levels; level > 0; level--) {
		uint32_t shift = PAGE_SHIFT + (level - 1) * mode->index_bits;
		uint64_t index = linear >> shift & (((uint64_t)1 << mode->index_bits) - 1);
		uint64_t entry;
		enum status status =
			read_entry(vcpu, mode, table + index * mode->entry_bytes, &entry);

		if (status != OK) {
			return status;
		}
		table = entry & mode->address_bits;
		if (level == 1 || (level < 4 && (entry & ENTRY_LARGE) != 0)) {
			uint64_t inside = ((uint64_t)1 << shift) - 1;

			*out = gpa((table & ~inside) | (linear & inside));
			return OK;
		}
	}
	return E_NOT_FOUND;
}

enum status guest_walk(struct vcpu *vcpu, uint64_t linear, gpa_t *out)
{
	const struct mode *mode = paging_mode();

	if (mode == NULL) {
		*out = gpa(linear);
		return OK;
	}
	return walk(vcpu, mode, mode == &mode_long ? linear : (uint32_t)linear, out);
}

size_t guest_walk_code(struct vcpu *vcpu, uint8_t *code, size_t size)
{
	uint64_t linear = vmread(VMCS_GUEST_CS_BASE) + vmread(VMCS_GUEST_RIP);
	size_t done = 0;

	while (done < size) {
		gpa_t at;
		size_t part = min_u64(PAGE_SIZE - (linear + done) % PAGE_SIZE, size - done);

		if (guest_walk(vcpu, linear + done, &at) != OK ||
		    guest_memory_read(&vcpu->partition->memory, at, code + done, part) != OK) {
			break;
		}
		done += part;
	}
	return done;
}
