/* SPDX-License-Identifier: Apache-2.0 */
/* exit_task.c: hardware task switches: VMX leaves them to whom they exit (SDM Vol. 3A, "Task Switching"). */
#include "kernel/exit.h"

#include "arch/cpu/regs.h"
#include "arch/vmx/vmcs_setup.h"
#include "kernel/event_merge.h"
#include "kernel/guest_regs.h"
#include "kernel/guest_walk.h"
#include "kernel/partition.h"
#include "kernel/task_segment.h"
#include "kernel/task_tss.h"

#define DR6_BT             ((uint64_t)1 << 15)
#define DR7_LOCAL_ENABLES  ((uint64_t)0x155)
#define ERROR_CODE_EXT     1u
#define SELECTOR_INDEX     0xFFF8u
#define SELECTOR_TI        4u
#define RFLAGS_TASK        ((uint64_t)0x3F7FD5) /* that can be loaded */
#define DESCRIPTOR_BUSY    ((uint64_t)1 << 41)
#define DESCRIPTOR_PRESENT ((uint64_t)1 << 47)

enum source { BY_CALL, BY_IRET, BY_JMP, BY_GATE };

/** struct task - one task switch. */
struct task {
	enum source source;
	uint32_t event;    /* what a gate in the IDT delivers; not valid: none */
	uint32_t external; /* ERROR_CODE_EXT: that is no INT n */
	uint64_t eip;      /* what the old task goes on at */
	uint16_t old_selector, selector;
	uint64_t descriptor;
	bool was_32, is_32;
	struct guest_context read, write; /* by the processor on its own account */
	struct guest_place old_place, place;
	struct task_tss old, new;
	struct guest_fault fault; /* set when a step fails with E_DENIED */
};

static enum status deny(struct task *t, uint8_t vector, uint32_t selector)
{
	t->fault = (struct guest_fault){ .vector = vector,
					 .error_code = (selector & 0xFFFC) | t->external };
	return E_DENIED;
}

/* SDM Vol. 3C, "Exit Qualification for Task Switches". */
static void read_exit(struct vcpu *vcpu, struct task *t)
{
	uint64_t qualification = vmread(VMCS_EXIT_QUALIFICATION);
	uint32_t event = (uint32_t)vmread(VMCS_IDT_VECTORING);
	uint32_t type = event >> EVENT_TYPE_SHIFT & EVENT_TYPE_MASK;

	*t = (struct task){
		.source = (enum source)(qualification >> 30 & 3),
		.selector = (uint16_t)qualification,
		.old_selector = (uint16_t)vmread(VMCS_GUEST_TR_SELECTOR),
		.was_32 = (vmread(VMCS_GUEST_TR_ACCESS) & TASK_TYPE_32) != 0,
		.eip = vmread(VMCS_GUEST_RIP),
		.read = guest_walk_context(vcpu, false),
		.write = guest_walk_context(vcpu, true),
	};
	t->event = t->source == BY_GATE && (event & EVENT_VALID) != 0 ? event : 0;
	bool by_software = type >= EVENT_SOFTWARE_INTERRUPT;
	if (t->event == 0 || by_software) {
		t->eip = (uint32_t)(t->eip + vmread(VMCS_INSTRUCTION_LENGTH));
	}
	t->external = t->event != 0 && !by_software ? ERROR_CODE_EXT : 0;
	t->read.rights.user = t->write.rights.user = false;
	t->read.rights.implicit = t->write.rights.implicit = true;
}

static enum status find(struct task *t, const struct guest_context *context, uint64_t linear,
			size_t bytes, struct guest_place *place)
{
	return guest_access_place(context, (uint32_t)linear, bytes, place, &t->fault);
}

/* --- Descriptors */

static enum status read_descriptor(struct task *t, uint64_t table, uint32_t selector,
				   uint64_t *descriptor)
{
	struct guest_place place;
	enum status status =
		find(t, &t->read, table + (selector & SELECTOR_INDEX), sizeof(*descriptor), &place);

	return status == OK ? guest_access_read(&t->read, &place, descriptor) : status;
}

/* One byte, as a processor does not write the rest. */
static enum status set_descriptor_bits(struct task *t, uint64_t table, uint32_t selector,
				       uint8_t set, uint8_t clear)
{
	enum { TYPE_BYTE = 5 };
	struct guest_place place;
	uint8_t byte;
	enum status status = find(t, &t->write, table + (selector & SELECTOR_INDEX) + TYPE_BYTE,
				  sizeof(byte), &place);

	if (status == OK) {
		status = guest_access_read(&t->write, &place, &byte);
	}
	if (status == OK) {
		byte = (uint8_t)((byte | set) & ~clear);
		status = guest_access_write(&t->write, &place, &byte);
	}
	return status;
}

static enum status set_busy(struct task *t, uint32_t selector, bool busy)
{
	const uint8_t bit = DESCRIPTOR_BUSY >> 40;

	return set_descriptor_bits(t, vmread(VMCS_GUEST_GDTR_BASE), selector, busy ? bit : 0,
				   busy ? 0 : bit);
}

/* The processor has looked before it exited; the guest may have changed it since. */
static enum status find_new_task(struct task *t)
{
	uint8_t vector = t->source == BY_IRET ? VECTOR_TS : VECTOR_GP;
	bool in_gdt = (t->selector & SELECTOR_TI) == 0 &&
		      (t->selector | 7u) <= vmread(VMCS_GUEST_GDTR_LIMIT);

	if (!in_gdt) {
		return deny(t, vector, t->selector);
	}
	enum status status =
		read_descriptor(t, vmread(VMCS_GUEST_GDTR_BASE), t->selector, &t->descriptor);
	if (status != OK) {
		return status;
	}
	struct task_segment tss = task_segment(t->selector, t->descriptor);
	t->is_32 = (tss.access & TASK_TYPE_32) != 0;
	bool wants_busy = t->source == BY_IRET;
	bool is_tss =
		(tss.access & TASK_TYPE_MASK & ~(uint32_t)(TASK_TYPE_32 | TASK_TYPE_BUSY)) == 1;
	bool is_busy = (tss.access & TASK_TYPE_BUSY) != 0;

	if (!is_tss || is_busy != wants_busy) {
		return deny(t, vector, t->selector);
	}
	if ((t->descriptor & DESCRIPTOR_PRESENT) == 0) {
		return deny(t, VECTOR_NP, t->selector);
	}
	return tss.limit >= task_tss_bytes(t->is_32) - 1 ? OK : deny(t, VECTOR_TS, t->selector);
}

/* --- The old task */

static void collect_old_task(struct vcpu *vcpu, struct task *t)
{
	uint64_t rflags = vmread(VMCS_GUEST_RFLAGS);

	if (t->source == BY_IRET) {
		rflags &= ~RFLAGS_NT;
	}
	if (event_is_fault(t->event)) {
		rflags |= RFLAGS_RF;
	}
	t->old.eip = (uint32_t)t->eip;
	t->old.eflags = (uint32_t)rflags;
	for (uint8_t i = 0; i < TASK_REGISTERS; i++) {
		t->old.registers[i] = (uint32_t)guest_reg_get(vcpu, i);
	}
	for (uint32_t i = 0; i < TASK_SEGMENTS; i++) {
		t->old.segments[i] = (uint16_t)vmread(
			(enum vmcs_field)(VMCS_GUEST_ES_SELECTOR + i * VMCS_SEGMENT_STEP));
	}
}

/* Both are found before anything is changed. */
static enum status find_memory(struct task *t)
{
	uint64_t base = task_segment(t->selector, t->descriptor).base;
	enum status status = find(t, &t->write, vmread(VMCS_GUEST_TR_BASE),
				  task_tss_bytes(t->was_32), &t->old_place);

	if (status == OK) {
		/* Written too: the link, and what a processor checks. */
		status =
			find(t, t->source == BY_CALL || t->source == BY_GATE ? &t->write : &t->read,
			     base, task_tss_bytes(t->is_32), &t->place);
	}
	return status;
}

static enum status save_old_task(struct task *t)
{
	uint8_t image[TASK_TSS_BYTES];
	enum status status = guest_access_read(&t->write, &t->old_place, image);

	if (status == OK) {
		task_tss_save(&t->old, t->was_32, image);
		status = guest_access_write(&t->write, &t->old_place, image);
	}
	return status;
}

/* --- The new task */

static enum status read_new_task(struct task *t)
{
	uint8_t image[TASK_TSS_BYTES];
	bool nested = t->source == BY_CALL || t->source == BY_GATE;
	enum status status = guest_access_read(&t->read, &t->place, image);

	if (status != OK) {
		return status;
	}
	task_tss_load(&t->new, t->is_32, image);
	if (nested) {
		image[0] = (uint8_t)t->old_selector;
		image[1] = (uint8_t)(t->old_selector >> 8);
		t->new.eflags |= RFLAGS_NT;
		status = guest_access_write(&t->write, &t->place, image);
	}
	return status;
}

static enum status switch_busy(struct task *t)
{
	enum status status = OK;

	if (t->source == BY_JMP || t->source == BY_IRET) {
		status = set_busy(t, t->old_selector, false);
	}
	return status == OK && t->source != BY_IRET ? set_busy(t, t->selector, true) : status;
}

static void load_task_register(const struct task *t)
{
	struct task_segment tss = task_segment(t->selector, t->descriptor);

	tss.access |= TASK_TYPE_BUSY;
	task_segment_load(SEG_TR, &tss);
}

static void load_registers(struct vcpu *vcpu, const struct task *t)
{
	uint64_t blocking = BLOCKING_STI | BLOCKING_MOV_SS;

	for (uint8_t i = 0; i < TASK_REGISTERS; i++) {
		guest_reg_set(vcpu, i, t->new.registers[i]);
	}
	vmwrite(VMCS_GUEST_RIP, t->new.eip);
	vmwrite(VMCS_GUEST_RFLAGS, (t->new.eflags &RFLAGS_TASK) | RFLAGS_FIXED);
	vmwrite(VMCS_GUEST_DR7, vmread(VMCS_GUEST_DR7) & ~DR7_LOCAL_ENABLES);
	vmcs_set_cr0((vmread(VMCS_GUEST_CR0) & ~VMCS_CR0_OWNED) |
		     (vmread(VMCS_CR0_SHADOW) & VMCS_CR0_OWNED) | CR0_TS);
	if (t->source == BY_IRET) {
		blocking |= BLOCKING_NMI;
	}
	vmwrite(VMCS_GUEST_INTERRUPTIBILITY, vmread(VMCS_GUEST_INTERRUPTIBILITY) & ~blocking);
}

/* A 16-bit TSS has none, and without paging the register stays. */
static enum status load_cr3(struct vcpu *vcpu, struct task *t)
{
	bool paging = (vmread(VMCS_GUEST_CR0) & CR0_PG) != 0;
	bool pae = (vmread(VMCS_GUEST_CR4) & CR4_PAE) != 0;

	if (!t->is_32 || !paging) {
		return OK;
	}
	if (pae && !exit_load_pdptes(vcpu, t->new.cr3)) {
		return deny(t, VECTOR_GP, 0);
	}
	vmwrite(VMCS_GUEST_CR3, t->new.cr3);
	vmx_invalidate_linear();
	return OK;
}

/* SDM Vol. 3A, "8086 Emulation": selectors are paragraphs, and all is one privilege. */
static void load_8086_segments(const struct task *t)
{
	for (uint32_t i = 0; i < TASK_SEGMENTS; i++) {
		struct task_segment segment = { t->new.segments[i], 0xF3, 0xFFFF,
						(uint64_t)t->new.segments[i] << 4 };

		task_segment_load((enum vmcs_segment)i, &segment);
	}
}

/* Until they are checked nothing may be used: a fault is the new task's (SDM Vol. 3A, "Task Switching"). */
static void load_selectors(const struct task *t)
{
	if ((t->new.eflags &RFLAGS_VM) != 0) {
		load_8086_segments(t);
		return;
	}
	for (uint32_t i = 0; i < TASK_SEGMENTS; i++) {
		struct task_segment none = { .selector = t->new.segments[i],
					     .access = ACCESS_UNUSABLE };

		if (i == SEG_CS || i == SEG_SS) {
			/* An entry wants them usable, or nearly: what they get is never executed. */
			none.access = i == SEG_CS ? ACCESS_CODE32 : ACCESS_DATA32;
			none.access |= (uint32_t)(t->new.segments[SEG_CS] & 3) << ACCESS_DPL_SHIFT;
			none.limit = UINT32_MAX;
		}
		task_segment_load((enum vmcs_segment)i, &none);
	}
}

static enum status load_ldt(struct task *t)
{
	struct task_segment ldt = { .selector = t->new.ldt, .access = ACCESS_UNUSABLE };
	uint64_t descriptor;

	task_segment_load(SEG_LDTR, &ldt);
	if ((t->new.ldt &SELECTOR_INDEX) == 0) {
		return OK;
	}
	if ((t->new.ldt &SELECTOR_TI) != 0 || (t->new.ldt | 7u) > vmread(VMCS_GUEST_GDTR_LIMIT)) {
		return deny(t, VECTOR_TS, t->new.ldt);
	}
	enum status status =
		read_descriptor(t, vmread(VMCS_GUEST_GDTR_BASE), t->new.ldt, &descriptor);
	if (status != OK) {
		return status;
	}
	ldt = task_segment(t->new.ldt, descriptor);
	if ((ldt.access & 0x9F) != ACCESS_LDT) {
		return deny(t, VECTOR_TS, t->new.ldt);
	}
	task_segment_load(SEG_LDTR, &ldt);
	return OK;
}

static bool find_table(uint32_t selector, uint64_t *base)
{
	bool local = (selector & SELECTOR_TI) != 0;
	bool usable = !local || (vmread(VMCS_GUEST_LDTR_ACCESS) & ACCESS_UNUSABLE) == 0;

	*base = vmread(local ? VMCS_GUEST_LDTR_BASE : VMCS_GUEST_GDTR_BASE);
	return usable &&
	       (selector | 7u) <= vmread(local ? VMCS_GUEST_LDTR_LIMIT : VMCS_GUEST_GDTR_LIMIT);
}

static enum status load_segment(struct task *t, enum vmcs_segment number)
{
	uint16_t selector = t->new.segments[number];
	uint8_t cpl = t->new.segments[SEG_CS] & 3;
	uint64_t table, descriptor;

	if ((selector & ~3u) == 0) {
		return number == SEG_CS || number == SEG_SS ? deny(t, VECTOR_TS, selector) : OK;
	}
	if (!find_table(selector, &table)) {
		return deny(t, VECTOR_TS, selector);
	}
	enum status status = read_descriptor(t, table, selector, &descriptor);
	if (status != OK) {
		return status;
	}
	struct task_segment segment = task_segment(selector, descriptor);
	uint8_t vector = task_segment_check(&segment, number, cpl);
	if (vector != 0) {
		return deny(t, vector, selector);
	}
	if ((segment.access & TASK_TYPE_ACCESSED) == 0) {
		status = set_descriptor_bits(t, table, selector, TASK_TYPE_ACCESSED, 0);
		segment.access |= TASK_TYPE_ACCESSED;
	}
	task_segment_load(number, &segment);
	return status;
}

/* CS first: it says what privilege the others are checked against. */
static enum status load_segments(struct task *t)
{
	static const enum vmcs_segment order[] = { SEG_CS, SEG_SS, SEG_ES, SEG_DS, SEG_FS, SEG_GS };
	enum status status = load_ldt(t);

	if ((t->new.eflags &RFLAGS_VM) != 0) {
		load_8086_segments(t);
		return status;
	}
	for (uint32_t i = 0; i < ARRAY_COUNT(order) && status == OK; i++) {
		status = load_segment(t, order[i]);
	}
	if (status == OK && t->new.eip > vmread(VMCS_GUEST_CS_LIMIT)) {
		return deny(t, VECTOR_GP, 0);
	}
	return status;
}

/* The error code of an exception that a gate delivers goes onto the new task's stack. */
static enum status push_error_code(struct vcpu *vcpu, struct task *t)
{
	uint8_t bytes = t->is_32 ? 4 : 2;
	uint32_t code = (uint32_t)vmread(VMCS_IDT_VECTORING_ERROR);
	struct guest_segment segment = guest_walk_segment(SEG_SS);
	uint64_t mask = (segment.access & ACCESS_D) != 0 ? UINT32_MAX : 0xFFFF;
	uint64_t rsp = vmread(VMCS_GUEST_RSP);
	uint64_t below = (rsp & ~mask) | ((rsp - bytes) & mask);
	struct guest_context context = guest_walk_context(vcpu, true);
	struct guest_place place;
	uint64_t linear;

	if ((t->event & EVENT_HAS_ERROR_CODE) == 0) {
		return OK;
	}
	enum status status =
		guest_access_linear(&context, &segment, below & mask, bytes, &linear, &t->fault);
	if (status == OK) {
		status = guest_access_place(&context, linear, bytes, &place, &t->fault);
	}
	if (status == OK) {
		status = guest_access_write(&context, &place, &code);
	}
	if (status == OK) {
		vmwrite(VMCS_GUEST_RSP, below);
	}
	return status;
}

/* Faults here are the old task's, and nothing has changed. */
static enum status leave_old_task(struct vcpu *vcpu, struct task *t)
{
	enum status status = find_new_task(t);

	if (status == OK) {
		status = find_memory(t);
	}
	if (status == OK) {
		collect_old_task(vcpu, t);
		status = switch_busy(t);
	}
	if (status == OK) {
		status = save_old_task(t);
	}
	return status == OK ? read_new_task(t) : status;
}

/* Faults here are the new task's. */
static enum status enter_new_task(struct vcpu *vcpu, struct task *t)
{
	load_task_register(t);
	load_registers(vcpu, t);
	load_selectors(t);
	enum status status = load_cr3(vcpu, t);

	if (status == OK) {
		t->read.paging.cr3 = t->write.paging.cr3 = vmread(VMCS_GUEST_CR3);
		for (uint32_t i = 0; i < GUEST_PDPTES; i++) {
			t->read.paging.pdptes[i] = t->write.paging.pdptes[i] =
				vmread((enum vmcs_field)(VMCS_GUEST_PDPTE0 + 2 * i));
		}
		status = load_segments(t);
	}
	return status == OK ? push_error_code(vcpu, t) : status;
}

enum exit_verdict exit_task_switch(struct vcpu *vcpu)
{
	struct task t;

	read_exit(vcpu, &t);
	enum status status = leave_old_task(vcpu, &t);

	if (status == OK) {
		status = enter_new_task(vcpu, &t);
	}
	if (status == E_DENIED) {
		return exit_fault(vcpu, &t.fault);
	}
	if (status != OK) {
		return exit_unhandled(vcpu, "task switch with tables outside of RAM");
	}
	return t.new.trap ? exit_debug_trap(vcpu, DR6_BT) : EXIT_RESUME;
}
