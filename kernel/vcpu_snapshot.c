/* SPDX-License-Identifier: Apache-2.0 */
/* vcpu_snapshot.c: the registers of a virtual processor, on their way to the monitor. */
#include "kernel/vcpu_snapshot.h"

#include "arch/cpu/guest_state.h"
#include "arch/cpu/insn.h"
#include "arch/cpu/msr.h"
#include "arch/cpu/regs.h"
#include "kernel/memory.h"
#include "kernel/vcpu_step.h"

/*
 * Who is asked: the address of a vcpu, which is that of a page, and how far its owner is. All changes of hands are
 * compare-and-exchange: an owner that comes late finds another question there, and leaves the room alone.
 */
enum { TICKET_WRITING = 1, TICKET_DONE = 2 };

static struct {
	uintptr_t ticket; /* 0: nobody is asked */
	struct vcpu_snapshot *room;
} all;

_Static_assert(sizeof(struct vcpu_snapshot) <= PAGE_SIZE, "the room is one page");

void vcpu_snapshot_init(void)
{
	all.room = memory_pages(1);
}

static bool exchange(uintptr_t from, uintptr_t to)
{
	return __atomic_compare_exchange_n(&all.ticket, &from, to, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

/* False: the owner is writing. */
static bool set_ticket(uintptr_t to)
{
	uintptr_t now = __atomic_load_n(&all.ticket, __ATOMIC_SEQ_CST);

	return (now & TICKET_WRITING) == 0 && exchange(now, to);
}

bool vcpu_snapshot_ask(struct vcpu *vcpu, enum vcpu_request request)
{
	if (!set_ticket((uintptr_t)vcpu)) {
		return false;
	}
	vcpu_call(vcpu, request);
	return true;
}

const struct vcpu_snapshot *vcpu_snapshot_answer(const struct vcpu *vcpu)
{
	uintptr_t done = (uintptr_t)vcpu | TICKET_DONE;

	return __atomic_load_n(&all.ticket, __ATOMIC_ACQUIRE) == done ? all.room : NULL;
}

void vcpu_snapshot_cancel(void)
{
	/* An owner that is writing is done soon, and nobody reads it. */
	(void)set_ticket(0);
}

static void read_field(void *context, uint32_t index, uint16_t encoding)
{
	struct vcpu_snapshot *snapshot = context;

	snapshot->fields[index] = 0;
	snapshot->has[index] = vmread_try(encoding, &snapshot->fields[index]);
}

/* What is a guest's and stays in the processor over exits. */
static void read_live(struct vcpu_snapshot *snapshot)
{
	struct guest_live live;

	guest_state_read(&live);
	snapshot->cr2 = live.cr2;
	snapshot->cr8 = live.cr8;
	for (uint32_t i = 0; i < SNAPSHOT_DRS; i++) {
		snapshot->dr[i] = live.dr[i];
	}
	snapshot->dr6 = live.dr6;
	/* CR4.OSXSAVE is Muntin's own here. */
	snapshot->has_xcr0 = (read_cr4() & CR4_OSXSAVE) != 0;
	snapshot->xcr0 = snapshot->has_xcr0 ? xgetbv(0) : 0;
	snapshot->star = rdmsr(MSR_IA32_STAR);
	snapshot->lstar = rdmsr(MSR_IA32_LSTAR);
	snapshot->cstar = rdmsr(MSR_IA32_CSTAR);
	snapshot->fmask = rdmsr(MSR_IA32_FMASK);
	snapshot->kernel_gs_base = rdmsr(MSR_IA32_KERNEL_GS_BASE);
}

static void fill(const struct vcpu *vcpu, struct vcpu_snapshot *snapshot)
{
	snapshot->general = vcpu->guest;
	snapshot->state = vcpu->state;
	snapshot->held = vcpu->held;
	read_live(snapshot);
	vmcs_fields_each(read_field, snapshot);
}

void vcpu_snapshot_serve(struct vcpu *vcpu, uint32_t requests)
{
	uintptr_t asked = (uintptr_t)vcpu;

	if (!exchange(asked, asked | TICKET_WRITING)) {
		return;
	}
	all.room->stepped = (requests & VCPU_REQUEST_STEP) != 0 && vcpu_step(vcpu);
	fill(vcpu, all.room);
	__atomic_store_n(&all.ticket, asked | TICKET_DONE, __ATOMIC_RELEASE);
}
