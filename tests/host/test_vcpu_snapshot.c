/* SPDX-License-Identifier: Apache-2.0 */
/* test_vcpu_snapshot.c: a question to a processor's owner, and the one place for its answer. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "kernel/memory.h"
#include "kernel/vcpu_snapshot.c"

static _Alignas(4096) struct vcpu one, other;
static uint8_t page[4096];
static uint32_t calls, steps;
static void (*while_writing)(void);

void *memory_pages(uint64_t count)
{
	assert_int_equal(count, 1);
	return page;
}

void vcpu_call(struct vcpu *vcpu, enum vcpu_request request)
{
	vcpu->requests |= (uint32_t)request;
	calls++;
}

enum vcpu_step_result vcpu_step(struct vcpu *vcpu)
{
	(void)vcpu;
	steps++;
	return STEP_EXECUTED;
}

void guest_state_read(struct guest_live *live)
{
	live->cr2 = 0x1234;
	if (while_writing != NULL) {
		while_writing();
	}
}

void vmcs_fields_each(vmcs_field_fn visit, void *context)
{
	(void)visit;
	(void)context;
}

static int start(void **state)
{
	(void)state;
	all.ticket = 0;
	calls = 0;
	steps = 0;
	while_writing = NULL;
	memset(&one, 0, sizeof(one));
	one.guest.rax = 77;
	one.state = VCPU_RUNNING;
	vcpu_snapshot_init();
	return 0;
}

static void owner_that_is_asked_answers(void **state)
{
	(void)state;
	assert_true(vcpu_snapshot_ask(&one, VCPU_REQUEST_SNAPSHOT));
	assert_int_equal(one.requests, VCPU_REQUEST_SNAPSHOT);
	assert_null(vcpu_snapshot_answer(&one));
	vcpu_snapshot_serve(&one, VCPU_REQUEST_SNAPSHOT);
	const struct vcpu_snapshot *answer = vcpu_snapshot_answer(&one);
	assert_non_null(answer);
	assert_int_equal(answer->general.rax, 77);
	assert_int_equal(answer->live.cr2, 0x1234);
	assert_int_equal(answer->state, VCPU_RUNNING);
	assert_int_equal(steps, 0);
	assert_null(vcpu_snapshot_answer(&other));
}

static void answer_to_the_last_question_is_gone_with_the_next(void **state)
{
	(void)state;
	assert_true(vcpu_snapshot_ask(&one, VCPU_REQUEST_SNAPSHOT));
	vcpu_snapshot_serve(&one, VCPU_REQUEST_SNAPSHOT);
	assert_true(vcpu_snapshot_ask(&one, VCPU_REQUEST_SNAPSHOT));
	assert_null(vcpu_snapshot_answer(&one));
}

/* It had been asked, did not answer in time, and comes when another one is asked. */
static void owner_that_is_late_leaves_the_room_alone(void **state)
{
	(void)state;
	assert_true(vcpu_snapshot_ask(&one, VCPU_REQUEST_STEP));
	vcpu_snapshot_cancel();
	vcpu_snapshot_serve(&one, VCPU_REQUEST_STEP);
	assert_null(vcpu_snapshot_answer(&one));
	assert_true(vcpu_snapshot_ask(&other, VCPU_REQUEST_SNAPSHOT));
	vcpu_snapshot_serve(&one, VCPU_REQUEST_STEP);
	assert_null(vcpu_snapshot_answer(&one));
	assert_null(vcpu_snapshot_answer(&other));
	/* And executes nothing that nobody would see. */
	assert_int_equal(steps, 0);
}

static void ask_other(void)
{
	assert_false(vcpu_snapshot_ask(&other, VCPU_REQUEST_SNAPSHOT));
	vcpu_snapshot_cancel();
	assert_null(vcpu_snapshot_answer(&one));
}

static void owner_that_is_writing_is_not_disturbed(void **state)
{
	(void)state;
	while_writing = ask_other;
	assert_true(vcpu_snapshot_ask(&one, VCPU_REQUEST_SNAPSHOT));
	vcpu_snapshot_serve(&one, VCPU_REQUEST_SNAPSHOT);
	assert_int_equal(calls, 1);
	assert_non_null(vcpu_snapshot_answer(&one));
	assert_true(vcpu_snapshot_ask(&other, VCPU_REQUEST_SNAPSHOT));
}

static void step_is_made_before_the_answer(void **state)
{
	(void)state;
	assert_true(vcpu_snapshot_ask(&one, VCPU_REQUEST_STEP));
	vcpu_snapshot_serve(&one, VCPU_REQUEST_STEP);
	assert_int_equal(steps, 1);
	assert_int_equal(vcpu_snapshot_answer(&one)->step, STEP_EXECUTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(owner_that_is_asked_answers, start),
		cmocka_unit_test_setup(answer_to_the_last_question_is_gone_with_the_next, start),
		cmocka_unit_test_setup(owner_that_is_late_leaves_the_room_alone, start),
		cmocka_unit_test_setup(owner_that_is_writing_is_not_disturbed, start),
		cmocka_unit_test_setup(step_is_made_before_the_answer, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
