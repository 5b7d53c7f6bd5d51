/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c: what this machine gives for what the config asked. */
#include "kernel/plan.h"

#include "kernel/lib/cpu_set.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/plan_memory.h"

/* A set of processors in words, such as "1-2,5". */
struct set_text {
	char text[96];
};

static struct set_text set_text(const struct cpu_set *set)
{
	struct set_text out = { "none" };
	size_t used = 0;

	for (unsigned i = 0; i <= CPU_INDEX_MAX && used < sizeof(out.text); i++) {
		unsigned first = i;

		if (!cpu_set_has(set, i)) {
			continue;
		}
		while (cpu_set_has(set, i + 1)) {
			i++;
		}
		used += format(out.text + used, sizeof(out.text) - used,
			       i == first ? "%s%u" : "%s%u-%u", used > 0 ? "," : "", first, i);
	}
	return out;
}

static struct cpu_set set_up_to(uint32_t first, uint32_t count)
{
	struct cpu_set set = { { 0 } };

	for (uint32_t i = first; i < count && i <= CPU_INDEX_MAX; i++) {
		cpu_set_add(&set, i);
	}
	return set;
}

static struct cpu_set set_and(const struct cpu_set *a, const struct cpu_set *b)
{
	struct cpu_set both;

	for (unsigned i = 0; i < CPU_SET_WORDS; i++) {
		both.words[i] = a->words[i] & b->words[i];
	}
	return both;
}

static struct cpu_set set_without(const struct cpu_set *a, const struct cpu_set *b)
{
	struct cpu_set rest;

	for (unsigned i = 0; i < CPU_SET_WORDS; i++) {
		rest.words[i] = a->words[i] & ~b->words[i];
	}
	return rest;
}

static bool set_empty(const struct cpu_set *set)
{
	return cpu_set_count(set) == 0;
}

static void check_present(const struct config_guest *guest, const struct machine *machine,
			  struct report *report)
{
	struct cpu_set present = set_up_to(0, machine->cpu_count);
	struct cpu_set absent = set_without(&guest->cpus, &present);

	if (!set_empty(&absent)) {
		report_add(report, guest->line.cpus,
			   "guest \"%s\" asks for processor %s, which is not there: this machine "
			   "has %u, write some of those (%s)",
			   guest->name, set_text(&absent).text, machine->cpu_count,
			   set_text(&present).text);
	}
}

/* What to write instead: not processor 0, whose guest would not be exitless. */
static struct cpu_set set_unclaimed(const struct config *config, const struct machine *machine)
{
	struct cpu_set rest = set_up_to(1, machine->cpu_count);

	for (uint32_t i = 0; i < config->guest_count; i++) {
		rest = set_without(&rest, &config->guests[i].cpus);
	}
	return rest;
}

static void check_claims(const struct config *config, uint32_t index, const struct machine *machine,
			 struct report *report)
{
	const struct config_guest *guest = &config->guests[index];
	struct cpu_set unclaimed = set_unclaimed(config, machine);

	for (uint32_t i = 0; i < index; i++) {
		const struct config_guest *first = &config->guests[i];
		struct cpu_set both = set_and(&guest->cpus, &first->cpus);

		if (!set_empty(&both)) {
			report_add(report, guest->line.cpus,
				   "processor %s is asked for by guest \"%s\" here and by guest "
				   "\"%s\" on line %u: give it to one of them (unclaimed: %s)",
				   set_text(&both).text, guest->name, first->name, first->line.cpus,
				   set_text(&unclaimed).text);
		}
	}
}

static void plan_cpus(const struct config_guest *guest, struct plan_guest *out)
{
	for (uint32_t i = 0; i <= CPU_INDEX_MAX && out->cpu_count < PLAN_CPUS_MAX; i++) {
		if (cpu_set_has(&guest->cpus, i)) {
			out->cpus[out->cpu_count++] = i;
		}
	}
}

uint64_t plan_arena_bytes(const struct config *config, uint32_t cpu_count)
{
	uint64_t bytes = PLAN_ARENA_FIXED + cpu_count * PLAN_ARENA_PER_CPU +
			 config->image_count * PLAN_ARENA_PER_IMAGE;

	for (uint32_t i = 0; i < config->guest_count; i++) {
		uint64_t gibs = align_up(config->guests[i].memory_bytes, GIB) / GIB;

		bytes += PLAN_ARENA_PER_GUEST + PLAN_ARENA_EPT_PER_GUEST;
		bytes += config->guests[i].debugcon ? PLAN_ARENA_DEBUGCON : 0;
		bytes += gibs * PLAN_ARENA_EPT_PER_GIB;
	}
	return bytes;
}

enum status plan_make(const struct config *config, const struct machine *machine, struct plan *plan,
		      struct report *report)
{
	uint32_t before = report->count + report->dropped;

	memset(plan, 0, sizeof(*plan));
	plan->guest_count = config->guest_count;
	for (uint32_t i = 0; i < config->guest_count; i++) {
		check_present(&config->guests[i], machine, report);
		check_claims(config, i, machine, report);
		plan_cpus(&config->guests[i], &plan->guests[i]);
		plan->monitor_shared |= cpu_set_has(&config->guests[i].cpus, plan->monitor_cpu);
	}
	plan_memory(config, machine, plan, report);
	return report->count + report->dropped == before ? OK : E_INVALID;
}
