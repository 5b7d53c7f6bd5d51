/* SPDX-License-Identifier: Apache-2.0 */
/* partition_view.h: guests as those see them who only look at them: the monitor, the housekeeper, selftest. */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/vcpu_counts.h"
#include "kernel/vdev/console_ring.h"

struct partition;

/** enum partition_state - what a guest as a whole does. */
enum partition_state {
	PARTITION_OFF, /* never started, or powered itself off */
	PARTITION_RUNNING,
	PARTITION_STOPPED, /* stopped by the hypervisor: partition_why() says for what */
	PARTITION_STATE_COUNT
};

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
