/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exit_vcpu.h: a vcpu whose exits a test has handled: its VMCS, its RAM, and the calls every handler makes.
 *
 * Included once, behind the handler; tests/host/fake_vmcs.h comes first of all.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/host/fake_vmcs.h"

#include "kernel/exit.h"
#include "kernel/exit_debug.h"
#include "kernel/guest_walk.c"
#include "tests/host/fake_ram.h"

static struct partition partition;
static struct vcpu vcpu;
static struct guest_fault fault; /* the latest */
static unsigned repeats;         /* pieces behind which the instruction is to be executed again */
static unsigned watched;         /* bytes that were shown to the breakpoints */

enum exit_verdict exit_fault(struct vcpu *v, const struct guest_fault *raised)
{
	(void)v;
	fault = *raised;
	return EXIT_INJECT;
}

enum exit_verdict exit_unhandled(struct vcpu *v, const char *what)
{
	(void)v;
	(void)what;
	return EXIT_STOP;
}

void vcpu_repeat(void)
{
	repeats++;
}

void exit_debug_watch(enum debug_access kind, uint64_t address, unsigned bytes)
{
	(void)kind;
	(void)address;
	watched += bytes;
}

/* Flat 32-bit protected mode at CPL 0, without paging; RAM is empty, and so are the registers. */
static inline void vcpu_make_flat(void)
{
	memset(ram, 0, sizeof(ram));
	memset(fake_vmcs, 0, sizeof(fake_vmcs));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&fault, 0, sizeof(fault));
	repeats = watched = 0;
	vcpu.partition = &partition;
	vcpu.cpuid.extended[8].eax = 36; /* MAXPHYADDR */
	for (enum vmcs_segment s = SEG_ES; s <= SEG_GS; s++) {
		fake_segment(s, 0, UINT32_MAX, s == SEG_CS ? ACCESS_CODE32 : ACCESS_DATA32);
	}
	vmwrite(VMCS_GUEST_CR0, CR0_PE);
	vmwrite(VMCS_GUEST_RFLAGS, RFLAGS_FIXED);
}
