/* SPDX-License-Identifier: Apache-2.0 */
/* vcpu_snapshot.c: the registers of a virtual processor, on their way to the monitor. */
#include "kernel/vcpu_snapshot.h"

#include "kernel/memory.h"

/*
 * Who is asked: the address of a vcpu, which is that of a page, and how far its owner is. All changes of hands are
 * compare-and-exchange: an owner that comes late finds another question there, and leaves the room alone.
 */
enum { TICKET_WRITING = 1, TICKET_DONE = 2 };

static struct {
	uintptr_t ticket; /* 0: nobody is asked */
	struct vcpu_snapshot *room;
	bool probed; /* room->has is known; the same on all processors */
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

	/* A field that the processor lacks is tried once: each try leaves an instruction error in the VMCS. */
	if (!all.probed || snapshot->has[index]) {
		snapshot->fields[index] = 0;
		snapshot->has[index] = vmread_try(encoding, &snapshot->fields[index]);
	}
}

static void fill(const struct vcpu *vcpu, struct vcpu_snapshot *snapshot)
{
	snapshot->general = vcpu->guest;
	snapshot->state = vcpu->state;
	snapshot->held = vcpu->held;
	guest_state_read(&snapshot->live);
	vmcs_fields_each(read_field, snapshot);
	all.probed = true;
}

void vcpu_snapshot_serve(struct vcpu *vcpu, uint32_t requests)
{
	uintptr_t asked = (uintptr_t)vcpu;

	if (!exchange(asked, asked | TICKET_WRITING)) {
		return;
	}
	all.room->step = (requests & VCPU_REQUEST_STEP) != 0 ? vcpu_step(vcpu) : STEP_NONE;
	fill(vcpu, all.room);
	__atomic_store_n(&all.ticket, asked | TICKET_DONE, __ATOMIC_RELEASE);
}
