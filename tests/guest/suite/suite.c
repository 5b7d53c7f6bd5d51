/* SPDX-License-Identifier: Apache-2.0 */
/* suite.c: runs the behaviours one after the other, and prints what came of each. */
#include "tests/guest/suite/suite.h"

#include "tests/guest/suite/apic.h"
#include "tests/guest/suite/clock.h"
#include "tests/guest/suite/smp.h"
#include "tests/guest/suite/text.h"
#include "tests/guest/suite/world.h"

/* Source: Multiboot Specification version 0.6.96, "Boot information format". */
enum { MB_HAS_CMDLINE = 1 << 2 };
struct mb_info {
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline;
};

enum { VECTORS = 256, FIRST_INTERRUPT = 32, CMDLINE_BYTES = 128 };

/* guest.ld */
extern const struct behaviour behaviours_begin[], behaviours_end[];

static const char *const outcome_names[] = { "pass", "skip", "error", "fail" };

static char cmdline[CMDLINE_BYTES];
static struct text reason;
static enum outcome worst;
static uint32_t checks;

struct fault fault;
uint32_t fault_resume;
static interrupt_handler handlers[VECTORS];
static bool handled[VECTORS];
static volatile uint32_t counts[VECTORS];

/* The reason of the first of the worst ones stays. */
static void note(enum outcome outcome, const char *why)
{
	checks++;
	if (outcome > worst) {
		worst = outcome;
		text_clear(&reason);
		text_add(&reason, why);
	}
}

void skip(const char *why)
{
	note(SKIP, why);
}

void error(const char *why)
{
	note(ERROR, why);
}

void fail(const char *why)
{
	note(FAIL, why);
}

bool expect(bool holds, const char *what)
{
	note(holds ? PASS : FAIL, what);
	return holds;
}

bool expect_equal(const char *what, uint64_t value, uint64_t wanted)
{
	struct text words;

	text_clear(&words);
	text_add(&words, what);
	text_add(&words, " is ");
	text_add_hex(&words, value);
	text_add(&words, ", should be ");
	text_add_hex(&words, wanted);
	return expect(value == wanted, words.at);
}

bool expect_between(const char *what, uint64_t value, uint64_t least, uint64_t most)
{
	struct text words;

	text_clear(&words);
	text_add(&words, what);
	text_add(&words, " is ");
	text_add_decimal(&words, value);
	text_add(&words, ", should be from ");
	text_add_decimal(&words, least);
	text_add(&words, " to ");
	text_add_decimal(&words, most);
	return expect(value >= least && value <= most, words.at);
}

static void add_vector(struct text *words, uint32_t vector)
{
	if (vector == NO_FAULT) {
		text_add(words, "no fault");
		return;
	}
	text_add(words, "exception ");
	text_add_decimal(words, vector);
}

bool expect_fault(const char *what, uint32_t vector, uint32_t wanted)
{
	struct text words;

	text_clear(&words);
	text_add(&words, what);
	text_add(&words, ": ");
	add_vector(&words, vector);
	text_add(&words, ", should be ");
	add_vector(&words, wanted);
	return expect(vector == wanted, words.at);
}

uint32_t try_rdmsr(uint32_t msr, uint64_t *value)
{
	*value = 0;
	return TRY("rdmsr", : "+A"(*value) : "c"(msr) : "memory");
}

uint32_t try_wrmsr(uint32_t msr, uint64_t value)
{
	return TRY("wrmsr", : : "A"(value), "c"(msr) : "memory");
}

void interrupt_handle(unsigned vector, interrupt_handler handler)
{
	handlers[vector] = handler;
	handled[vector] = true;
}

void interrupt_forget(unsigned vector)
{
	handlers[vector] = NULL;
	handled[vector] = false;
	counts[vector] = 0;
}

uint32_t interrupt_count(unsigned vector)
{
	return counts[vector];
}

bool interrupt_wait(unsigned vector, uint32_t count, uint32_t us)
{
	uint64_t end = clock_after(us);

	while (counts[vector] < count && rdtsc() < end) {
		__asm__ volatile("sti; nop; pause; cli" : : : "memory");
	}
	return counts[vector] >= count;
}

void suite_unexpected(const char *what, uint32_t vector, uint32_t where)
{
	struct text words;

	text_clear(&words);
	text_add(&words, what);
	text_add(&words, " ");
	text_add_decimal(&words, vector);
	text_add(&words, " at ");
	text_add_hex(&words, where);
	error(words.at);
	world_abandon();
}

/* An exception that TRY() waits for goes on behind its code. */
static bool is_tried(struct frame *frame)
{
	if (frame->vector >= FIRST_INTERRUPT || fault_resume == 0) {
		return false;
	}
	fault = (struct fault){ frame->vector, frame->error_code, frame->eip };
	frame->eip = fault_resume;
	fault_resume = 0;
	return true;
}

void guest_interrupt(struct frame *frame)
{
	unsigned vector = frame->vector;

	__atomic_fetch_add(&counts[vector], 1, __ATOMIC_SEQ_CST);
	if (handlers[vector] != NULL) {
		handlers[vector](frame);
	} else if (handled[vector]) {
		if (vector >= FIRST_INTERRUPT) {
			apic_write(APIC_EOI, 0);
		}
	} else if (!is_tried(frame)) {
		if (!smp_is_boot_processor()) {
			smp_died(frame);
		}
		suite_unexpected(vector < FIRST_INTERRUPT ? "unexpected exception"
							  : "unexpected interrupt",
				 vector, frame->eip);
	}
}

const char *suite_option(const char *name)
{
	return text_behind(cmdline, name);
}

static void begin(void)
{
	worst = PASS;
	checks = 0;
	text_clear(&reason);
	fault_resume = 0;
	for (unsigned i = 0; i < VECTORS; i++) {
		interrupt_forget(i);
	}
}

static void run(const struct behaviour *behaviour)
{
	begin();
	world_reset();
	print("suite: begin ");
	print(behaviour->name);
	print("\n");
	world_run(behaviour->run);
	world_reset();
	if (checks == 0) {
		error("it checked nothing");
	}
	print("suite: ");
	print(behaviour->name);
	print(" ");
	print(outcome_names[worst]);
	if (worst != PASS) {
		print(" ");
		print(reason.at);
	}
	print("\n");
}

/* With "after=NAME": the one behind it, because it ended the machine the last time. */
static const struct behaviour *first(void)
{
	const char *after = suite_option("after");

	for (const struct behaviour *b = behaviours_begin; b < behaviours_end && after != NULL;
	     b++) {
		if (text_is_word(after, b->name)) {
			return b + 1;
		}
	}
	return behaviours_begin;
}

void guest_main(uint32_t magic, uint32_t info)
{
	const struct mb_info *mb = (const struct mb_info *)info;
	uint32_t count = 0;

	(void)magic;
	if ((mb->flags & MB_HAS_CMDLINE) != 0) {
		text_copy(cmdline, (const char *)mb->cmdline, sizeof(cmdline));
	}
	world_start();
	for (const struct behaviour *b = first(); b < behaviours_end; b++, count++) {
		run(b);
	}
	print("suite: done ");
	print_decimal(count);
	print("\n");
	stop();
}
