/* SPDX-License-Identifier: Apache-2.0 */
/* partition_view.h: guests as those see them who only look at them: the monitor, the housekeeper, selftest. */
#pragma once

#include "kernel/lib/status.h"
#include "kernel/lib/types.h"
#include "kernel/partition_state.h"
#include "kernel/vcpu_counts.h"
#include "kernel/vdev/console_ring.h"

struct partition;

/*
 * What an operator can do, and what partition_state_allows() says about it. All return E_INVALID when its state does
 * not allow it, and only begin what is asked for: the state tells when it is done. On the monitor's processor.
 */

/**
 * partition_start() - start it with clean processors, zeroed RAM and pristine images.
 *
 * As every start it waits until the guests run that this one depends on.
 */
enum status partition_start(struct partition *partition);

/** partition_halt() - end it at once, like pulling its plug; also a start that waits. */
enum status partition_halt(struct partition *partition);

/** partition_reset() - end it at once if it lives, and start it. */
enum status partition_reset(struct partition *partition);

/** partition_pause() - hold its processors; its clocks run on. */
enum status partition_pause(struct partition *partition);

/** partition_resume() - let them go on. */
enum status partition_resume(struct partition *partition);

/** partition_nmi() - give its first processor an NMI. */
enum status partition_nmi(struct partition *partition);

/** partition_power_button() - press its power button: a guest that listens shuts itself down. A start that waits ends. */
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

/** partition_why() - why it was stopped, or started again by us, last; or what it waits for; "" for neither. */
const char *partition_why(const struct partition *partition);

/** partition_restarts() - how often it was restarted after a crash since the operator started it. */
uint32_t partition_restarts(const struct partition *partition);

/** partition_blocked_by() - a guest whose start it waits for, or NULL. */
struct partition *partition_blocked_by(const struct partition *partition);

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

/** partition_debug() - what it wrote to its debug port; NULL when it has none. */
const struct console_ring *partition_debug(const struct partition *partition);

/** partition_console_start() - where in it begins what it wrote since it was started last. On the monitor's processor. */
uint64_t partition_console_start(const struct partition *partition);

/**
 * partition_console_input() - bytes arriving at its COM1.
 *
 * Return: how many were taken; fewer than @length when its receive queue is full.
 */
size_t partition_console_input(struct partition *partition, const uint8_t *bytes, size_t length);

/** partition_console_break() - a BREAK arriving at its COM1. Return: false when it found no room, or nobody listens. */
bool partition_console_break(struct partition *partition);
