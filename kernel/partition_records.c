/* SPDX-License-Identifier: Apache-2.0 */
/* partition_records.c: what a guest's virtual processors recorded of their exits. */
#include "kernel/partition_records.h"

#include "kernel/partition.h"

struct vcpu_counts_base *partition_counts_base(const struct partition *partition, uint32_t vcpu)
{
	return &partition->vcpus[vcpu]->base;
}

/* The owner may be about to write a longer one: then that one stays, as if it had come just behind. */
void partition_exit_time_forget(struct partition *partition)
{
	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		struct exit_count *exits = partition->vcpus[i]->counts.exits;

		for (uint32_t slot = 0; slot < EXIT_SLOT_COUNT; slot++) {
			__atomic_store_n(&exits[slot].ticks_max, 0, __ATOMIC_RELAXED);
		}
	}
}

const struct denied *partition_denied(const struct partition *partition, uint32_t vcpu)
{
	return &partition->vcpus[vcpu]->denied;
}

const struct trace *partition_trace(const struct partition *partition, uint32_t vcpu)
{
	return &partition->vcpus[vcpu]->trace;
}

bool partition_is_traced(const struct partition *partition)
{
	return partition->vcpus[0]->traced;
}

/*
 * The flag first, then the call: who does not run now looks at the flag before it does. Processors that were taken
 * back must not be called: they may be about to be reset, and an NMI would come before there is a handler.
 */
void partition_set_traced(struct partition *partition, bool on)
{
	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		__atomic_store_n(&partition->vcpus[i]->traced, on, __ATOMIC_SEQ_CST);
	}
	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		struct vcpu *vcpu = partition->vcpus[i];

		if (partition->state == PARTITION_RUNNING && vcpu->state == VCPU_RUNNING) {
			vcpu_call(vcpu, VCPU_REQUEST_TRACE);
		}
	}
}
