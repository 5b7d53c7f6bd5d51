/* SPDX-License-Identifier: Apache-2.0 */
/* cpu_tasks.c: hardware task switches, which exit (SDM Vol. 3A, "Task Management"). */
#include "tests/guest/suite/suite.h"

#include "tests/guest/suite/world.h"

enum { EFLAGS_NT = 1 << 14, TASK_EAX = 0x12345678, GDT_BUSY = 1 << 9, STACK_WORDS = 256 };

static struct tss spare;
static uint32_t stack[STACK_WORDS];

/* Written by the other task. */
uint32_t tasks_runs, task_eax, task_eflags;

/* Notes how it was entered, returns to the task it is nested in, and may be entered again. */
void task_nested(void);
void task_jumped(void);
__asm__(".text\n"
	"task_nested:\n\t"
	"incl tasks_runs\n\t"
	"movl %eax, task_eax\n\t"
	"pushf; popl task_eflags\n\t"
	"iret\n\t"
	"jmp task_nested\n"
	"task_jumped:\n\t"
	"incl tasks_runs\n\t"
	"pushf; popl task_eflags\n\t"
	"ljmp $0x40, $0\n\t"
	"jmp task_jumped\n");

static void make_task(void (*entry)(void))
{
	spare = (struct tss){
		.eip = (uint32_t)entry,
		.eflags = 2,
		.eax = TASK_EAX,
		.esp = (uint32_t)(stack + STACK_WORDS),
		.es = SELECTOR_DATA,
		.cs = SELECTOR_CODE,
		.ss = SELECTOR_DATA,
		.ds = SELECTOR_DATA,
		.fs = SELECTOR_DATA,
		.gs = SELECTOR_DATA,
	};
	tasks_runs = 0;
	world_set_tss(SELECTOR_SPARE_TSS, &spare);
}

static bool is_busy(unsigned selector)
{
	return (((const volatile uint64_t *)world_gdt)[selector / 8] >> 32 & GDT_BUSY) != 0;
}

static uint32_t task_register(void)
{
	uint16_t selector;

	__asm__ volatile("str %0" : "=r"(selector));
	return selector;
}

static uint32_t call_task(void)
{
	uint32_t kept = 0xCAFE;

	__asm__ volatile("lcall $0x48, $0" : "+b"(kept) : : "memory", "cc");
	return kept;
}

BEHAVIOUR(call_to_a_task_runs_it_and_iret_comes_back)
{
	make_task(task_nested);
	expect_equal("EBX afterwards", call_task(), 0xCAFE);
	expect_equal("runs of the task", tasks_runs, 1);
	expect_equal("its EAX", task_eax, TASK_EAX);
	expect_equal("its NT", task_eflags & EFLAGS_NT, EFLAGS_NT);
	expect_equal("its link", spare.link & 0xFFFF, SELECTOR_TSS);
	expect_equal("task register", task_register(), SELECTOR_TSS);
	expect(is_busy(SELECTOR_TSS), "the caller is not busy");
	expect(!is_busy(SELECTOR_SPARE_TSS), "the task is still busy");
}

BEHAVIOUR(task_goes_on_where_it_was_left)
{
	make_task(task_nested);
	call_task();
	call_task();
	expect_equal("runs of the task", tasks_runs, 2);
}

BEHAVIOUR(jump_to_a_task_leaves_no_link)
{
	make_task(task_jumped);
	spare.link = 0x1111;
	__asm__ volatile("ljmp $0x48, $0" : : : "memory", "cc");
	expect_equal("runs of the task", tasks_runs, 1);
	expect_equal("its NT", task_eflags & EFLAGS_NT, 0);
	expect_equal("its link", spare.link, 0x1111);
	expect(!is_busy(SELECTOR_SPARE_TSS), "the task is still busy");
	expect(is_busy(SELECTOR_TSS), "this task is not busy");
}

BEHAVIOUR(call_through_a_task_gate_runs_the_task)
{
	make_task(task_nested);
	__asm__ volatile("lcall $0x50, $0" : : : "memory", "cc");
	expect_equal("runs of the task", tasks_runs, 1);
	expect_equal("its link", spare.link & 0xFFFF, SELECTOR_TSS);
}
