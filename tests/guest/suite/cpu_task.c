/* SPDX-License-Identifier: Apache-2.0 */
/* cpu_task.c: task switches by hardware: every one of them exits under VMX. */
#include "tests/guest/suite/suite.h"

#include "tests/guest/suite/cr.h"
#include "tests/guest/suite/world.h"

/* cpu_task.asm */
extern uint8_t task_stack_end[];
extern volatile uint32_t task_other_runs, task_other_saw_eax, task_other_saw_eflags,
	task_other_saw_tr;
void task_other(void);
void task_by_jump(void);
void task_by_call(void);
void task_by_gate(void);
void task_by_interrupt(void);

enum {
	MARK = 0x7A5C,
	EFLAGS_1 = 1 << 1,
	EFLAGS_NT = 1 << 14,
	VECTOR_TASK_GATE = 0x70,
	TSS_BUSY_BIT = 41,
};

static struct tss other;

static void prepare(void)
{
	other = (struct tss){
		.eip = (uint32_t)task_other,
		.eflags = EFLAGS_1,
		.eax = MARK,
		.esp = (uint32_t)task_stack_end,
		.es = SELECTOR_DATA,
		.cs = SELECTOR_CODE,
		.ss = SELECTOR_DATA,
		.ds = SELECTOR_DATA,
		.fs = SELECTOR_DATA,
		.gs = SELECTOR_DATA,
		.io_map = sizeof(other),
	};
	world_set_tss(SELECTOR_SPARE_TSS, &other);
	task_other_runs = 0;
}

static uint32_t read_tr(void)
{
	uint32_t value = 0;

	__asm__ volatile("str %w0" : "+r"(value));
	return value & 0xFFFF;
}

static bool is_busy(unsigned selector)
{
	return (world_gdt[selector / 8] >> TSS_BUSY_BIT & 1) != 0;
}

static void expect_switched(bool nested)
{
	expect_equal("runs of the other task", task_other_runs, 1);
	expect_equal("its EAX", task_other_saw_eax, MARK);
	expect_equal("its TR", task_other_saw_tr & 0xFFFF, SELECTOR_SPARE_TSS);
	expect_equal("its NT", task_other_saw_eflags & EFLAGS_NT, nested ? EFLAGS_NT : 0);
	expect_equal("TR afterwards", read_tr(), SELECTOR_TSS);
	expect(is_busy(SELECTOR_TSS), "the first task's descriptor is not busy");
	expect(!is_busy(SELECTOR_SPARE_TSS), "the other task's descriptor is busy");
	expect((read_cr0() & CR0_TS) != 0, "CR0 lacks TS");
	if (nested) {
		expect_equal("link", other.link & 0xFFFF, SELECTOR_TSS);
	}
}

/* Source of all: SDM Vol. 3A, "Task Switching", "Task Linking". */
BEHAVIOUR(a_jump_to_a_tss_switches_tasks)
{
	prepare();
	task_by_jump();
	expect_switched(false);
}

BEHAVIOUR(a_call_of_a_tss_switches_tasks_and_iret_comes_back)
{
	uint32_t kept = 0xCAFE;

	prepare();
	__asm__ volatile("lcall $0x48, $0" : "+b"(kept) : : "memory", "cc");
	expect_switched(true);
	expect_equal("EBX afterwards", kept, 0xCAFE);
}

BEHAVIOUR(task_goes_on_where_it_was_left)
{
	prepare();
	task_by_call();
	task_by_call();
	expect_equal("runs of the other task", task_other_runs, 2);
}

BEHAVIOUR(jump_to_a_task_leaves_no_link)
{
	prepare();
	other.link = 0x1111;
	task_by_jump();
	expect_switched(false);
	expect_equal("link", other.link, 0x1111);
}

BEHAVIOUR(a_call_of_a_task_gate_switches_tasks)
{
	prepare();
	task_by_gate();
	expect_switched(true);
}

/* A task gate in the IDT: present, DPL 0, SELECTOR_SPARE_TSS. */
BEHAVIOUR(an_interrupt_through_a_task_gate_switches_tasks)
{
	prepare();
	*idt_gate(VECTOR_TASK_GATE) = (uint64_t)0x8500 << 32 | (uint32_t)SELECTOR_SPARE_TSS << 16;
	task_by_interrupt();
	expect_switched(true);
}

BEHAVIOUR(the_old_task_is_saved_in_its_tss)
{
	prepare();
	world_tss.eip = 0;
	task_by_jump();
	expect((const uint8_t *)world_tss.eip > (const uint8_t *)task_by_jump &&
		       (const uint8_t *)world_tss.eip < (const uint8_t *)task_by_call,
	       "the saved EIP is not behind the jump");
	expect_equal("saved CS", world_tss.cs & 0xFFFF, SELECTOR_CODE);
}

BEHAVIOUR(a_jump_to_a_busy_tss_faults)
{
	prepare();
	expect_fault("JMP to the TSS in TR", TRY("ljmp $0x40, $0", : : : "memory"), VECTOR_GP);
	expect_equal("error code", fault.error_code, SELECTOR_TSS);
}
