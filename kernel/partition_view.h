/* SPDX-License-Identifier: Apache-2.0 */
/* partition_view.h: guests as those see them who only look at them: the monitor, the housekeeper, selftest. */
#pragma once

#include "kernel/lib/status.h"
#include "kernel/lib/types.h"
#include "kernel/vcpu_counts.h"
#include "kernel/vdev/console_ring.h"

struct partition;

/** enum partition_state - what a guest as a whole does. */
enum partition_state {
	PARTITION_OFF,      /* never started, or ended by itself or by the operator */
	PARTITION_STARTING, /* its first processor loads it */
	PARTITION_RUNNING,
	PARTITION_PAUSED,  /* its processors are held between two instructions */
	PARTITION_ENDING,  /* its processors are being taken back */
	PARTITION_STOPPED, /* stopped by the hypervisor: partition_why() says for what */
	PARTITION_STATE_COUNT
};

/*
 * What an operator can do. All return E_INVALID when its state does not allow it, and only begin what is asked for:
 * the state tells when it is done. On the monitor's processor.
 */

/** partition_start() - start it, from OFF or STOPPED, with clean processors, zeroed RAM and pristine images. */
enum status partition_start(struct partition *partition);

/** partition_halt() - end it at once, like pulling its plug. */
enum status partition_halt(struct partition *partition);

/** partition_reset() - end it at once and start it again. */
enum status partition_reset(struct partition *partition);

/** partition_pause() - hold its processors; its clocks run on. */
enum status partition_pause(struct partition *partition);

/** partition_resume() - let them go on. */
enum status partition_resume(struct partition *partition);

/** partition_nmi() - give its first processor an NMI. */
enum status partition_nmi(struct partition *partition);

/** partition_power_button() - press its power button: a guest that listens shuts itself down. */
enum status partition_power_button(struct partition *partition);

/** partition_count() - how many guests there are; fixed from start-up on. */
uint32_t partition_count(void);

/** partition_at() - guest @index, below partition_count(). */
struct partition *partition_at(uint32_t index);

/** partition_find() - the guest called @name, or NULL. */
struct partition *partition_find(const char *name);

/** partition_name() - its name. */
const char *partition_name(const struct partition *partition);

/** partition_state() - what it does now. */
enum partition_state partition_state(const struct partition *partition);

/** partition_state_text() - a word for @state. */
const char *partition_state_text(enum partition_state state);

/** partition_why() - why it was stopped; "" when it was not. */
const char *partition_why(const struct partition *partition);

/** partition_memory_bytes() - its RAM. */
uint64_t partition_memory_bytes(const struct partition *partition);

/** partition_vcpu_count() - its processors. */
uint32_t partition_vcpu_count(const struct partition *partition);

/** partition_vcpu_state() - state of virtual processor @vcpu, below partition_vcpu_count(). */
enum vcpu_state partition_vcpu_state(const struct partition *partition, uint32_t vcpu);

/** partition_vcpu_cpu() - index of the physical processor that virtual processor @vcpu owns. */
uint32_t partition_vcpu_cpu(const struct partition *partition, uint32_t vcpu);

/** partition_counts() - live counters of virtual processor @vcpu. */
const struct vcpu_counts *partition_counts(const struct partition *partition, uint32_t vcpu);

/** partition_console() - what it wrote to COM1. */
const struct console_ring *partition_console(const struct partition *partition);

/**
 * partition_console_input() - bytes arriving at its COM1.
 *
 * Return: how many were taken; fewer than @length when its receive queue is full.
 */
size_t partition_console_input(struct partition *partition, const uint8_t *bytes, size_t length);

/** partition_console_break() - a BREAK arriving at its COM1. Return: false when it found no room, or nobody listens. */
bool partition_console_break(struct partition *partition);
