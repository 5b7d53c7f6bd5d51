/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suite.h: behaviours of a machine, each checked by itself, with one of four outcomes; the worst wins.
 *
 * A behaviour is a function whose name is a sentence. It runs in flat 32-bit protected mode without paging, IF clear,
 * interrupt controllers masked, on the boot processor. An exception nobody expected ends it as an error.
 */
#pragma once

#include "tests/guest/lib.h"

/** enum outcome - from best to worst. */
enum outcome {
	PASS,
	SKIP,  /* this machine has not what it needs */
	ERROR, /* the test itself could not be done */
	FAIL,  /* the machine does not do what the manual says */
};

/** struct behaviour - a row; BEHAVIOUR() makes them, guest.ld collects them. */
struct behaviour {
	const char *name;
	void (*run)(void);
};

/** BEHAVIOUR() - define one: BEHAVIOUR(name_that_is_a_sentence) { ... } */
#define BEHAVIOUR(sentence)                                                                        \
	static void sentence(void);                                                                \
	static const struct behaviour row_##sentence                                               \
		__attribute__((used, section(".behaviours"))) = { #sentence, sentence };           \
	static void sentence(void)

/** skip() - this machine has not what the behaviour needs. Goes on: return after it. */
void skip(const char *why);

/** error() - the test could not be done as meant. */
void error(const char *why);

/** fail() - the machine does something else. */
void fail(const char *why);

/** expect() - fail unless @holds. Return: @holds. A behaviour that calls no expect...() and no skip() is an error. */
bool expect(bool holds, const char *what);

/** expect_equal() - fail with both values in the reason. */
bool expect_equal(const char *what, uint64_t value, uint64_t wanted);

/** expect_between() - fail unless @least <= @value <= @most. */
bool expect_between(const char *what, uint64_t value, uint64_t least, uint64_t most);

/** suite_option() - what the boot loader's command line says behind "NAME=", up to a space; NULL: not there. */
const char *suite_option(const char *name);

/** struct fault - what TRY() met. */
struct fault {
	uint32_t vector; /* NO_FAULT: none */
	uint32_t error_code;
	uint32_t eip;
};

enum { NO_FAULT = 0xFFFFFFFF };

extern struct fault fault;
extern uint32_t fault_resume;

/**
 * TRY() - execute assembly text that may fault.
 * @code: instructions, which leave ESP as it was
 * further arguments: as of extended asm, beginning with the colon in front of the outputs
 *
 * Return: the exception's vector, or NO_FAULT. Details are in the variable fault. One processor at a time.
 * Source: SDM Vol. 3A, "Exception and Interrupt Reference".
 */
#define TRY(code, ...)                                                                             \
	({                                                                                         \
		fault.vector = NO_FAULT;                                                           \
		__asm__ volatile("movl $771f, fault_resume\n\t" code                               \
				 "\n771:\n\tmovl $0, fault_resume" __VA_ARGS__);                   \
		/* The handler wrote to fault. */                                                  \
		__asm__ volatile("" : : : "memory");                                               \
		fault.vector;                                                                      \
	})

/** expect_fault() - fail unless TRY() returned @wanted (NO_FAULT is a wanted thing too). */
bool expect_fault(const char *what, uint32_t vector, uint32_t wanted);

/** try_rdmsr(), try_wrmsr() - Return: the exception's vector or NO_FAULT. */
uint32_t try_rdmsr(uint32_t msr, uint64_t *value);
uint32_t try_wrmsr(uint32_t msr, uint64_t value);

typedef void (*interrupt_handler)(struct frame *frame);

/**
 * interrupt_handle() - call @handler for @vector until the behaviour ends.
 *
 * It is called with IF clear and ends the interrupt itself. NULL: count it, and write EOI to the local APIC (vectors from 32).
 */
void interrupt_handle(unsigned vector, interrupt_handler handler);

/** interrupt_forget() - an interrupt for @vector is an error again. */
void interrupt_forget(unsigned vector);

/** interrupt_count() - how often @vector came, on all processors, since the behaviour began. */
uint32_t interrupt_count(unsigned vector);

/** interrupt_wait() - let interrupts in until @vector came @count times or @us microseconds passed; then IF is clear again. */
bool interrupt_wait(unsigned vector, uint32_t count, uint32_t us);

/** suite_unexpected() - the current behaviour ends as an error: for handlers that are not in 32-bit C. */
void suite_unexpected(const char *what, uint32_t vector, uint32_t where) __attribute__((noreturn));
