/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_cpu.c: commands about the machine's processors. */
#include "arch/cpu/exception.h"
#include "arch/cpu/insn.h"
#include "kernel/clock.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/monitor/cmd_guest.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/view.h"
#include "kernel/partition.h"
#include "kernel/processors.h"

enum { DIFFERS_BYTES = 96, ANSWER_US = 100000, ANSWER_POLL_US = 1000 };

/* What the steps remember: names for run->at[]. */
enum { AT_CPU, AT_ASKED };

static bool is_monitor(const struct cpu *cpu)
{
	return cpu == cpu_this();
}

static const char *owner(const struct cpu *cpu)
{
	if (is_monitor(cpu)) {
		return cpu->vcpu != NULL ? "shared" : "monitor";
	}
	return cpu->vcpu != NULL ? "guest" : "free";
}

static const char *state(const struct cpu *cpu)
{
	if (cpu->vcpu != NULL) {
		return vcpu_state_text(cpu->vcpu->state);
	}
	return is_monitor(cpu) ? "running" : "asleep";
}

/* Names of the words in which @index differs from processor 0. */
static void view_differences(uint32_t index)
{
	const struct processor_facts *own = processor_facts(index);
	const struct processor_facts *first = processor_facts(0);
	char text[DIFFERS_BYTES] = "";
	size_t used = 0;

	for (uint32_t i = 0; i < PROCESSOR_FACTS && used < sizeof(text); i++) {
		if (own->words[i] != first->words[i]) {
			used += format(&text[used], sizeof(text) - used, "%s%s",
				       used > 0 ? " " : "", processor_fact_name(i));
		}
	}
	view_text("differs", 0, text);
}

static void view_guest(const struct vcpu *vcpu)
{
	if (vcpu == NULL) {
		view_none("guest", -12);
		view_none("vcpu", 4);
		return;
	}
	view_text("guest", -12, partition_name(vcpu->partition));
	view_number("vcpu", 4, vcpu->id);
}

static void view_cpu(uint32_t index)
{
	const struct cpu *cpu = processor(index);
	const uint64_t *facts = processor_facts(index)->words;
	struct processor_model model = processor_model((uint32_t)facts[FACT_SIGNATURE]);

	view_object(NULL);
	view_number("cpu", 3, index);
	view_number("apic_id", 7, cpu->apic_id);
	view_text("owner", -7, owner(cpu));
	view_guest(cpu->vcpu);
	view_text("state", -13, state(cpu));
	view_format("model", -8, "%x-%x-%x", model.family, model.model, model.stepping);
	view_hex("microcode", 9, facts[FACT_MICROCODE]);
	view_differences(index);
	view_object_end();
}

static bool cpu_list(struct command_run *run)
{
	if (run->at[AT_CPU] == 0) {
		view_list(NULL);
	}
	view_cpu((uint32_t)run->at[AT_CPU]++);
	return run->at[AT_CPU] == processor_count();
}

static bool view_msr(struct command_run *run, const struct processor_answer *answer)
{
	if (!answer->good) {
		return command_fail(run, COMMAND_FAILED,
				    "processor %u has no MSR 0x%x: it refuses to read it (#GP)",
				    answer->cpu, answer->msr);
	}
	view_object(NULL);
	view_number("cpu", 0, answer->cpu);
	view_hex("msr", 0, answer->msr);
	view_format("value", 0, "0x%016lx", answer->value);
	return true;
}

/* Another processor is only asked while nobody's guest runs on it; it answers in its sleep. */
static bool ask_other(struct command_run *run, struct processor_answer *answer)
{
	const struct cpu *cpu = processor(answer->cpu);

	if (run->at[AT_ASKED] == 0) {
		if (!processor_ask(answer->cpu, answer->msr)) {
			return command_fail(
				run, COMMAND_FAILED,
				"processor %u belongs to guest %s, which is not disturbed; "
				"ask processor %u, or stop the guest",
				answer->cpu, partition_name(cpu->vcpu->partition),
				cpu_this()->index);
		}
		run->at[AT_ASKED] = clock_us();
	}
	if (processor_answered(answer)) {
		return view_msr(run, answer);
	}
	if (clock_us() - run->at[AT_ASKED] > ANSWER_US) {
		return command_fail(run, COMMAND_TIMEOUT, "processor %u does not answer",
				    answer->cpu);
	}
	run->wake_us = clock_us() + ANSWER_POLL_US;
	return false;
}

static bool msr_read(struct command_run *run)
{
	struct processor_answer answer = { 0 };
	uint64_t cpu;
	uint64_t msr;

	if (!command_number(run, "processor", run->argv[0], processor_count() - 1, &cpu) ||
	    !command_number(run, "MSR", run->argv[1], UINT32_MAX, &msr)) {
		return true;
	}
	answer.cpu = (uint32_t)cpu;
	answer.msr = (uint32_t)msr;
	if (!is_monitor(processor(answer.cpu))) {
		return ask_other(run, &answer);
	}
	answer.good = msr_probe(answer.msr, &answer.value);
	return view_msr(run, &answer);
}

static void view_leaf(const struct cpuid_values *values)
{
	view_format("eax", 0, "0x%08x", values->eax);
	view_format("ebx", 0, "0x%08x", values->ebx);
	view_format("ecx", 0, "0x%08x", values->ecx);
	view_format("edx", 0, "0x%08x", values->edx);
}

/* As the first processor of a guest sees it before its system changed CR4 or XCR0. */
static struct cpuid_values guest_leaf(const struct partition *partition, uint32_t leaf,
				      uint32_t subleaf)
{
	return cpuid_policy_lookup(&partition_vcpu(partition, 0)->cpuid, leaf, subleaf, false);
}

static bool cpuid_show(struct command_run *run)
{
	const struct partition *partition = NULL;
	struct cpuid_values values;
	uint64_t leaf;
	uint64_t subleaf = 0;

	if (!command_number(run, "leaf", run->argv[0], UINT32_MAX, &leaf) ||
	    (run->argc > 1 &&
	     !command_number(run, "subleaf", run->argv[1], UINT32_MAX, &subleaf))) {
		return true;
	}
	if (run->argc > 2) {
		partition = guest_from_argument(run, run->argv[2]);
		if (partition == NULL) {
			return true;
		}
		values = guest_leaf(partition, (uint32_t)leaf, (uint32_t)subleaf);
	} else {
		struct cpuid_regs r = cpuid((uint32_t)leaf, (uint32_t)subleaf);

		values = (struct cpuid_values){ r.eax, r.ebx, r.ecx, r.edx };
	}
	view_object(NULL);
	view_format("leaf", 0, "0x%08x", (uint32_t)leaf);
	view_number("subleaf", 0, subleaf);
	if (partition != NULL) {
		view_text("guest", 0, partition_name(partition));
	} else {
		view_none("guest", 0);
	}
	view_leaf(&values);
	return true;
}

/* clang-format off */
static const struct command cpu_commands[] = {
	{ "cpu list", "", "processors: owners, and how they differ from CPU 0", "",
	  COMMAND_JSON, cpu_list },
	{ "cpuid", "LEAF [SUBLEAF] [NAME]", "CPUID of the machine, or as a guest sees it",
	  "cpuid 0x40000000 0 linux", COMMAND_JSON, cpuid_show },
	{ "msr read", "CPU MSR", "read an MSR of a processor that runs no guest",
	  "msr read 0 0x1b", COMMAND_JSON, msr_read },
};
/* clang-format on */

const struct command_group command_group_cpu = { "Processors", cpu_commands,
						 ARRAY_COUNT(cpu_commands) };
