/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vcpu_snapshot.h: all registers of a virtual processor, copied by the processor that owns them.
 *
 * There is room for one. The monitor's processor asks; the owner is called with an NMI, which costs its guest one
 * exit, and answers from its run loop: also when the guest spins with interrupts off, sleeps in HLT, is paused or
 * waits for a SIPI. An owner that has left its guest does not answer.
 */
#pragma once

#include "arch/cpu/guest_state.h"
#include "arch/vmx/vmcs.h"
#include "arch/vmx/vmcs_field.h"
#include "kernel/guest_paging.h"
#include "kernel/lib/types.h"
#include "kernel/vcpu.h"
#include "kernel/vcpu_step.h"

/** struct vcpu_snapshot - a virtual processor between two instructions of its guest. */
struct vcpu_snapshot {
	struct vmx_guest general; /* RSP and RIP are among the fields */
	enum vcpu_state state;
	bool held;
	enum vcpu_step_result step; /* when asked with VCPU_REQUEST_STEP */
	struct guest_live live;
	bool has[VMCS_FIELDS_MAX]; /* the processor has the field with this index of vmcs_field.h */
	uint64_t fields[VMCS_FIELDS_MAX]; /* 0 where it has not */
};

/** vcpu_snapshot_init() - take the room from the arena. */
void vcpu_snapshot_init(void);

/**
 * vcpu_snapshot_ask() - on the monitor's processor: ask the owner of @vcpu, and nobody else any more.
 * @request: VCPU_REQUEST_SNAPSHOT, or VCPU_REQUEST_STEP to execute one instruction before
 *
 * Return: false when the owner that was asked before is writing right now: try again.
 */
bool vcpu_snapshot_ask(struct vcpu *vcpu, enum vcpu_request request);

/** vcpu_snapshot_answer() - what the owner of @vcpu answered; NULL: nothing yet. Good until the next question. */
const struct vcpu_snapshot *vcpu_snapshot_answer(const struct vcpu *vcpu);

/** vcpu_snapshot_cancel() - nobody waits for an answer any more; one that comes all the same is dropped. */
void vcpu_snapshot_cancel(void);

/** vcpu_snapshot_serve() - on the owner, its VMCS current: answer, if @vcpu is still the one that was asked. */
void vcpu_snapshot_serve(struct vcpu *vcpu, uint32_t requests);

/** snapshot_field() - the VMCS field with @encoding; 0 when the processor lacks it. Pure. */
uint64_t snapshot_field(const struct vcpu_snapshot *snapshot, uint32_t encoding);

/** snapshot_cr0() - CR0 as the guest reads it. Pure. */
uint64_t snapshot_cr0(const struct vcpu_snapshot *snapshot);

/** snapshot_cr4() - CR4 as the guest reads it. Pure. */
uint64_t snapshot_cr4(const struct vcpu_snapshot *snapshot);

/** snapshot_paging() - what decides how its linear addresses are translated. Pure. */
struct guest_paging snapshot_paging(const struct vcpu_snapshot *snapshot);

/** snapshot_is_64bit() - whether it executes 64-bit code. Pure. */
bool snapshot_is_64bit(const struct vcpu_snapshot *snapshot);

/** snapshot_code_linear() - the linear address of the next instruction. Pure. */
uint64_t snapshot_code_linear(const struct vcpu_snapshot *snapshot);
