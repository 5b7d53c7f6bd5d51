/* SPDX-License-Identifier: Apache-2.0 */
/* inspect.c: what commands that look into a guest share. */
#include "kernel/monitor/inspect.h"

#include "kernel/clock.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/cmd_guest.h"
#include "kernel/monitor/view.h"

enum {
	ANSWER_US = 1000000, /* an owner that is well answers within microseconds */
	POLL_US = 500,
	FAIL_BYTES = 96,
};

enum { PHASE_ASK, PHASE_ASKED, PHASE_ANSWERED };

/* Only a guest that runs, or is held, has processors that answer. */
static bool has_processors(const struct partition *partition)
{
	enum partition_state state = partition_state(partition);

	return state == PARTITION_RUNNING || state == PARTITION_PAUSED;
}

static struct vcpu *vcpu_from_argument(struct command_run *run, struct partition *partition)
{
	uint64_t index = 0;

	if (run->argc > 1 && !command_number(run, "virtual processor", run->argv[1],
					     partition_vcpu_count(partition) - 1, &index)) {
		return NULL;
	}
	return partition_vcpu(partition, (uint32_t)index);
}

static bool find(struct command_run *run, struct inspected *out)
{
	out->partition = guest_from_argument(run, run->argv[0]);
	out->vcpu = out->partition != NULL ? vcpu_from_argument(run, out->partition) : NULL;
	return out->vcpu != NULL;
}

static enum inspect_progress fail(struct command_run *run, enum command_status status,
				  const struct inspected *who, const char *what)
{
	vcpu_snapshot_cancel();
	run->status = status;
	if (run->at[INSPECT_SHOWN] == 0) {
		command_fail(run, status, "%s vcpu%u %s", partition_name(who->partition),
			     who->vcpu->id, what);
	}
	return INSPECT_FAILED;
}

static enum inspect_progress wait(struct command_run *run, const struct inspected *who)
{
	uint64_t now = clock_us();

	if (now >= run->at[INSPECT_DEADLINE]) {
		return fail(run, COMMAND_TIMEOUT, who, "does not answer");
	}
	/* At first it is asked again and again: that is how soon an answer comes. */
	run->wake_us =
		run->at[INSPECT_DEADLINE] - now > ANSWER_US - 4 * POLL_US ? 0 : now + POLL_US;
	return INSPECT_WAIT;
}

/* It may also have ended since it was asked. */
static enum inspect_progress refuse_state(struct command_run *run, const struct inspected *who)
{
	char what[FAIL_BYTES];

	format(what, sizeof(what), "cannot answer: the guest is %s, and must be running or paused",
	       partition_state_text(partition_state(who->partition)));
	return fail(run, COMMAND_FAILED, who, what);
}

static enum inspect_progress ask(struct command_run *run, enum vcpu_request request,
				 struct inspected *who)
{
	if (run->at[INSPECT_DEADLINE] == 0) {
		run->at[INSPECT_DEADLINE] = clock_us() + ANSWER_US;
	}
	if (run->at[INSPECT_PHASE] == PHASE_ASK && vcpu_snapshot_ask(who->vcpu, request)) {
		run->at[INSPECT_PHASE] = PHASE_ASKED;
	}
	if (run->at[INSPECT_PHASE] == PHASE_ASKED) {
		who->snapshot = vcpu_snapshot_answer(who->vcpu);
	}
	if (who->snapshot == NULL) {
		return wait(run, who);
	}
	run->at[INSPECT_PHASE] = PHASE_ANSWERED;
	return INSPECT_READY;
}

enum inspect_progress inspect_vcpu(struct command_run *run, enum vcpu_request request,
				   struct inspected *out)
{
	out->snapshot = NULL;
	if (!find(run, out)) {
		return INSPECT_FAILED;
	}
	if (run->at[INSPECT_PHASE] == PHASE_ANSWERED) {
		/* Whatever became of the guest since. */
		out->snapshot = vcpu_snapshot_answer(out->vcpu);
		return INSPECT_READY;
	}
	if (!has_processors(out->partition)) {
		return refuse_state(run, out);
	}
	return ask(run, request, out);
}

void inspect_again(struct command_run *run)
{
	run->at[INSPECT_DEADLINE] = 0;
	run->at[INSPECT_PHASE] = PHASE_ASK;
}

size_t inspect_code(const struct inspected *inspected, uint8_t *code, size_t size)
{
	struct guest_paging paging = snapshot_paging(inspected->snapshot);
	struct guest_linear from = { &paging, &inspected->partition->memory,
				     snapshot_code_linear(inspected->snapshot) };

	return guest_linear_read(&from, code, size);
}

void inspect_show_who(const struct inspected *inspected)
{
	view_text("guest", 0, partition_name(inspected->partition));
	view_number("vcpu", 0, inspected->vcpu->id);
}

size_t inspect_words_that_fit(const struct command_run *run, const char *words, size_t columns)
{
	size_t length = strlen(words);

	if (run->json || length <= columns) {
		return length;
	}
	for (length = columns; length > 0 && words[length] != ' ';) {
		length--;
	}
	return length > 0 ? length : columns;
}

bool inspect_amount(struct command_run *run, const char *what, const char *text, uint64_t most,
		    uint64_t *value)
{
	if (!command_number(run, what, text, most, value)) {
		return false;
	}
	if (*value == 0) {
		command_fail(run, COMMAND_USAGE, "%s: \"%s\" is no number from 1 to %lu", what,
			     text, most);
	}
	return *value != 0;
}
