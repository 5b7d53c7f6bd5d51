/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h: what this machine gives for what the config asked.
 *
 * Pure: same callers as config.h. No address in it is used before the boot room has claimed it.
 */
#pragma once

#include "kernel/config.h"
#include "kernel/lib/addr.h"
#include "kernel/lib/report.h"
#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

enum {
	MACHINE_CPUS_MAX = CPU_INDEX_MAX + 1,
	MACHINE_RANGES_MAX = 256,
	PLAN_CPUS_MAX = 64, /* processors of one guest */
	PLAN_RAM_MAX = 8,   /* pieces the RAM of one guest may be in */
};

/* A guest's RAM leaves this hole for its devices; what does not fit below goes above 4 GiB. */
#define PLAN_HOLE_START (3 * GIB)
#define PLAN_HOLE_END   (4 * GIB)

/*
 * What the arena is for. Each figure is what its consumer takes, rounded up, so that a plan which
 * was made cannot run out of memory later.
 */
#define PLAN_ARENA_FIXED     (1 * MIB)   /* page tables, log, monitor */
#define PLAN_ARENA_PER_CPU   (192 * KIB) /* stacks (own, NMI, #DF, #MC), tables, VMXON, VMCS */
#define PLAN_ARENA_PER_GUEST (160 * KIB) /* console ring, I/O and MSR bitmaps, device models */
#define PLAN_ARENA_DEBUGCON  (68 * KIB)  /* ring of a guest's debug port, where it has one */
#define PLAN_ARENA_EPT_PER_GUEST                                                                   \
	(64 * KIB) /* upper levels, first 2 MiB and firmware in small pages */
#define PLAN_ARENA_PER_IMAGE   (16 * KIB) /* page tables for its first and last pages */
#define PLAN_ARENA_EPT_PER_GIB (4 * KIB)  /* a table of 2 MiB pages; started GiB count */

/** struct machine_cpu - one processor that firmware reports as usable. */
struct machine_cpu {
	uint32_t apic_id;
};

/** struct machine_range - memory nobody uses: page aligned, sorted by base, not overlapping. */
struct machine_range {
	hpa_t base;
	uint64_t bytes;
};

/** struct machine - what is there. Index 0 of @cpus is the boot processor. */
struct machine {
	uint32_t cpu_count;
	uint32_t range_count;
	struct machine_cpu cpus[MACHINE_CPUS_MAX];
	struct machine_range ranges[MACHINE_RANGES_MAX];
};

/** struct plan_ram - a piece of a guest's RAM. All three values are multiples of 2 MiB. */
struct plan_ram {
	gpa_t gpa;
	hpa_t hpa;
	uint64_t bytes;
};

/** struct plan_guest - what one guest gets; same index as in the config. */
struct plan_guest {
	uint32_t cpu_count;
	uint32_t cpus[PLAN_CPUS_MAX]; /* indexes, rising; the position is the virtual processor */
	uint32_t ram_count;
	struct plan_ram ram[PLAN_RAM_MAX]; /* sorted by gpa, from gpa 0 without gaps but the hole */
};

/** struct plan - what everybody gets. */
struct plan {
	uint32_t monitor_cpu; /* index of the processor that runs the monitor: 0 */
	bool monitor_shared;  /* a guest owns that processor as well: never, for now */
	uint64_t arena_bytes; /* what the hypervisor itself allocates from, multiple of 4 KiB */
	hpa_t arena;          /* below 4 GiB, so that page tables suit a starting processor */
	uint32_t guest_count;
	struct plan_guest guests[CONFIG_GUESTS_MAX];
};

/**
 * plan_make() - give every guest its processors and its RAM, and the hypervisor its arena.
 * @config:  what was asked; from config_parse(), also with errors: what was not understood asks for nothing
 * @machine: what is there
 * @plan:    filled in
 * @report:  gets a message for everything that cannot be given, with the line of the config
 *
 * RAM of a guest is in as few pieces as the machine allows, aligned to 1 GiB where that costs
 * nothing, else to 2 MiB. Memory below 1 MiB is never given. The same input gives the same plan.
 * Goes on after an error, so that one run lists all of them; @plan is then good for
 * nothing but plan_image_check(): a guest has all of its RAM in it, or none and ram_count 0.
 *
 * Return: OK, or E_INVALID when @report got a message.
 */
enum status plan_make(const struct config *config, const struct machine *machine, struct plan *plan,
		      struct report *report);

/** plan_arena_bytes() - arena needed with @cpu_count processors for the guests in @config. */
uint64_t plan_arena_bytes(const struct config *config, uint32_t cpu_count);
