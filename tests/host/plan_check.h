/* SPDX-License-Identifier: Apache-2.0 */
/* plan_check.h: what must hold for every plan without errors; test and fuzzer share it. */
#pragma once

#include "kernel/plan.h"

static inline const char *plan_check_memory_range(const struct machine *machine, uint64_t base,
						  uint64_t bytes)
{
	if (base < 1 * MIB) {
		return "memory below 1 MiB is given";
	}
	for (uint32_t i = 0; i < machine->range_count; i++) {
		const struct machine_range *range = &machine->ranges[i];

		if (base >= range->base.value && base - range->base.value <= range->bytes &&
		    range->bytes - (base - range->base.value) >= bytes) {
			return NULL;
		}
	}
	return "memory that is not there is given";
}

static inline bool plan_check_overlap(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
	return a < b + b_bytes && b < a + a_bytes;
}

/* Whether [base, base + bytes) is the arena's too, or that of one before piece @p of guest @g. */
static inline bool plan_check_taken(const struct plan *plan, uint32_t g, uint32_t p, uint64_t base,
				    uint64_t bytes)
{
	if (plan_check_overlap(base, bytes, plan->arena.value, plan->arena_bytes)) {
		return true;
	}
	for (uint32_t i = 0; i <= g; i++) {
		for (uint32_t j = 0; j < (i == g ? p : plan->guests[i].ram_count); j++) {
			const struct plan_ram *other = &plan->guests[i].ram[j];

			if (plan_check_overlap(base, bytes, other->hpa.value, other->bytes)) {
				return true;
			}
		}
	}
	return false;
}

static inline const char *plan_check_ram(const struct config *config, const struct machine *machine,
					 const struct plan *plan, uint32_t g)
{
	const struct plan_guest *guest = &plan->guests[g];
	uint64_t next = 0;
	uint64_t sum = 0;

	if (guest->ram_count == 0 || guest->ram_count > PLAN_RAM_MAX) {
		return "wrong number of pieces";
	}
	for (uint32_t p = 0; p < guest->ram_count; p++) {
		const struct plan_ram *ram = &guest->ram[p];
		const char *wrong = plan_check_memory_range(machine, ram->hpa.value, ram->bytes);

		if (wrong != NULL) {
			return wrong;
		}
		if (ram->bytes == 0 ||
		    !is_aligned(ram->gpa.value | ram->hpa.value | ram->bytes, 2 * MIB)) {
			return "a piece is not aligned";
		}
		if (ram->gpa.value != (next == PLAN_HOLE_START ? PLAN_HOLE_END : next)) {
			return "a gap in guest-physical memory";
		}
		next = ram->gpa.value + ram->bytes;
		sum += ram->bytes;
		if (ram->gpa.value < PLAN_HOLE_START && next > PLAN_HOLE_START) {
			return "a piece lies in the hole";
		}
		if (plan_check_taken(plan, g, p, ram->hpa.value, ram->bytes)) {
			return "memory is given twice";
		}
	}
	return sum == config->guests[g].memory_bytes ? NULL : "not the memory that was asked for";
}

static inline const char *plan_check_cpus(const struct config *config,
					  const struct machine *machine, const struct plan *plan)
{
	struct cpu_set given = { { 0 } };

	for (uint32_t g = 0; g < plan->guest_count; g++) {
		const struct plan_guest *guest = &plan->guests[g];

		if (guest->cpu_count == 0 ||
		    guest->cpu_count != cpu_set_count(&config->guests[g].cpus)) {
			return "wrong number of processors";
		}
		for (uint32_t i = 0; i < guest->cpu_count; i++) {
			if (guest->cpus[i] >= machine->cpu_count) {
				return "a processor that is not there is given";
			}
			if (!cpu_set_has(&config->guests[g].cpus, guest->cpus[i])) {
				return "a processor nobody asked for is given";
			}
			if (cpu_set_has(&given, guest->cpus[i])) {
				return "a processor is given twice";
			}
			cpu_set_add(&given, guest->cpus[i]);
		}
	}
	return NULL;
}

/** plan_check() - NULL when @plan is right, else in words which rule it breaks. */
static inline const char *plan_check(const struct config *config, const struct machine *machine,
				     const struct plan *plan)
{
	const char *wrong = plan_check_cpus(config, machine, plan);

	bool asked = false;

	for (uint32_t g = 0; g < config->guest_count; g++) {
		asked |= cpu_set_has(&config->guests[g].cpus, 0);
	}
	if (plan->monitor_cpu != 0 || plan->monitor_shared != asked) {
		return "the monitor does not know whether it is alone on processor 0";
	}
	if (plan->guest_count != config->guest_count) {
		return "wrong number of guests";
	}
	if (plan->arena_bytes != plan_arena_bytes(config, machine->cpu_count) ||
	    !is_aligned(plan->arena.value | plan->arena_bytes, PAGE_SIZE) ||
	    plan->arena.value + plan->arena_bytes > 4 * GIB) {
		return "bad arena";
	}
	if (wrong == NULL) {
		wrong = plan_check_memory_range(machine, plan->arena.value, plan->arena_bytes);
	}
	for (uint32_t g = 0; g < plan->guest_count && wrong == NULL; g++) {
		wrong = plan_check_ram(config, machine, plan, g);
	}
	return wrong;
}
