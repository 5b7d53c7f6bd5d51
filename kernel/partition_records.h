/* SPDX-License-Identifier: Apache-2.0 */
/* partition_records.h: what a guest's virtual processors recorded of their exits, for those who only look. */
#pragma once

#include "kernel/denied.h"
#include "kernel/partition_view.h"
#include "kernel/trace.h"

/** partition_counts_base() - from where on the monitor counts virtual processor @vcpu's exits; the monitor's own. */
struct vcpu_counts_base *partition_counts_base(const struct partition *partition, uint32_t vcpu);

/** partition_exit_time_forget() - let the longest exit of every reason be looked for anew. */
void partition_exit_time_forget(struct partition *partition);

/** partition_denied() - what virtual processor @vcpu was refused. */
const struct denied *partition_denied(const struct partition *partition, uint32_t vcpu);

/** partition_trace() - the last traced exits of virtual processor @vcpu. */
const struct trace *partition_trace(const struct partition *partition, uint32_t vcpu);

/** partition_is_traced() - whether its exits are written down. */
bool partition_is_traced(const struct partition *partition);

/**
 * partition_set_traced() - begin or cease to write its exits down; in any state, it stays over a reset.
 *
 * Costs each of its processors that runs one exit, the call. What was written stays.
 */
void partition_set_traced(struct partition *partition, bool on);
