/* SPDX-License-Identifier: Apache-2.0 */
/* partition.h: one guest: its processors, RAM, board and state. */
#pragma once

#include "arch/vmx/ept.h"
#include "kernel/boot_info.h"
#include "kernel/guest_ram.h"
#include "kernel/ipi.h"
#include "kernel/lib/spinlock.h"
#include "kernel/lib/types.h"
#include "kernel/msr_policy.h"
#include "kernel/partition_launch.h"
#include "kernel/partition_rom.h"
#include "kernel/partition_view.h"
#include "kernel/vcpu.h"
#include "kernel/vdev/console_ring.h"
#include "kernel/vdev/vplatform.h"

/*
 * PARTITION_ACPI_BYTES: ACPI tables of the most processors a guest can have: 64 of 8 bytes each, and less than
 * 2 KiB for the rest. SMBIOS tables need less.
 */
enum { PARTITION_WHY_BYTES = 200, PARTITION_ACPI_BYTES = 4096 };

/** struct partition - one guest. */
struct partition {
	const struct config_guest *config;
	const struct plan_guest *plan;
	const struct boot_guest *images;
	enum partition_state state;
	uint64_t
		entered_tsc; /* when its first processor was about to run its first instruction; 0: not yet */
	/* Written by who has brought it to PARTITION_ENDING, read once its processors are parked. */
	enum partition_state after; /* what it is then; PARTITION_WAITING to start anew */
	uint64_t not_before;        /* earliest start, clock_ns() */
	uint32_t restarts;          /* after crashes, since the operator started it */
	/* Of the monitor's processor alone. */
	enum partition_state
		wish; /* what the operator wants instead of @after; PARTITION_ENDING: nothing */
	uint64_t ending_since;  /* when the monitor saw PARTITION_ENDING first; 0: not yet */
	bool ending_late;       /* a processor did not obey in time; said once */
	uint32_t brought_back;  /* PARTITION_STARTING: so many of its processors are reset */
	uint64_t started;       /* when it was started last, clock_ns() */
	uint64_t console_start; /* bytes in @console when it was started last */
	bool relaunch;          /* the next start takes the other one of @launches */
	uint32_t launch;        /* the one of @launches in use */
	struct partition_launch launches[2];
	char why[PARTITION_WHY_BYTES]; /* partition_why() */
	bool why_waits;                /* @why is what its start waits for: over when it starts */
	struct guest_memory memory;
	struct ept ept;
	void *msr_bitmaps[MSR_VIEWS];
	enum vlapic_mode apic_start;          /* of its processors when they are switched on */
	struct ipi_apic apics[PLAN_CPUS_MAX]; /* each written by its processor, read by who sends */
	uint8_t *acpi_room; /* where its ACPI tables, then SMBIOS' are made: PARTITION_ACPI_BYTES */
	uint32_t vcpu_count;
	struct vcpu *vcpus[PLAN_CPUS_MAX];
	struct spinlock device_lock; /* around every call of the board */
	struct vplatform board;
	struct console_ring console;
	struct console_ring *debug; /* what it wrote to its debug port; NULL: it has none */
};

/** struct partitions - all of them, in the order of the config; fixed from start-up on. */
struct partitions {
	struct partition *all[CONFIG_GUESTS_MAX];
	uint32_t count;
	const struct boot_info *boot;
	int64_t epoch_seconds; /* wall clock, seconds since 1970, at time 0 of clock.h */
};

extern struct partitions partitions;

/** partitions_create() - make all partitions of the plan, not running. hv_panic() when memory runs out. */
void partitions_create(const struct boot_info *info);

/** partitions_io_bitmaps() - the I/O bitmaps all vcpus share, for selftest. */
const void *partitions_io_bitmaps(void);

/** partitions_poll() - on the monitor's processor: let the boards' time pass. Return: next deadline, ns. */
uint64_t partitions_poll(uint64_t now);

/** partitions_autostart() - start those whose config says so. */
void partitions_autostart(void);

/** partitions_settled() - whether no start or end is under way or about to be. */
bool partitions_settled(void);

/** partition_load() - on its first processor: zero RAM, load the images, reset everything, ready to run. */
void partition_load(struct partition *partition);

/** partition_change() - from @from to @to, if it is in @from and @to may follow. Return: whether it was. */
bool partition_change(struct partition *partition, enum partition_state from,
		      enum partition_state to);

/**
 * partition_stop() - end it by our own decision and keep the reason; from any processor, the first one wins.
 *
 * A guest that ran has crashed, and is started again if its config says so. One that did not get that far is not.
 */
void partition_stop(struct partition *partition, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** partition_end() - from one of its processors: the guest switched itself off, or asked for a reset. */
void partition_end(struct partition *partition, enum vplatform_action action);

/**
 * partition_triple_fault() - from its processor @vcpu, which fell into shutdown: on a PC that is a reset.
 *
 * As partition_end() with VPLATFORM_RESET; but where it fell (@rip, with CS based at @cs_base) is said as an error and kept.
 * Source: SDM Vol. 3A, "Interrupt 8-Double Fault Exception (#DF)"; Intel I/O Controller Hub data sheets, "INIT# (Initialization)".
 */
void partition_triple_fault(struct partition *partition, uint32_t vcpu, uint64_t rip,
			    uint64_t cs_base);

/** partition_vcpu() - virtual processor @index, below partition_vcpu_count(). */
struct vcpu *partition_vcpu(const struct partition *partition, uint32_t index);
