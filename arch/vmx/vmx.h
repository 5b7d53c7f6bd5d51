/* SPDX-License-Identifier: Apache-2.0 */
/* vmx.h: VMX of the processor this code runs on: capabilities, VMXON, checked VMREAD and VMWRITE, VM entry. */
#pragma once

#include "arch/vmx/controls.h"
#include "arch/vmx/vmcs.h"
#include "kernel/lib/addr.h"
#include "kernel/lib/report.h"
#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

/** struct vmx_capabilities - what a processor's VMX can do; the same on all, or the machine is refused. */
struct vmx_capabilities {
	uint64_t basic;
	struct controls_capability controls;
	uint64_t misc;
	uint64_t cr0_fixed0, cr0_fixed1;
	uint64_t cr4_fixed0, cr4_fixed1;
	uint64_t ept_vpid;
};

#define VMX_MISC_TIMER_SHIFT 0x1Fu /* a tick of the VMX-preemption timer is 2^this of the TSC */

#define EPT_CAP_2M ((uint64_t)1 << 16)
#define EPT_CAP_1G ((uint64_t)1 << 17)

/** struct vmx_guest - what vmentry.asm loads and saves; part of a vcpu, at its start. */
struct vmx_guest {
	uint64_t rax, rcx, rdx, rbx, rbp, rsi, rdi;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t host_rsp; /* what the VMCS has as host RSP */
	uint32_t launched; /* VMRESUME instead of VMLAUNCH */
};

/**
 * vmx_check() - whether this processor can run Muntin.
 * @report: gets a message, in words, for everything that is missing
 *
 * Source: SDM Vol. 3C, "Discovering Support for VMX", "Enabling and Entering VMX Operation".
 */
void vmx_check(struct report *report);

/** vmx_read_capabilities() - the capability MSRs of this processor; vmx_check() found no fault. */
void vmx_read_capabilities(struct vmx_capabilities *capabilities);

/**
 * vmx_on() - enter VMX operation on this processor.
 * @region: a zeroed page
 *
 * Sets and locks IA32_FEATURE_CONTROL where firmware left it open.
 *
 * Return: OK, E_DENIED (locked off), E_HARDWARE (VMXON failed).
 */
enum status vmx_on(void *region);

/** vmx_invalidate() - drop every EPT and VPID translation this processor caches. */
void vmx_invalidate(void);

/** vmx_invalidate_linear() - drop what this processor caches of its guest's linear addresses. */
void vmx_invalidate_linear(void);

/** vmcs_activate() - VMCLEAR @vmcs and make it current. hv_panic() when the processor refuses. */
void vmcs_activate(void *vmcs, uint32_t revision);

/** vmx_off() - give the current VMCS @vmcs up and leave VMX operation on this processor. */
void vmx_off(void *vmcs);

/** vmx_fail() - an instruction of VMX failed that cannot fail: our own fault. */
_Noreturn void vmx_fail(const char *what, uint64_t field);

/** vmread() - a field of the current VMCS. */
static inline uint64_t vmread(enum vmcs_field field)
{
	uint64_t value;

	__asm__ goto("vmread %1, %0\n\t"
		     "jbe %l[failed]"
		     : "=r"(value)
		     : "r"((uint64_t)field)
		     : "cc"
		     : failed);
	return value;
failed:
	vmx_fail("VMREAD", field);
}

/** vmread_try() - a field of the current VMCS that this processor may lack. Return: whether it has it. */
static inline bool vmread_try(uint64_t field, uint64_t *value)
{
	bool failed;
	uint64_t read;

	__asm__ volatile("vmread %2, %1" : "=@ccbe"(failed), "=r"(read) : "r"(field));
	if (!failed) {
		*value = read;
	}
	return !failed;
}

/** vmwrite() - set a field of the current VMCS. */
static inline void vmwrite(enum vmcs_field field, uint64_t value)
{
	__asm__ goto("vmwrite %0, %1\n\t"
		     "jbe %l[failed]"
		     :
		     : "r"(value), "r"((uint64_t)field)
		     : "cc", "memory"
		     : failed);
	return;
failed:
	vmx_fail("VMWRITE", field);
}

/**
 * vmx_enter() - run the guest of the current VMCS until its next exit.
 * @guest: of the vcpu that lives on this processor; is the same after it, but comes from the processor's structure:
 *         no register and no place on the stack has to keep it
 *
 * The registers that a function keeps for its caller hold the guest's meanwhile: the compiler is told, and saves what
 * it needs itself. An entry that the processor refuses (VMfail) is our own fault: hv_panic().
 *
 * Return: the time-stamp counter just after the exit.
 */
static inline uint64_t vmx_enter(struct vmx_guest **guest)
{
	uint64_t tsc;

	__asm__ volatile("call vmx_enter_guest"
			 : "=a"(tsc), "+D"(*guest)
			 :
			 : "rcx", "rdx", "rbx", "rbp", "rsi", "r8", "r9", "r10", "r11", "r12",
			   "r13", "r14", "r15", "cc", "memory");
	return tsc;
}

/** vmx_entry_refused() - VMLAUNCH or VMRESUME failed; called by vmentry.asm alone. */
_Noreturn void vmx_entry_refused(void);

/** vmx_exit() - host RIP; never called. */
void vmx_exit(void);

/** vmx_unblock_nmis() - let NMIs in again after an NMI exit. */
void vmx_unblock_nmis(void);
