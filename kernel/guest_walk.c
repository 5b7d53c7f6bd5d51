/* SPDX-License-Identifier: Apache-2.0 */
/* guest_walk.c: the linear addresses of a vcpu that has just exited. */
#include "kernel/guest_walk.h"

#include "arch/cpu/regs.h"
#include "kernel/guest_paging.h"
#include "kernel/partition.h"

/* The rest of @paging is for accesses with rights: guest_walk_context(). */
static void read_paging(struct guest_paging *paging)
{
	paging->cr0 = vmread(VMCS_GUEST_CR0);
	paging->cr3 = vmread(VMCS_GUEST_CR3);
	paging->cr4 = vmread(VMCS_GUEST_CR4);
	paging->efer = vmread(VMCS_GUEST_EFER);
	if ((paging->efer & EFER_LMA) != 0 || (paging->cr4 & CR4_PAE) == 0) {
		return;
	}
	/* Only PAE paging outside of long mode looks at them. */
	for (uint32_t i = 0; i < GUEST_PDPTES; i++) {
		paging->pdptes[i] = vmread((enum vmcs_field)(VMCS_GUEST_PDPTE0 + 2 * i));
	}
}

enum status guest_walk(struct vcpu *vcpu, uint64_t linear, gpa_t *out)
{
	struct guest_paging paging;

	if ((vmread(VMCS_GUEST_CR0) & CR0_PG) == 0) {
		*out = gpa((uint32_t)linear);
		return OK;
	}
	read_paging(&paging);
	return guest_paging_translate(&paging, &vcpu->partition->memory, linear, out);
}

bool guest_walk_is_64bit(void)
{
	return (vmread(VMCS_GUEST_EFER) & EFER_LMA) != 0 &&
	       (vmread(VMCS_GUEST_CS_ACCESS) & ACCESS_L) != 0;
}

/* 64-bit code has no base; any other wraps at 4 GiB (SDM Vol. 3A, "Segmentation in IA-32e Mode"). */
static uint64_t code_mask(void)
{
	return guest_walk_is_64bit() ? UINT64_MAX : UINT32_MAX;
}

size_t guest_walk_code(struct vcpu *vcpu, uint8_t *code, size_t size)
{
	uint64_t mask = code_mask();
	uint64_t base = mask == UINT64_MAX ? 0 : vmread(VMCS_GUEST_CS_BASE);
	uint64_t linear = base + vmread(VMCS_GUEST_RIP);
	size_t done = 0;

	while (done < size) {
		uint64_t from = (linear + done) & mask;
		size_t part = min_u64(PAGE_SIZE - from % PAGE_SIZE, size - done);
		gpa_t at;

		if (guest_walk(vcpu, from, &at) != OK ||
		    guest_memory_read(&vcpu->partition->memory, at, code + done, part) != OK) {
			break;
		}
		done += part;
	}
	return done;
}

struct guest_segment guest_walk_segment(enum vmcs_segment segment)
{
	uint32_t step = (uint32_t)segment * VMCS_SEGMENT_STEP;
	bool flat = guest_walk_is_64bit() && segment < SEG_FS;

	return (struct guest_segment){
		.base = flat ? 0 : vmread((enum vmcs_field)(VMCS_GUEST_ES_BASE + step)),
		.limit = (uint32_t)vmread((enum vmcs_field)(VMCS_GUEST_ES_LIMIT + step)),
		.access = (uint32_t)vmread((enum vmcs_field)(VMCS_GUEST_ES_ACCESS + step)),
		.stack = segment == SEG_SS,
	};
}

static uint8_t physical_bits(const struct vcpu *vcpu)
{
	return (uint8_t)cpuid_policy_lookup(&vcpu->cpuid, 0x80000008, 0, false).eax;
}

struct guest_context guest_walk_context(struct vcpu *vcpu, bool write)
{
	uint64_t rflags = vmread(VMCS_GUEST_RFLAGS);
	bool user = (vmread(VMCS_GUEST_SS_ACCESS) >> ACCESS_DPL_SHIFT & 3) == 3;
	struct guest_context context = {
		.memory = &vcpu->partition->memory,
		.rights = { .write = write, .user = user },
		.is_64bit = guest_walk_is_64bit(),
	};

	read_paging(&context.paging);
	context.paging.rflags = rflags;
	context.paging.physical_bits = physical_bits(vcpu);
	context.protected = (context.paging.cr0 & CR0_PE) != 0 && (rflags & RFLAGS_VM) == 0;
	context.aligned = user && (context.paging.cr0 & CR0_AM) != 0 && (rflags & RFLAGS_AC) != 0;
	return context;
}
